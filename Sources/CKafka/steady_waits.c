// librdkafka 2.0.2 waits with cnd_timedwait until some time of the wall clock: in its clients' main threads between two
// timers, and in every poll. If the clock is set back by an hour meanwhile, they wait an hour longer, and a group loses
// its members without their knowledge. The dynamic linker prefers this function of the program to the C library's. It
// waits for the same length of time by the monotonic clock.
//
// Some callers compute the end once, and wait for it again after each event. If the clock is set back in between, the
// rest is too long here, too. So no wait exceeds a minute, the longest that any of these callers wants. A timeout that
// comes too early only means to them that no event came.
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
