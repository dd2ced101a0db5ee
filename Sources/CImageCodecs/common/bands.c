#define _GNU_SOURCE
#include "bands.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

typedef struct {
    twc_bands *bands;
    uint32_t number;
    pthread_t thread;
} band_thread;

struct twc_bands {
    twc_bands_plan plan;
    band_thread *threads;
    /// Threads that run.
    uint32_t running;
    /// How many bands were filled, begun and put so far. Only the owner changes `filled` and `put`.
    uint64_t filled, begun, put;
    /// Whether the work on the band in a slot is finished.
    bool *is_done;
    bool is_closing;
    pthread_mutex_t lock;
    /// `filling` is signaled when a band was filled or the threads have to end, `doing` when a band's work is finished.
    pthread_cond_t filling, doing;
};

/// The stack of a thread. Codecs need little, and stacks count as memory of the process.
enum { STACK = 512 << 10 };
static const uint64_t most_memory = 256 << 20;

uint64_t twc_bands_bytes(uint64_t image) {
    enum { LEAST = TWC_LEAST_BAND, MOST = 1 << 20, BANDS = 16 };
    return image / BANDS < LEAST ? LEAST : image / BANDS > MOST ? MOST : image / BANDS;
}

void twc_bands_size(twc_bands_plan *plan, uint32_t threads, uint64_t bands, uint64_t bytes) {
    uint64_t slots = most_memory / (bytes ? bytes : 1);
    if (threads > TWC_MAXIMUM_THREADS) threads = TWC_MAXIMUM_THREADS;
    if (threads > bands) threads = (uint32_t)bands;
    // Besides the threads' slots, one slot is being filled, and one has a band that waits for its turn to be written.
    if (slots > threads + 2u) slots = threads + 2u;
    if (slots > bands) slots = bands;
    // With a single slot, filling and working take turns.
    bool is_alone = threads < 2 || slots < 2;
    plan->threads = is_alone ? 1 : threads < slots ? threads : (uint32_t)slots;
    plan->slots = is_alone ? 1 : (uint32_t)slots;
}

static void *run(void *argument) {
    band_thread *self = argument;
    twc_bands *bands = self->bands;
    pthread_mutex_lock(&bands->lock);
    for (;;) {
        while (bands->begun == bands->filled && !bands->is_closing) pthread_cond_wait(&bands->filling, &bands->lock);
        if (bands->is_closing) break;
        uint32_t slot = (uint32_t)(bands->begun++ % bands->plan.slots);
        pthread_mutex_unlock(&bands->lock);
        bands->plan.work(bands->plan.context, self->number, slot);
        pthread_mutex_lock(&bands->lock);
        bands->is_done[slot] = true;
        pthread_cond_signal(&bands->doing);
    }
    pthread_mutex_unlock(&bands->lock);
    return NULL;
}

/// Starts the threads with all signals blocked. Signals are for the threads of the program itself.
static void start(twc_bands *bands) {
    pthread_attr_t attributes;
    sigset_t all, before;
    if (pthread_attr_init(&attributes) != 0) return;
    pthread_attr_setstacksize(&attributes, STACK);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (bands->running < bands->plan.threads) {
        band_thread *next = &bands->threads[bands->running];
        *next = (band_thread){.bands = bands, .number = bands->running};
        if (pthread_create(&next->thread, &attributes, run, next) != 0) break;
        bands->running++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
}

twc_status twc_bands_open(const twc_bands_plan *plan, twc_bands **result) {
    twc_bands *bands = *result = calloc(1, sizeof *bands);
    if (!bands) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for threads");
    bands->plan = *plan;
    pthread_mutex_init(&bands->lock, NULL);
    pthread_cond_init(&bands->filling, NULL);
    pthread_cond_init(&bands->doing, NULL);
    bands->is_done = calloc(bands->plan.slots, sizeof *bands->is_done);
    bands->threads = calloc(bands->plan.threads, sizeof *bands->threads);
    if (!bands->is_done || !bands->threads) {
        twc_bands_close(bands);
        *result = NULL;
        return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for threads");
    }
    if (bands->plan.threads > 1) start(bands);
    return twc_ok();
}

twc_status twc_bands_put(twc_bands *bands) {
    uint32_t slot = (uint32_t)(bands->put % bands->plan.slots);
    pthread_mutex_lock(&bands->lock);
    while (!bands->is_done[slot]) pthread_cond_wait(&bands->doing, &bands->lock);
    bands->is_done[slot] = false;
    pthread_mutex_unlock(&bands->lock);
    bands->put++;
    return bands->plan.put(bands->plan.context, slot);
}

twc_status twc_bands_next(twc_bands *bands, uint32_t *slot) {
    *slot = (uint32_t)(bands->filled % bands->plan.slots);
    return bands->filled - bands->put < bands->plan.slots ? twc_ok() : twc_bands_put(bands);
}

void twc_bands_submit(twc_bands *bands) {
    uint32_t slot = (uint32_t)(bands->filled % bands->plan.slots);
    if (!bands->running) {
        bands->plan.work(bands->plan.context, 0, slot);
        bands->is_done[slot] = true;
        bands->filled++;
        return;
    }
    pthread_mutex_lock(&bands->lock);
    bands->filled++;
    pthread_cond_signal(&bands->filling);
    pthread_mutex_unlock(&bands->lock);
}

twc_status twc_bands_drain(twc_bands *bands) {
    twc_status status = twc_ok();
    while (!status.code && bands->put < bands->filled) status = twc_bands_put(bands);
    return status;
}

void twc_bands_close(twc_bands *bands) {
    if (!bands) return;
    pthread_mutex_lock(&bands->lock);
    bands->is_closing = true;
    pthread_cond_broadcast(&bands->filling);
    pthread_mutex_unlock(&bands->lock);
    for (uint32_t index = 0; index < bands->running; index++) pthread_join(bands->threads[index].thread, NULL);
    pthread_cond_destroy(&bands->doing);
    pthread_cond_destroy(&bands->filling);
    pthread_mutex_destroy(&bands->lock);
    free(bands->threads);
    free(bands->is_done);
    free(bands);
}
