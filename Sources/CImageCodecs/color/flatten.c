#include "color.h"

size_t twc_alpha_first_transparent(const void *bgra, size_t pixels, uint32_t depth) {
    if (depth == 8) {
        const uint8_t *samples = bgra;
        for (size_t pixel = 0; pixel < pixels; pixel++)
            if (samples[4 * pixel + 3] != UINT8_MAX) return pixel;
    } else {
        const uint16_t *samples = bgra;
        for (size_t pixel = 0; pixel < pixels; pixel++)
            if (samples[4 * pixel + 3] != UINT16_MAX) return pixel;
    }
    return pixels;
}

void twc_alpha_flatten(const uint8_t *bgra, uint8_t *bgr, size_t pixels, const uint8_t background[3]) {
    for (size_t pixel = 0; pixel < pixels; pixel++, bgra += 4, bgr += 3) {
        uint32_t alpha = bgra[3];
        for (int channel = 0; channel < 3; channel++)
            bgr[channel] = (uint8_t)twc_divide255(bgra[channel] * alpha + background[channel] * (255 - alpha));
    }
}
