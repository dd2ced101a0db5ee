// Processes that parse untrusted bytes for another process: how they are started, limited and ended, how the two
// exchange messages and file descriptors, and how such a process restricts itself.
//
// Calls that can fail return 0 or an `errno`, unless their comment says otherwise.
#ifndef TILEWORK_CODEC_PROCESS_H
#define TILEWORK_CODEC_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#if defined(__clang__)
#pragma clang assume_nonnull begin
#define TWP_NULLABLE _Nullable
#else
#define TWP_NULLABLE
#endif

/// The descriptor of the started process's end of the socket.
enum { TWP_SOCKET = 3 };
/// The most descriptors in one message.
enum { TWP_DESCRIPTORS = 5 };

// MARK: For the parent

typedef struct {
    int32_t pid;
    /// For messages, one packet each.
    int32_t socket;
    /// The standard error of the process; reads do not block.
    int32_t errors;
} twp_process;

/// Starts a program. Its end of the socket is descriptor 3; only standard error is open besides. It gets SIGKILL when
/// the calling thread ends.
/// - arguments, environment: end with a null pointer.
int twp_spawn(
    const char *program, const char *TWP_NULLABLE const *TWP_NULLABLE arguments,
    const char *TWP_NULLABLE const *TWP_NULLABLE environment, twp_process *process);

/// Limits what the process may use from now on. A file that would grow beyond the limit fails with EFBIG. Without
/// processor time left, the process ends by SIGXCPU; without memory left, allocations fail.
/// - cpu_seconds: added to the time that it has used.
/// - memory: bytes of private memory.
/// - file: the size of a file that it writes, in bytes.
int twp_limit(int32_t pid, uint64_t cpu_seconds, uint64_t memory, uint64_t file);

/// Processor time that the process has used, in nanoseconds; -1 if it has ended.
int64_t twp_cpu_time(int32_t pid);

/// Whether the process has ended. It stays a zombie until `twp_end`.
int twp_has_ended(int32_t pid);

typedef struct {
    /// The signal that ended it; 0 if it ended by itself.
    int32_t signal;
    int32_t status;
} twp_end_cause;

/// Ends the process if it has not ended, and waits for its end. Descriptors stay open.
twp_end_cause twp_end(int32_t pid);

enum { TWP_MESSAGE = 1, TWP_ERRORS = 2 };

/// Waits until there is something to read, or the other side has closed its end.
/// - errors: -1 for none.
/// - Returns: which of the two are ready, as bits; 0 on timeout.
int twp_wait(int socket, int errors, int milliseconds);

// MARK: Messages

/// Sends a message with descriptors.
int twp_send(int socket, const void *bytes, size_t count, const int32_t *TWP_NULLABLE descriptors, size_t descriptor_count);

/// Receives a message and at most `TWP_DESCRIPTORS` descriptors, which the caller then owns.
/// - Returns: the number of bytes; 0 if the other side has closed; -1 with `errno`, also if the message is too long.
ptrdiff_t twp_receive(int socket, void *bytes, size_t capacity, int32_t *descriptors, size_t *descriptor_count);

// MARK: For the child

/// Removes from this process, permanently, all rights that decoding and encoding do not need: it cannot open files or
/// make processes and sockets. Open files stay open, and threads can be started. Call it before untrusted bytes are
/// read, while the process has one thread.
/// - what: names the failed step, if one failed.
int twp_enter_sandbox(const char *TWP_NULLABLE *TWP_NULLABLE what);

// MARK: For tests

typedef enum {
    TWP_TRY_OPEN,
    TWP_TRY_CREATE,
    TWP_TRY_UNLINK,
    TWP_TRY_SOCKET,
    TWP_TRY_FORK,
    TWP_TRY_EXEC,
    TWP_TRY_KILL,
    TWP_TRY_TRUNCATE,
    TWP_TRY_PUNCH,
    TWP_TRY_CODE,
    TWP_TRY_SHARED_MEMORY
} twp_trial;

/// Tries something that a restricted process must not be able to do, with `file` if it needs one.
/// - Returns: 0 if it succeeded.
int twp_try(twp_trial trial, int file);

/// The version of Landlock in this kernel; 0 if it has none.
int twp_landlock_version(void);

/// Tries the same in a child process that is restricted by Landlock only.
/// - Returns: as `twp_try`; -1 if there can be no such child.
int twp_try_in_landlock(twp_trial trial);

/// Ends by SIGSEGV.
void twp_crash(void);

/// Blocks SIGXCPU, as a hijacked process would.
void twp_block_time_signal(void);

/// Allocates this many bytes and frees them.
/// - Returns: 0 if there was not enough memory.
int twp_use_memory(uint64_t bytes);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif
#endif
