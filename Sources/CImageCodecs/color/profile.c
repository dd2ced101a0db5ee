#include "color.h"
#include <string.h>

/// The signature of an ICC header's color space; 0 if the bytes are no profile, or end before it does.
static uint32_t color_space(const uint8_t *bytes, size_t count) {
    if (count < 132 || count > TWC_MAXIMUM_PROFILE || memcmp(bytes + 36, "acsp", 4) != 0) return 0;
    uint32_t size = twc_be32(bytes), tags = twc_be32(bytes + 128);
    return size >= 132 && size <= count && tags <= (size - 132) / 12 ? twc_be32(bytes + 16) : 0;
}

int twc_profile_color(const uint8_t *bytes, size_t count) {
    switch (color_space(bytes, count)) {
        case cmsSigGrayData: return TWC_GRAY;
        case cmsSigRgbData: return TWC_RGB;
        case cmsSigCmykData: return TWC_CMYK;
        case cmsSigLabData: return TWC_LAB;
        default: return 0;
    }
}
