// The sandbox of a codec process. Landlock removes the file system. Seccomp removes all system calls except those that
// decoding and encoding need. no_new_privs makes both permanent. Seccomp has to suffice alone, because not every kernel
// has Landlock. Tests of Landlock alone try to open, make and run files.
#define _GNU_SOURCE
#include "landlock.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// The limit of open descriptors: the standard ones, the socket, those of a message, and some to spare.
enum { DESCRIPTORS = 16 };

/// Crash signals end the process at once, because a backtrace would need another process.
static void reset_signals(void) {
    static const int crashes[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGSYS, SIGTRAP};
    for (size_t index = 0; index < sizeof crashes / sizeof *crashes; index++) signal(crashes[index], SIG_DFL);
    // A write beyond the file size limit, or to a master that has ended, has to fail without ending the process.
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

static int set_limits(void) {
    // The limit is 1 byte, because at 0 the kernel still starts a program that takes core files (core(5)).
    const struct rlimit none = {1, 1}, descriptors = {DESCRIPTORS, DESCRIPTORS};
    return setrlimit(RLIMIT_CORE, &none) == 0 && setrlimit(RLIMIT_NOFILE, &descriptors) == 0 ? 0 : errno;
}

/// System calls that decoding and encoding need, with any arguments.
static const int allowed[] = {
    // Open files. They cannot be truncated, because the master has the canvas mapped.
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(pwrite64), SCMP_SYS(lseek), SCMP_SYS(close),
    SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(fadvise64), SCMP_SYS(sync_file_range),
    // The socket to the master.
    SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),
    // Memory.
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    // Threads. clone has its own rule below.
    SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
    // Time, locks, random numbers for hash tables.
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(getrandom),
    // The end of the process, also by abort().
    SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(restart_syscall),
};

/// System calls that libraries try but do not need. They fail with this error.
static const struct { int call, error; } refused[] = {
    {SCMP_SYS(open), EACCES}, {SCMP_SYS(openat), EACCES}, {SCMP_SYS(access), EACCES}, {SCMP_SYS(faccessat), EACCES},
    {SCMP_SYS(faccessat2), EACCES}, {SCMP_SYS(stat), EACCES}, {SCMP_SYS(lstat), EACCES}, {SCMP_SYS(statx), EACCES},
    {SCMP_SYS(readlink), EACCES}, {SCMP_SYS(readlinkat), EACCES}, {SCMP_SYS(getcwd), EACCES},
    {SCMP_SYS(ioctl), ENOTTY}, {SCMP_SYS(prctl), EPERM}, {SCMP_SYS(prlimit64), EPERM}, {SCMP_SYS(getrlimit), EPERM},
    {SCMP_SYS(sysinfo), EPERM}, {SCMP_SYS(uname), EPERM}, {SCMP_SYS(sched_getaffinity), EPERM},
    {SCMP_SYS(sigaltstack), EPERM}, {SCMP_SYS(rt_sigaction), EPERM},
    // clone3 passes its flags in memory, which a filter cannot read. When it fails, the C library calls clone.
    {SCMP_SYS(clone3), ENOSYS},
    {SCMP_SYS(ftruncate), EPERM},
};

/// The flags by which the C library starts a thread. They allow nothing but another thread in this process.
enum {
    THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS
        | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID
};

/// Allows `call` if all of these bits of one argument are clear.
static int allow_without(scmp_filter_ctx filter, int call, unsigned argument, uint64_t bits) {
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, bits, 0));
}

static int add_rules(scmp_filter_ctx filter) {
    int error = 0;
    for (size_t index = 0; !error && index < sizeof allowed / sizeof *allowed; index++)
        error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[index], 0);
    for (size_t index = 0; !error && index < sizeof refused / sizeof *refused; index++)
        error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(refused[index].error), refused[index].call, 0);
    // No executable memory, and no shared memory without a file, because the memory limit does not count it.
    for (int bit = 0; !error && bit < 2; bit++)
        error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
            SCMP_CMP(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
            SCMP_CMP(3, SCMP_CMP_MASKED_EQ, bit ? MAP_ANONYMOUS : MAP_SHARED, 0));
    if (!error) error = allow_without(filter, SCMP_SYS(mprotect), 2, PROT_EXEC);
    // Without flags, fallocate can enlarge a scratch file, but not shorten one.
    if (!error) error = allow_without(filter, SCMP_SYS(fallocate), 1, ~0ull);
    // Encoders use threads for bands of rows. Threads share the process's limits of memory and processor time.
    if (!error)
        error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_CMP(0, SCMP_CMP_EQ, THREAD, 0));
    // abort() signals its own process. Signals to other processes are not allowed.
    if (!error)
        error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
            SCMP_CMP(0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
    return error;
}

static int enter_seccomp(void) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter) return ENOMEM;
    int error = add_rules(filter);
    if (!error) error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    // A tree makes the most frequent calls, reads and writes, as fast to find as others.
    if (!error) error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (!error) error = seccomp_load(filter);
    seccomp_release(filter);
    return -error;
}

int twp_enter_sandbox(const char **what) {
    // Reads the time zone file now, because no file can be opened later.
    tzset();
    reset_signals();
    *what = "the signal for the master's end";
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
    *what = "its limits";
    int error = set_limits();
    if (error) return error;
    *what = "no_new_privs";
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    *what = "Landlock";
    if ((error = twp_enter_landlock())) return error;
    *what = "seccomp";
    return enter_seccomp();
}
