// Repairs directories that libtiff refuses although the pixels can be read. libtiff sees a repaired copy, as if it lay
// behind the end of the file. If the lengths of strips or tiles are missing, the copy has lengths of 0, because we
// compute ourselves where each ends at the latest.
#include "tiff.h"
#include <stdlib.h>
#include <string.h>

static void put(const twc_tiff_input *input, uint8_t *bytes, uint64_t value, uint32_t size) {
    for (uint32_t index = 0; index < size; index++)
        bytes[input->is_big_endian ? size - 1 - index : index] = (uint8_t)(value >> index * 8);
}

twc_status twc_tiff_repair(twc_tiff_reader *reader, bool needs_counts) {
    const twc_tiff_input *input = &reader->input;
    const twc_tiff_entry *offsets = twc_tiff_find(&reader->directory, TIFFTAG_STRIPOFFSETS);
    uint16_t tag = offsets ? TIFFTAG_STRIPBYTECOUNTS : TIFFTAG_TILEBYTECOUNTS;
    if (!offsets) offsets = twc_tiff_find(&reader->directory, TIFFTAG_TILEOFFSETS);
    uint32_t counter = input->is_big ? 8 : 2, step = input->is_big ? 20 : 12, word = input->is_big ? 8 : 4;
    uint8_t head[8];
    if (!offsets || !twc_tiff_read_at(input, reader->offset, head, counter))
        return twc_damage(0, "the directory does not say where the pixels are");
    // Offsets lie in the file, so its size limits their number.
    size_t entries = (size_t)twc_tiff_decode(input, head, counter), kept = 0;
    size_t directory = counter + (entries + 1) * step + word;
    size_t zeros = needs_counts ? (size_t)offsets->count * 4 : 0;
    reader->addition_offset = input->size + (input->size & 1);
    reader->addition_bytes = directory + zeros;
    reader->addition = calloc(1, reader->addition_bytes);
    if (!reader->addition) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a directory");
    uint8_t *entry = reader->addition + counter;
    for (size_t index = 0; index < entries; index++) {
        if (!twc_tiff_read_at(input, reader->offset + counter + index * step, entry, step))
            return twc_damage(-1, "the directory cannot be read");
        uint64_t found = twc_tiff_decode(input, entry, 2);
        if (found == TIFFTAG_IMAGEDEPTH || found == TIFFTAG_TILEDEPTH) continue;
        entry += step;
        kept++;
    }
    memset(entry, 0, step);
    put(input, reader->addition, kept + needs_counts, counter);
    if (needs_counts) {
        put(input, entry, tag, 2);
        put(input, entry + 2, TIFF_LONG, 2);
        put(input, entry + 4, offsets->count, word);
        if (zeros > word) put(input, entry + 4 + word, reader->addition_offset + directory, word);
    }
    reader->offset_for_libtiff = reader->addition_offset;
    return twc_ok();
}
