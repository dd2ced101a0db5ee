#define _GNU_SOURCE
#include "include/CCodecProcess.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/// Sets the open descriptors of the new process, and its signals.
static int configure(posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes, int socket, int errors) {
    sigset_t none, all;
    int error = 0;
    sigemptyset(&none);
    sigfillset(&all);
    // In this order no descriptor is overwritten before it is used.
    if (!error) error = posix_spawn_file_actions_adddup2(files, errors, STDERR_FILENO);
    if (!error) error = posix_spawn_file_actions_adddup2(files, socket, TWP_SOCKET);
    if (!error) error = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!error) error = posix_spawn_file_actions_addopen(files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(files, TWP_SOCKET + 1);
    // The process gets its own group, so that Ctrl-C reaches only the master, which then ends its processes in order.
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
    if (!error) error = posix_spawnattr_setflags(attributes, flags);
    if (!error) error = posix_spawnattr_setpgroup(attributes, 0);
    if (!error) error = posix_spawnattr_setsigmask(attributes, &none);
    if (!error) error = posix_spawnattr_setsigdefault(attributes, &all);
    return error;
}

/// Moves a descriptor above the numbers that the new process uses.
static int move_up(int *descriptor) {
    int copy = fcntl(*descriptor, F_DUPFD_CLOEXEC, 16);
    if (copy < 0) return errno;
    close(*descriptor);
    *descriptor = copy;
    return 0;
}

int twp_spawn(
    const char *program, const char *const *arguments, const char *const *environment, twp_process *process) {
    int sockets[2] = {-1, -1}, errors[2] = {-1, -1};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    pid_t pid = 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) return errno;
    int error = pipe2(errors, O_CLOEXEC) == 0 ? 0 : errno;
    if (!error) error = move_up(&sockets[1]);
    if (!error) error = move_up(&errors[1]);
    if (!error) error = fcntl(errors[0], F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
    if (!error && !(error = posix_spawn_file_actions_init(&files))) {
        if (!(error = posix_spawnattr_init(&attributes))) {
            error = configure(&files, &attributes, sockets[1], errors[1]);
            if (!error)
                error = posix_spawn(
                    &pid, program, &files, &attributes, (char *const *)arguments, (char *const *)environment);
            posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&files);
    }
    close(sockets[1]);
    if (errors[1] >= 0) close(errors[1]);
    if (error) {
        close(sockets[0]);
        if (errors[0] >= 0) close(errors[0]);
        return error;
    }
    *process = (twp_process){.pid = pid, .socket = sockets[0], .errors = errors[0]};
    return 0;
}

/// Sets a soft limit, as far as the hard limit allows.
static int limit(pid_t pid, int resource, uint64_t value) {
    struct rlimit now;
    if (prlimit(pid, resource, NULL, &now) != 0) return errno;
    now.rlim_cur = value < now.rlim_max ? value : now.rlim_max;
    return prlimit(pid, resource, &now, NULL) == 0 ? 0 : errno;
}

int twp_limit(int32_t pid, uint64_t cpu_seconds, uint64_t memory, uint64_t file) {
    int64_t used = twp_cpu_time(pid);
    int error = used < 0 ? ESRCH : limit(pid, RLIMIT_CPU, (uint64_t)used / 1000000000 + 1 + cpu_seconds);
    if (!error) error = limit(pid, RLIMIT_DATA, memory);
    if (!error) error = limit(pid, RLIMIT_FSIZE, file);
    return error;
}

int64_t twp_cpu_time(int32_t pid) {
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return -1;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int twp_has_ended(int32_t pid) {
    siginfo_t state = {0};
    return waitid(P_PID, (id_t)pid, &state, WEXITED | WNOHANG | WNOWAIT) != 0 || state.si_pid == pid;
}

twp_end_cause twp_end(int32_t pid) {
    int status = 0;
    // If the process has ended already, the signal has no effect, and waitpid reports the real cause.
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return (twp_end_cause){.signal = SIGKILL};
    if (WIFSIGNALED(status)) return (twp_end_cause){.signal = WTERMSIG(status)};
    return (twp_end_cause){.status = WEXITSTATUS(status)};
}

int twp_wait(int socket, int errors, int milliseconds) {
    struct pollfd files[2] = {{.fd = socket, .events = POLLIN}, {.fd = errors, .events = POLLIN}};
    if (poll(files, 2, milliseconds) <= 0) return 0;
    return (files[0].revents ? TWP_MESSAGE : 0) | (files[1].revents ? TWP_ERRORS : 0);
}
