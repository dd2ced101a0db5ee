// Pixels as TIFF files store them.
#include "tiffwriter.h"
#include <string.h>

void twc_tiff_store_row(const twc_tiff_writer *writer, uint8_t *pixels, uint32_t width, uint8_t *stored) {
    const twc_writer_options *options = &writer->base.options;
    uint32_t channels = options->channels, size = options->depth / 8;
    if (channels == 1) {
        memcpy(stored, pixels, (size_t)width * size);
        return;
    }
    if (channels == 4 && options->is_alpha_associated) twc_alpha_multiply(pixels, width, options->depth);
    uint32_t step = writer->pixel_bytes;
    for (uint32_t x = 0; x < width; x++, pixels += channels * size, stored += step) {
        if (writer->samples == 2) {
            memcpy(stored, pixels, size);
            memcpy(stored + size, pixels + 3 * size, size);
        } else if (size == 1) {
            stored[0] = pixels[2];
            stored[1] = pixels[1];
            stored[2] = pixels[0];
            if (channels == 4) stored[3] = pixels[3];
        } else {
            memcpy(stored, pixels + 4, 2);
            memcpy(stored + 2, pixels + 2, 2);
            memcpy(stored + 4, pixels, 2);
            if (channels == 4) memcpy(stored + 6, pixels + 6, 2);
        }
    }
}

void twc_tiff_fill_tile(const twc_tiff_writer *writer, uint8_t *tile, uint32_t width, uint32_t height) {
    uint32_t side = writer->base.options.tile_side, step = writer->pixel_bytes;
    size_t stride = (size_t)side * step;
    for (uint32_t y = 0; y < height; y++) {
        uint8_t *row = tile + y * stride;
        for (uint32_t x = width; x < side; x++) memcpy(row + (size_t)x * step, row + (size_t)(width - 1) * step, step);
    }
    for (uint32_t y = height; y < side; y++)
        memcpy(tile + y * stride, tile + (size_t)(height - 1) * stride, stride);
}
