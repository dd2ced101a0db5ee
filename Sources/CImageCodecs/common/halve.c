#include "codec.h"

/// The samples of up to four pixels: one or two columns in one or two rows.
typedef struct {
    const void *pixels[4];
    int count;
} square;

static inline uint32_t sample(const void *pixel, int channel, bool is_deep) {
    return is_deep ? ((const uint16_t *)pixel)[channel] : ((const uint8_t *)pixel)[channel];
}

static inline void set(void *pixel, int channel, bool is_deep, uint64_t value) {
    if (is_deep) ((uint16_t *)pixel)[channel] = (uint16_t)value;
    else ((uint8_t *)pixel)[channel] = (uint8_t)value;
}

/// Averages colors weighted by their alpha.
static void average_seen(const square *from, void *to, bool is_deep) {
    uint64_t alpha = 0;
    for (int index = 0; index < from->count; index++) alpha += sample(from->pixels[index], 3, is_deep);
    for (int channel = 0; channel < 3; channel++) {
        uint64_t sum = 0;
        for (int index = 0; index < from->count; index++)
            sum += (uint64_t)sample(from->pixels[index], channel, is_deep) * sample(from->pixels[index], 3, is_deep);
        set(to, channel, is_deep, alpha ? (sum + alpha / 2) / alpha : 0);
    }
    set(to, 3, is_deep, (alpha + (uint64_t)from->count / 2) / (uint64_t)from->count);
}

static void average(const square *from, void *to, int channels, bool is_deep) {
    for (int channel = 0; channel < channels; channel++) {
        uint32_t sum = 0;
        for (int index = 0; index < from->count; index++) sum += sample(from->pixels[index], channel, is_deep);
        set(to, channel, is_deep, (sum + (uint32_t)from->count / 2) / (uint32_t)from->count);
    }
}

/// Averages whole squares without alpha, the usual case. Compilers unroll the loop over the channels, because CHANNELS
/// is a constant.
#define DEFINE_SQUARES(NAME, SAMPLE, CHANNELS) \
    static void NAME(const void *upper, const void *lower, void *half, uint32_t count) { \
        const SAMPLE *above = upper, *below = lower; \
        SAMPLE *to = half; \
        for (uint32_t x = 0; x < count; x++, above += 2 * CHANNELS, below += 2 * CHANNELS, to += CHANNELS) \
            for (int channel = 0; channel < CHANNELS; channel++) \
                to[channel] = (SAMPLE)(((uint32_t)above[channel] + above[channel + CHANNELS] + below[channel] \
                    + below[channel + CHANNELS] + 2) / 4); \
    }

DEFINE_SQUARES(squares_gray, uint8_t, 1)
DEFINE_SQUARES(squares_color, uint8_t, 3)
DEFINE_SQUARES(squares_deep_gray, uint16_t, 1)
DEFINE_SQUARES(squares_deep_color, uint16_t, 3)

/// - Returns: how many columns are done.
static uint32_t halve_squares(
    const void *upper, const void *lower, void *half, uint32_t width, uint32_t channels, uint32_t depth) {
    if (!lower || channels == 4) return 0;
    if (depth == 8) (channels == 1 ? squares_gray : squares_color)(upper, lower, half, width / 2);
    else (channels == 1 ? squares_deep_gray : squares_deep_color)(upper, lower, half, width / 2);
    return width / 2 * 2;
}

void twc_halve_rows(
    const void *upper, const void *lower, void *half, uint32_t width, uint32_t channels, uint32_t depth) {
    const uint8_t *rows[2] = {upper, lower};
    const int row_count = lower ? 2 : 1;
    const size_t pixel = (size_t)channels * depth / 8;
    for (uint32_t x = halve_squares(upper, lower, half, width, channels, depth); x < width; x += 2) {
        square from = {.count = 0};
        for (int row = 0; row < row_count; row++)
            for (uint32_t column = x; column < width && column < x + 2; column++)
                from.pixels[from.count++] = rows[row] + column * pixel;
        void *to = (uint8_t *)half + (x / 2) * pixel;
        if (channels == 4) average_seen(&from, to, depth == 16);
        else average(&from, to, (int)channels, depth == 16);
    }
}
