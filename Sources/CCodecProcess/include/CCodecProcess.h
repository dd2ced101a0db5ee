// Processes that parse strangers' bytes for another one: how they are started, limited and ended, how messages and file
// descriptors go between the two, and how such a process shuts itself in.
//
// Calls that can fail return 0 or an `errno`, unless they say something else.
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

/// The descriptor of a started process's end of the socket.
enum { TWP_SOCKET = 3 };
/// The most descriptors in one message.
enum { TWP_DESCRIPTORS = 5 };

// MARK: For the process that starts it

typedef struct {
    int32_t pid;
    /// Messages, one packet each.
    int32_t socket;
    /// What the process writes to its standard error; reading does not wait.
    int32_t errors;
} twp_process;

/// Starts a program, which has its end of the socket as descriptor 3, and nothing else open but standard error. It gets
/// SIGKILL when the calling thread ends.
/// - arguments, environment: end with a null pointer.
int twp_spawn(
    const char *program, const char *TWP_NULLABLE const *TWP_NULLABLE arguments,
    const char *TWP_NULLABLE const *TWP_NULLABLE environment, twp_process *process);

/// Limits what the process may use from now on. Files that would become larger are refused with EFBIG; without
/// processor time the process ends by SIGXCPU; without memory, allocations fail.
/// - cpu_seconds: beside what it has used.
/// - memory: bytes of private memory.
/// - file: bytes of a file that it writes.
int twp_limit(int32_t pid, uint64_t cpu_seconds, uint64_t memory, uint64_t file);

/// Processor time that the process has used, in nanoseconds; -1 if it has ended.
int64_t twp_cpu_time(int32_t pid);

/// Whether the process has ended, and waits for `twp_end`.
int twp_has_ended(int32_t pid);

typedef struct {
    /// The signal that ended it; 0 if it ended by itself.
    int32_t signal;
    int32_t status;
} twp_end_cause;

/// Ends the process if it has not ended, and waits for its end. Descriptors stay open.
twp_end_cause twp_end(int32_t pid);

enum { TWP_MESSAGE = 1, TWP_ERRORS = 2 };

/// Waits until there is something to read, or the other side has closed.
/// - errors: -1 for none.
/// - Returns: which of them, as bits; 0 after the time.
int twp_wait(int socket, int errors, int milliseconds);

// MARK: Messages

/// Sends a message with descriptors.
int twp_send(int socket, const void *bytes, size_t count, const int32_t *TWP_NULLABLE descriptors, size_t descriptor_count);

/// Receives a message and at most `TWP_DESCRIPTORS` descriptors, which are the caller's.
/// - Returns: its count of bytes; 0 if the other side has closed; -1 with `errno`, also for a message that is too long.
ptrdiff_t twp_receive(int socket, void *bytes, size_t capacity, int32_t *descriptors, size_t *descriptor_count);

// MARK: For the started process

/// Takes from this process all that decoding and encoding do not need, for good: no new files, processes and sockets;
/// what is open stays open. Threads can be started. Call it before strangers' bytes are read, without other threads.
/// - what: says which step has failed, if one did.
int twp_shut_in(const char *TWP_NULLABLE *TWP_NULLABLE what);

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

/// Does what a process that is shut in must not be able to do, to `file` if it is about one.
/// - Returns: 0 if it could.
int twp_try(twp_trial trial, int file);

/// The version of Landlock that the kernel has; 0 for none.
int twp_landlock_version(void);

/// The same in a child that Landlock alone shuts in.
/// - Returns: as `twp_try`; -1 if there can be no such child.
int twp_try_in_landlock(twp_trial trial);

/// Ends by SIGSEGV.
void twp_crash(void);

/// Blocks SIGXCPU, as a process does that was taken over.
void twp_block_time_signal(void);

/// Allocates and frees so many bytes. 0 if there were not as many.
int twp_use_memory(uint64_t bytes);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif
#endif
