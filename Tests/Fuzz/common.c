#define _GNU_SOURCE
#include "fuzz.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// The quarantine of freed memory is small, so that it stays in the processor's cache. An allocation that is too large
/// returns null and does not end the run.
const char *__asan_default_options(void) {
    return "quarantine_size_mb=4:thread_local_quarantine_size_kb=64:malloc_context_size=4:allocator_may_return_null=1"
           ":detect_odr_violation=0:detect_stack_use_after_return=0:allocator_release_to_os_interval_ms=-1";
}

const char *__ubsan_default_options(void) { return "print_stacktrace=1"; }

void fuzz_broken(const char *condition, const char *file, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "BROKEN PROMISE at %s:%d: %s\n", file, line, condition);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}

bool fuzz_one_of(const uint8_t *data, size_t count, uint32_t runs) {
    static int is_thorough = -1;
    if (is_thorough < 0) is_thorough = getenv("FUZZ_THOROUGH") != NULL;
    if (is_thorough) return true;
    uint32_t hash = 2166136261u ^ runs;
    for (size_t index = 0; index < count; index++) hash = (hash ^ data[index]) * 16777619u;
    return (hash >> 16) % runs == 0;
}

void fuzz_check_text(const char *text, size_t capacity) {
    size_t length = strnlen(text, capacity);
    FUZZ_REQUIRE(length && length < capacity, "text of %zu bytes", length);
    for (size_t index = 0; index < length; index++)
        FUZZ_REQUIRE(!iscntrl((unsigned char)text[index]), "control character in: %s", text);
}

void fuzz_check_status(const twc_status *status) {
    FUZZ_REQUIRE(status->code >= TWC_OK && status->code <= TWC_MISUSE, "code %d", (int)status->code);
    if (status->code) fuzz_check_text(status->reason, sizeof status->reason);
}

int fuzz_file_with(fuzz_file file, const uint8_t *bytes, size_t count) {
    static int files[FUZZ_FILES];
    static size_t sizes[FUZZ_FILES];
    if (!files[file]) files[file] = twc_memory_file();
    // Cuts off the bytes of an earlier run. The noted size is certain for the input only, as the code under test writes
    // to the other files.
    if (file != FUZZ_INPUT || sizes[file] > count) FUZZ_REQUIRE(!ftruncate(files[file], (off_t)count), "ftruncate");
    sizes[file] = count;
    if (count) FUZZ_REQUIRE(pwrite(files[file], bytes, count, 0) == (ssize_t)count, "pwrite");
    return files[file];
}
