// Declarations that this folder shares.
#ifndef TILEWORK_COLOR_H
#define TILEWORK_COLOR_H

#include "../common/codec.h"
#include <lcms2.h>

/// A context of lcms2 without global state and without messages to stderr. It refuses allocations above 64 MiB, because
/// a profile of a hundred bytes can claim a table of half a gigabyte. Null if there is no memory.
cmsContext twc_color_context(void);

/// The reason of the last failure of lcms2 in this context; "" if it gave none.
const char *twc_color_reason(cmsContext context);

void twc_color_context_free(cmsContext context);

/// Larger profiles are ignored. Profiles for printing presses have 0.5 to 3 MB.
enum { TWC_MAXIMUM_PROFILE = 32 << 20 };

/// value / 255 rounded to nearest, without a division, for values up to 255².
static inline uint32_t twc_divide255(uint32_t value) { return (value + 128 + ((value + 128) >> 8)) >> 8; }

/// value / 65535 rounded to nearest, without a division, for values up to 65535².
static inline uint32_t twc_divide65535(uint32_t value) {
    value += 32768;
    return (value + (value >> 16)) >> 16;
}

#endif
