// Makes one allocation of our own code fail, or limits the size of files. The linker wraps the functions that allocate;
// see scripts/fuzz.d.
#include "fuzz.h"
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

/// The number of allocations until one fails, that one included; 0 or less if none fails. Threads write bands of an
/// image, so which of their allocations fails can differ from run to run.
static atomic_int left;

static bool fails(void) { return atomic_load(&left) > 0 && atomic_fetch_sub(&left, 1) == 1; }

void *__wrap_malloc(size_t size) { return fails() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return fails() ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *block, size_t size) { return fails() ? NULL : __real_realloc(block, size); }

void fuzz_fail_allocation(unsigned number) { atomic_store(&left, (int)number); }

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
