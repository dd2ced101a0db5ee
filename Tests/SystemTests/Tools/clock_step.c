/* A wall clock that can be set, for one process. LD_PRELOAD loads it before the other libraries.

   The file that CLOCK_STEP_FILE names holds the offset of the clock in seconds, and is read repeatedly. Only the wall
   clock steps; monotonic clocks go on. As in the kernel, a wait until a time of the wall clock follows later steps:
   after a step back by an hour it lasts an hour longer. (Debian's libfaketime changes the clock, but not cnd_timedwait,
   with which librdkafka waits.) */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define SLICE (SECOND / 50)

static atomic_long offset;

static void *follow(void *path)
{
    for (;;) {
        FILE *file = fopen(path, "r");
        long value;
        if (file) {
            if (fscanf(file, "%ld", &value) == 1)
                atomic_store(&offset, value);
            fclose(file);
        }
        struct timespec pause = {0, SLICE};
        nanosleep(&pause, NULL);
    }
    return NULL;
}

__attribute__((constructor)) static void start(void)
{
    char *path = getenv("CLOCK_STEP_FILE");
    pthread_t thread;
    if (path && !pthread_create(&thread, NULL, follow, path))
        pthread_detach(thread);
}

static long long kernel_time(void)
{
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    return now.tv_sec * SECOND + now.tv_nsec;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int status = (int)syscall(SYS_clock_gettime, clock, time);
    if (!status && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += atomic_load(&offset);
    return status;
}

int timespec_get(struct timespec *time, int base)
{
    clock_gettime(CLOCK_REALTIME, time);
    return base;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *place)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place)
        *place = now.tv_sec;
    return now.tv_sec;
}

typedef int wait_function(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

int pthread_cond_timedwait(
    pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict end)
{
    static _Atomic(wait_function *) found;
    wait_function *wait = atomic_load(&found);
    if (!wait) {
        wait = (wait_function *)dlsym(RTLD_NEXT, "pthread_cond_timedwait");
        atomic_store(&found, wait);
    }
    /* In this bit the C library notes that the condition uses the monotonic clock. */
    if (condition->__data.__wrefs & 2)
        return wait(condition, mutex, end);
    for (;;) {
        /* Waits a slice at a time, because the clock may be set meanwhile. */
        long long now = kernel_time();
        long long goal = (end->tv_sec - atomic_load(&offset)) * SECOND + end->tv_nsec;
        int is_last = goal - now <= SLICE;
        long long until = is_last ? goal : now + SLICE;
        struct timespec slice = {until / SECOND, until % SECOND};
        int status = wait(condition, mutex, &slice);
        if (status != ETIMEDOUT || is_last)
            return status;
    }
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict end)
{
    int status = pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, end);
    return status == 0 ? thrd_success : status == ETIMEDOUT ? thrd_timedout : thrd_error;
}
