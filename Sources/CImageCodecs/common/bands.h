// Bands of an image worked on side by side, their results taken in order.
#ifndef TILEWORK_BANDS_H
#define TILEWORK_BANDS_H

#include "codec.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Belongs to one thread, its owner, which fills slots and takes results. Band n lies in slot n % slots.
typedef struct twc_bands twc_bands;

#ifndef TWC_LEAST_BAND
/// Bytes of pixels in the bands of small images. Fuzzing has smaller ones.
#define TWC_LEAST_BAND (256 << 10)
#endif

enum { TWC_MAXIMUM_THREADS = 64 };

typedef struct {
    /// Threads that work; with 1 the owner does it itself, in `twc_bands_submit`. Limited by `slots`.
    uint32_t threads;
    /// Bands that are filled, worked on or finished at a time.
    uint32_t slots;
    /// Works on the band in a slot: on any thread, `thread` of `threads`, with no lock held. It must not longjmp out.
    void (*work)(void *context, uint32_t thread, uint32_t slot);
    /// Takes a band that was worked on: on the owner's thread, each band once, in the order of their filling. It may
    /// longjmp out; then only closing is left.
    twc_status (*put)(void *context, uint32_t slot);
    void *context;
} twc_bands_plan;

/// Bytes of pixels that one band should have, for an image of so many. Each band costs some bytes of the file, so it is
/// not small; nor large, so that all threads have one. It does not depend on the number of threads, and so neither does
/// the file.
uint64_t twc_bands_bytes(uint64_t image);

/// Threads and slots for so many bands, each of which takes `bytes` of memory: never more threads than bands, and not
/// more than 256 MiB can hold, but one.
void twc_bands_size(twc_bands_plan *plan, uint32_t threads, uint64_t bands, uint64_t bytes);

/// Starts the threads. If the system refuses some, fewer work, or the owner alone.
twc_status twc_bands_open(const twc_bands_plan *plan, twc_bands **bands);
/// The slot to fill next. Waits for the oldest band, and puts it, if no slot is free.
twc_status twc_bands_next(twc_bands *bands, uint32_t *slot);
/// Hands over the slot that was given last.
void twc_bands_submit(twc_bands *bands);
/// Waits for the oldest band, and puts it; there has to be one.
twc_status twc_bands_put(twc_bands *bands);
/// Waits for all bands, and puts them.
twc_status twc_bands_drain(twc_bands *bands);
/// Waits for the bands that are being worked on, and ends the threads. What was not put is lost. Null is fine.
void twc_bands_close(twc_bands *bands);

#ifdef __cplusplus
}
#endif
#endif
