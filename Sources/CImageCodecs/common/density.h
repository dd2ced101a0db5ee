// Pixels a metre, as PNG and BMP store the resolution.
#ifndef TILEWORK_DENSITY_H
#define TILEWORK_DENSITY_H

#include "codec.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Dots an inch if the numbers are whole dots an inch, rounded to metres; else pixels a centimetre. 0 by 0 if a number
/// is 0.
twc_density twc_density_of_metres(uint32_t x, uint32_t y);

/// Rounded to whole pixels a metre. False, with 0 in both, if there is no unit, or nothing that fits.
bool twc_density_to_metres(twc_density density, uint32_t *x, uint32_t *y);

/// Notes that a format has no place for a resolution, if it is one.
void twc_note_density(twc_notes *notes, twc_density density, const char *format);

#ifdef __cplusplus
}
#endif
#endif
