#define _GNU_SOURCE
#include "codec.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static twc_status make(twc_code code, int64_t row, const char *format, va_list arguments) {
    twc_status status = {.code = code, .row = row};
    vsnprintf(status.reason, sizeof status.reason, format, arguments);
    return status;
}

twc_status twc_failure(twc_code code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    twc_status status = make(code, -1, format, arguments);
    va_end(arguments);
    return status;
}

twc_status twc_damage(int64_t row, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    twc_status status = make(TWC_DAMAGED, row, format, arguments);
    va_end(arguments);
    return status;
}

twc_status twc_system_failure(int error, const char *what) {
    bool is_full = error == ENOSPC || error == EDQUOT;
    // A constant of the C library that does not depend on the locale: safe on any thread.
    const char *reason = strerrordesc_np(error);
    twc_status status = twc_failure(is_full ? TWC_DISK_FULL : TWC_IO, "%s: %s", what,
        error == EFBIG ? "it would be larger than a file can be here (ulimit -f, or the limit of the file system)"
            : reason ? reason : "unknown error");
    status.system_error = error;
    return status;
}
