// librdkafka 2.0.2 waits with cnd_timedwait, until some time of the wall clock: its clients' main threads between two
// timers, and every poll. Where the clock is set back by an hour meanwhile, they wait an hour longer, and a group loses
// its members without their knowledge. The program's own function, which the dynamic linker takes before the C
// library's, waits for the same length of time by the monotonic clock instead.
//
// Some callers compute the end once and wait for it again after each event. If the clock is set back in between, the
// rest is too long here, too; so nobody waits for more than a minute, the longest that any caller in there wants.
// Timed out too early means no more to them than that nothing came.
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
    // In glibc these types are the same but for their names.
    int status =
        pthread_cond_clockwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, CLOCK_MONOTONIC, &until);
    return status == 0 ? thrd_success : status == ETIMEDOUT ? thrd_timedout : thrd_error;
}
