// Finds strips and tiles in the file, and undoes predictors.
#include "tiff.h"

/// Where the data of a strip or tile ends at the latest. In most files the data is in order. If it is not, the result
/// is too long, which does not disturb decoders.
static uint64_t following(twc_tiff_reader *reader, uint32_t index, uint64_t offset) {
    const twc_tiff_layout *layout = &reader->layout;
    uint64_t total = (uint64_t)layout->across * layout->down * layout->planes;
    uint64_t next = index + 1 < total ? TIFFGetStrileOffset(reader->tiff, index + 1) : 0;
    return next > offset && next < reader->input.size ? next : reader->input.size;
}

twc_tiff_place twc_tiff_locate(twc_tiff_reader *reader, uint32_t index) {
    twc_tiff_place place = {.offset = TIFFGetStrileOffset(reader->tiff, index)};
    place.count = reader->has_counts ? TIFFGetStrileByteCount(reader->tiff, index) : 0;
    place.is_missing = index >= reader->places;
    place.is_sparse = !place.is_missing && !place.offset && !place.count;
    uint64_t left = place.offset && place.offset < reader->input.size ? reader->input.size - place.offset : 0;
    if (left && !place.count) {
        place.count = following(reader, index, place.offset) - place.offset;
        place.is_estimated = true;
        twc_note(&reader->base.notes,
            "the file does not say how long its %ss are; they were taken to end where the next begins",
            twc_tiff_block_name(&reader->layout));
    }
    place.is_cut = place.count > left;
    if (place.is_cut) place.count = left;
    return place;
}

twc_status twc_tiff_missing(const twc_tiff_reader *reader, uint32_t index, uint32_t row) {
    return twc_damage(row, "the file does not say where the data of %s %u, from row %u on, is",
        twc_tiff_block_name(&reader->layout), index, row);
}

/// Sums up bytes of adjacent channels.
static void sum_bytes(uint8_t *row, size_t count, uint32_t step) {
    if (step == 3) {
        uint8_t a = 0, b = 0, c = 0;
        for (size_t index = 0; index + 3 <= count; index += 3) {
            row[index] = a = (uint8_t)(a + row[index]);
            row[index + 1] = b = (uint8_t)(b + row[index + 1]);
            row[index + 2] = c = (uint8_t)(c + row[index + 2]);
        }
        return;
    }
    if (step == 1) {
        uint8_t a = 0;
        for (size_t index = 0; index < count; index++) row[index] = a = (uint8_t)(a + row[index]);
        return;
    }
    for (size_t index = step; index < count; index++) row[index] = (uint8_t)(row[index] + row[index - step]);
}

static void sum_shorts(uint16_t *row, size_t count, uint32_t step) {
    for (size_t index = step; index < count; index++) row[index] = (uint16_t)(row[index] + row[index - step]);
}

void twc_tiff_undo_predictor(const twc_tiff_layout *layout, uint8_t *bytes, size_t rows) {
    if (layout->predictor != PREDICTOR_HORIZONTAL) return;
    uint32_t step = layout->is_planar ? 1 : layout->samples;
    for (size_t row = 0; row < rows; row++, bytes += layout->row_bytes) {
        if (layout->bits == 16)
            sum_shorts((uint16_t *)bytes, layout->row_bytes / 2, step);
        else
            sum_bytes(bytes, layout->row_bytes, step);
    }
}
