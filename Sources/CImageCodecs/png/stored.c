#include "stored.h"
#include <string.h>

/// Keeps the first and the fourth sample of each pixel.
static void take_gray_alpha(uint8_t *row, size_t width, size_t sample) {
    for (size_t x = 0; x < width; x++) {
        memmove(row + 2 * x * sample, row + 4 * x * sample, sample);
        memmove(row + (2 * x + 1) * sample, row + (4 * x + 3) * sample, sample);
    }
}

static void swap_colors(uint8_t *row, size_t width, size_t step) {
    for (size_t x = 0; x < width; x++, row += step) {
        uint8_t blue = row[0];
        row[0] = row[2];
        row[2] = blue;
    }
}

static void swap_deep_colors(uint8_t *row, size_t width, size_t step) {
    for (size_t x = 0; x < width; x++, row += step) {
        uint8_t blue[2];
        memcpy(blue, row, 2);
        memcpy(row, row + 4, 2);
        memcpy(row + 4, blue, 2);
    }
}

static void swap_bytes(uint8_t *row, size_t samples) {
    for (size_t index = 0; index < samples; index++) {
        uint16_t sample;
        memcpy(&sample, row + 2 * index, 2);
        sample = (uint16_t)(sample << 8 | sample >> 8);
        memcpy(row + 2 * index, &sample, 2);
    }
}

void twc_png_store_row(const twc_writer_options *options, uint8_t *row) {
    size_t width = options->width, channels = options->channels, sample = options->depth / 8;
    if (options->is_gray_alpha) {
        take_gray_alpha(row, width, sample);
        channels = 2;
    } else if (channels > 1) {
        if (sample == 1) swap_colors(row, width, channels);
        else swap_deep_colors(row, width, 2 * channels);
    }
    if (sample == 2 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) swap_bytes(row, width * channels);
}
