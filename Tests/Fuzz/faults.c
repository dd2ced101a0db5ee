// Makes one allocation of the target's own code fail, or its file full: wrapped by the linker, see scripts/fuzz.d.
#include "fuzz.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

/// How many allocations it is to the one that fails; 0 if none does.
static unsigned left;

static bool fails(void) { return left && !--left; }

void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return fails() ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *block, size_t size) { return fails() ? NULL : __real_realloc(block, size); }

void fuzz_fail_allocation(unsigned number) { left = number; }

void fuzz_limit_files(uint64_t bytes) {
    static struct rlimit usual;
    if (!usual.rlim_max) {
        getrlimit(RLIMIT_FSIZE, &usual);
        signal(SIGXFSZ, SIG_IGN);
    }
    struct rlimit limit = usual;
    if (bytes < limit.rlim_cur) limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}
