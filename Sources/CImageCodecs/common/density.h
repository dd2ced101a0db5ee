// Pixels a metre, as PNG and BMP store the resolution.
#ifndef TILEWORK_DENSITY_H
#define TILEWORK_DENSITY_H

#include "codec.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Dots an inch if the stored numbers come from whole dots an inch; else pixels a centimetre. 0 by 0 if a number is 0.
twc_density twc_density_of_metres(uint32_t x, uint32_t y);

/// Rounds to whole pixels a metre. False, with 0 in both, if the density has no unit or does not fit.
bool twc_density_to_metres(twc_density density, uint32_t *x, uint32_t *y);

/// Notes that a format cannot hold a resolution, if there is one.
void twc_note_density(twc_notes *notes, twc_density density, const char *format);

#ifdef __cplusplus
}
#endif
#endif
