#include "filter.h"
#include <stdlib.h>
#include <string.h>

static void left(const uint8_t *restrict row, size_t count, size_t step, uint8_t *restrict to) {
    memcpy(to, row, step < count ? step : count);
    for (size_t x = step; x < count; x++) to[x] = (uint8_t)(row[x] - row[x - step]);
}

static void up(const uint8_t *restrict row, const uint8_t *restrict above, size_t count, uint8_t *restrict to) {
    for (size_t x = 0; x < count; x++) to[x] = (uint8_t)(row[x] - above[x]);
}

static void average(
    const uint8_t *restrict row, const uint8_t *restrict above, size_t count, size_t step, uint8_t *restrict to) {
    for (size_t x = 0; x < step && x < count; x++) to[x] = (uint8_t)(row[x] - above[x] / 2);
    for (size_t x = step; x < count; x++) to[x] = (uint8_t)(row[x] - (row[x - step] + above[x]) / 2);
}

/// PNG's Paeth predictor: whichever of left, above and left above is nearest to left + above - left above.
static uint8_t predict(int a, int b, int c) {
    int to_a = abs(b - c), to_b = abs(a - c), to_c = abs(a + b - 2 * c);
    return (uint8_t)(to_a <= to_b && to_a <= to_c ? a : to_b <= to_c ? b : c);
}

static void paeth(
    const uint8_t *restrict row, const uint8_t *restrict above, size_t count, size_t step, uint8_t *restrict to) {
    for (size_t x = 0; x < step && x < count; x++) to[x] = (uint8_t)(row[x] - above[x]);
    for (size_t x = step; x < count; x++)
        to[x] = (uint8_t)(row[x] - predict(row[x - step], above[x], above[x - step]));
}

void twc_png_filter_row(
    twc_png_filter filter, const uint8_t *row, const uint8_t *above, size_t count, size_t step, uint8_t *filtered) {
    *filtered++ = (uint8_t)filter;
    switch (filter) {
        case TWC_FILTER_NONE: memcpy(filtered, row, count); return;
        case TWC_FILTER_SUB: left(row, count, step, filtered); return;
        case TWC_FILTER_UP: up(row, above, count, filtered); return;
        case TWC_FILTER_AVERAGE: average(row, above, count, step, filtered); return;
        case TWC_FILTER_PAETH: paeth(row, above, count, step, filtered); return;
    }
}

/// The sum of the absolute values of the bytes as signed numbers.
static uint64_t magnitude(const uint8_t *bytes, size_t count) {
    uint64_t sum = 0;
    while (count) {
        // Each part is short enough for a sum of 32 bits, which is faster.
        size_t part = count < 1 << 20 ? count : 1 << 20;
        uint32_t small = 0;
        for (size_t index = 0; index < part; index++) small += (uint32_t)abs((int8_t)bytes[index]);
        sum += small;
        bytes += part;
        count -= part;
    }
    return sum;
}

twc_png_filter twc_png_filter_of_band(
    const uint8_t *above, uint32_t rows, size_t stride, size_t count, size_t step, uint8_t *scratch) {
    static const twc_png_filter filters[] = {TWC_FILTER_SUB, TWC_FILTER_UP, TWC_FILTER_NONE};
    enum { FILTERS = sizeof filters / sizeof *filters, SAMPLES = 8, SMALL = 64 << 10, TINY = 4 << 10 };
    // In a tiny band the first row weighs too much, and sums say little.
    if (rows * count < TINY) return TWC_FILTER_SUB;
    uint64_t sums[FILTERS] = {0};
    uint32_t apart = rows / SAMPLES && rows * count > SMALL ? rows / SAMPLES : 1;
    // Takes rows from the middle of each part, because the first row of an image has nothing above it.
    for (uint32_t row = apart / 2; row < rows; row += apart)
        for (size_t index = 0; index < FILTERS; index++) {
            const uint8_t *before = above + row * stride;
            twc_png_filter_row(filters[index], before + stride, before, count, step, scratch);
            sums[index] += magnitude(scratch + 1, count);
        }
    // Differences to the left repeat more adjacent bytes, so that filter wins if its sum is about as small.
    size_t best = 0;
    for (size_t index = 1; index < FILTERS; index++)
        if (sums[index] < sums[best] / 64 * 63) best = index;
    return filters[best];
}

void twc_png_filter_best(
    const uint8_t *row, const uint8_t *above, size_t count, size_t step, uint8_t *filtered, uint8_t *scratch) {
    uint64_t best = UINT64_MAX;
    const twc_png_filter last = above ? TWC_FILTER_PAETH : TWC_FILTER_SUB;
    for (twc_png_filter filter = TWC_FILTER_NONE; filter <= last; filter++) {
        twc_png_filter_row(filter, row, above, count, step, scratch);
        uint64_t sum = magnitude(scratch + 1, count);
        if (sum >= best) continue;
        best = sum;
        memcpy(filtered, scratch, count + 1);
    }
}
