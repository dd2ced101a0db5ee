#include "codec.h"
#include <string.h>

enum { BLOCK = 32 };

/// Where the first pixel of a stored row belongs, and the distance between its pixels, in bytes.
typedef struct {
    ptrdiff_t start;
    ptrdiff_t step;
} line;

static line line_of(
    uint32_t orientation, uint32_t row, uint32_t width, uint32_t height, size_t pixel, ptrdiff_t stride) {
    const ptrdiff_t p = (ptrdiff_t)pixel, last_x = (ptrdiff_t)width - 1, last_y = (ptrdiff_t)height - 1, y = row;
    switch (orientation) {
        case 2: return (line){y * stride + last_x * p, -p};
        case 3: return (line){(last_y - y) * stride + last_x * p, -p};
        case 4: return (line){(last_y - y) * stride, p};
        case 5: return (line){y * p, stride};
        case 6: return (line){(last_y - y) * p, stride};
        case 7: return (line){last_x * stride + (last_y - y) * p, -stride};
        case 8: return (line){last_x * stride + y * p, -stride};
        default: return (line){y * stride, p};
    }
}

/// With a constant size, the compiler turns the copy into loads and stores.
#define COPY(bytes) \
    for (uint32_t x = from; x < to; x++) memcpy(target + (ptrdiff_t)x * step, source + (size_t)x * (bytes), bytes)

static void copy(uint8_t *target, ptrdiff_t step, const uint8_t *source, uint32_t from, uint32_t to, size_t pixel) {
    switch (pixel) {
        case 1: COPY(1); break;
        case 2: COPY(2); break;
        case 3: COPY(3); break;
        case 4: COPY(4); break;
        case 6: COPY(6); break;
        case 8: COPY(8); break;
    }
}

void twc_orient_rows(
    const void *rows, size_t row_stride, uint32_t first, uint32_t count, uint32_t width, uint32_t height,
    size_t pixel_bytes, uint32_t orientation, void *image, size_t image_stride) {
    // Works in squares, so that the lines of the image that a square touches stay in the cache.
    for (uint32_t top = 0; top < count; top += BLOCK) {
        uint32_t bottom = count - top < BLOCK ? count : top + BLOCK;
        for (uint32_t left = 0; left < width; left += BLOCK) {
            uint32_t right = width - left < BLOCK ? width : left + BLOCK;
            for (uint32_t row = top; row < bottom; row++) {
                line to = line_of(orientation, first + row, width, height, pixel_bytes, (ptrdiff_t)image_stride);
                copy((uint8_t *)image + to.start, to.step, (const uint8_t *)rows + (size_t)row * row_stride, left,
                    right, pixel_bytes);
            }
        }
    }
}
