// librdkafka 2.0.2 waits with cnd_timedwait until a time of the wall clock: in its clients' main threads between two
// timers, and in every poll. If the clock is set back by an hour during a wait, the wait takes an hour longer.
// Meanwhile group members send no heartbeats and lose their membership. This function replaces the C library's, because
// the dynamic linker prefers functions of the program. It waits for the same length of time by the monotonic clock.
//
// Some callers compute the end once, and wait for it again after each event. If the clock is set back between two such
// waits, the second one is too long here, too. So no wait exceeds a minute, the longest that any of these callers
// wants. They take an early timeout only as the news that no event came.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <threads.h>
#include <time.h>

#define SECOND 1000000000LL
#define LONGEST (60 * SECOND)

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict end) {
    struct timespec wall, until;
    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_MONOTONIC, &until);
    long long rest = (end->tv_sec - wall.tv_sec) * SECOND + end->tv_nsec - wall.tv_nsec;
    rest = (rest < 0 ? 0 : rest > LONGEST ? LONGEST : rest) + until.tv_nsec;
    until.tv_sec += rest / SECOND;
    until.tv_nsec = rest % SECOND;
    // In glibc these types differ only in their names.
    int status =
        pthread_cond_clockwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, CLOCK_MONOTONIC, &until);
    return status == 0 ? thrd_success : status == ETIMEDOUT ? thrd_timedout : thrd_error;
}
