// PNG's filters. Each row is stored as its differences from the pixels to the left and above.
#ifndef TILEWORK_PNG_FILTER_H
#define TILEWORK_PNG_FILTER_H

#include <stddef.h>
#include <stdint.h>

typedef enum { TWC_FILTER_NONE, TWC_FILTER_SUB, TWC_FILTER_UP, TWC_FILTER_AVERAGE, TWC_FILTER_PAETH } twc_png_filter;

/// Writes the filter's number and the filtered row.
/// - above: the row before, zeros for the first.
/// - step: bytes of a pixel.
void twc_png_filter_row(
    twc_png_filter filter, const uint8_t *row, const uint8_t *above, size_t count, size_t step, uint8_t *filtered);

/// Chooses the filter (none, left or upper difference) that makes the sum of these rows smallest.
/// - above: the row above the first. The `rows` rows follow it, `stride` bytes apart.
twc_png_filter twc_png_filter_of_band(
    const uint8_t *above, uint32_t rows, size_t stride, size_t count, size_t step, uint8_t *scratch);

/// Filters a row with the one of all five filters that makes its sum smallest, as libpng does.
/// - above: null for a row that must be readable without the row above it. Then only two filters are possible.
/// - scratch: as long as `filtered`.
void twc_png_filter_best(
    const uint8_t *row, const uint8_t *above, size_t count, size_t step, uint8_t *filtered, uint8_t *scratch);

#endif
