// Works on bands of an image in parallel, and takes their results in order.
#ifndef TILEWORK_BANDS_H
#define TILEWORK_BANDS_H

#include "codec.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Belongs to one thread, its owner. The owner fills slots and takes results. Band n lies in slot n % slots.
typedef struct twc_bands twc_bands;

#ifndef TWC_LEAST_BAND
/// Bytes of pixels in a band of a small image. The fuzzers' builds set a lower number.
#define TWC_LEAST_BAND (256 << 10)
#endif

enum { TWC_MAXIMUM_THREADS = 64 };

typedef struct {
    /// Threads that work, limited by `slots`. With 1 thread the owner works itself, in `twc_bands_submit`.
    uint32_t threads;
    /// How many bands can be filled, worked on or finished at the same time.
    uint32_t slots;
    /// Works on the band in a slot, on thread `thread` of `threads`. No lock is held. It must not leave by longjmp.
    void (*work)(void *context, uint32_t thread, uint32_t slot);
    /// Takes a finished band. It runs on the owner's thread, once for each band, in the order in which they were
    /// filled. It may leave by longjmp; after that, only closing is allowed.
    twc_status (*put)(void *context, uint32_t slot);
    void *context;
} twc_bands_plan;

/// Bytes of pixels that one band of an image of this size should have. Each band costs some bytes of the file, so bands
/// are not small. They are not large either, so that every thread gets one. The size does not depend on the number of
/// threads, so the file does not either.
uint64_t twc_bands_bytes(uint64_t image);

/// Chooses threads and slots for this many bands, each with `bytes` of memory. There are never more threads than bands.
/// All slots together take at most 256 MiB, except for a single larger one.
void twc_bands_size(twc_bands_plan *plan, uint32_t threads, uint64_t bands, uint64_t bytes);

/// Starts the threads. If the system refuses some of them, the others do the work, or the owner does it alone.
twc_status twc_bands_open(const twc_bands_plan *plan, twc_bands **bands);
/// Gives the slot to fill next. If none is free, waits for the oldest band and puts it.
twc_status twc_bands_next(twc_bands *bands, uint32_t *slot);
/// Hands over the slot that `twc_bands_next` gave last.
void twc_bands_submit(twc_bands *bands);
/// Waits for the oldest band, and puts it. There must be one.
twc_status twc_bands_put(twc_bands *bands);
/// Waits for all bands, and puts them.
twc_status twc_bands_drain(twc_bands *bands);
/// Waits for the bands that are being worked on, and ends the threads. Bands that were not put are lost. Null is
/// allowed.
void twc_bands_close(twc_bands *bands);

#ifdef __cplusplus
}
#endif
#endif
