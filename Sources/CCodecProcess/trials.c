// Actions that tests order a codec process to try. Nothing else calls them.
#define _GNU_SOURCE
#include "landlock.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int twp_try(twp_trial trial, int file) {
    static char *const arguments[] = {"/bin/true", NULL};
    long result = 0;
    switch (trial) {
        case TWP_TRY_OPEN: result = open("/etc/hostname", O_RDONLY); break;
        case TWP_TRY_CREATE: result = open("/tmp/tilework-trial", O_CREAT | O_WRONLY, 0600); break;
        case TWP_TRY_UNLINK: result = unlink("/tmp/tilework-trial"); break;
        case TWP_TRY_SOCKET: result = socket(AF_INET, SOCK_STREAM, 0); break;
        case TWP_TRY_FORK: result = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); break;
        case TWP_TRY_EXEC: result = execve("/bin/true", arguments, NULL); break;
        case TWP_TRY_KILL: result = kill(getppid(), 0); break;
        case TWP_TRY_TRUNCATE: result = ftruncate(file, 0); break;
        case TWP_TRY_PUNCH: result = fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1); break;
        case TWP_TRY_CODE: {
            void *memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            result = memory == MAP_FAILED ? -1 : 0;
            break;
        }
        case TWP_TRY_SHARED_MEMORY: {
            void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
            result = memory == MAP_FAILED ? -1 : 0;
            break;
        }
    }
    // The child of a successful fork must not continue as a second server.
    if (trial == TWP_TRY_FORK && result == 0) _exit(0);
    return result < 0 ? errno : 0;
}

int twp_try_in_landlock(twp_trial trial) {
    // The parent has threads, so the child may make only system calls.
    pid_t child = fork();
    if (child == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || twp_enter_landlock() != 0) _exit(255);
        _exit(twp_try(trial, -1));
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 255 ? -1 : WEXITSTATUS(status);
}

void twp_crash(void) { raise(SIGSEGV); }

void twp_block_time_signal(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGXCPU);
    sigprocmask(SIG_BLOCK, &signals, NULL);
}

int twp_use_memory(uint64_t bytes) {
    enum { PIECE = 16 << 20 };
    void **first = NULL;
    uint64_t used = 0;
    for (; used < bytes; used += PIECE) {
        void **piece = malloc(PIECE);
        if (!piece) break;
        memset(piece, 1, PIECE);
        *piece = first;
        first = piece;
    }
    while (first) {
        void **next = *first;
        free(first);
        first = next;
    }
    return used >= bytes;
}
