#define _GNU_SOURCE
#include "landlock.h"
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Landlock's system calls, which the C library does not declare. Their numbers are the same on all machines.
enum { CREATE_RULESET = 444, RESTRICT_SELF = 446, VERSION = 1 };
typedef struct {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
} rules;

int twp_landlock_version(void) {
    long version = syscall(CREATE_RULESET, NULL, 0, VERSION);
    return version < 1 ? 0 : (int)version;
}

int twp_enter_landlock(void) {
    int version = twp_landlock_version();
    if (!version) return 0;
    // The rights that each version can refuse: 13 for files, then renames, truncation, and ioctl of devices.
    int rights = version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13;
    const rules all = {.files = (1u << rights) - 1, .network = 3, .scopes = 3};
    size_t size = version >= 6 ? sizeof all : version >= 4 ? 16 : 8;
    int descriptor = (int)syscall(CREATE_RULESET, &all, size, 0);
    if (descriptor < 0) return errno;
    int error = syscall(RESTRICT_SELF, descriptor, 0) == 0 ? 0 : errno;
    close(descriptor);
    return error;
}
