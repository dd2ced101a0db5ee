// Files without the lengths of their strips or tiles. libtiff refuses them if there are several, but we can tell where
// each ends at the latest. libtiff gets a copy of the directory with lengths of 0, as if it stood behind the file.
#include "tiff.h"
#include <stdlib.h>
#include <string.h>

static void put(const twc_tiff_input *input, uint8_t *bytes, uint64_t value, uint32_t size) {
    for (uint32_t index = 0; index < size; index++)
        bytes[input->is_big_endian ? size - 1 - index : index] = (uint8_t)(value >> index * 8);
}

twc_status twc_tiff_add_counts(twc_tiff_reader *reader) {
    const twc_tiff_input *input = &reader->input;
    const twc_tiff_entry *offsets = twc_tiff_find(&reader->directory, TIFFTAG_STRIPOFFSETS);
    uint16_t tag = offsets ? TIFFTAG_STRIPBYTECOUNTS : TIFFTAG_TILEBYTECOUNTS;
    if (!offsets) offsets = twc_tiff_find(&reader->directory, TIFFTAG_TILEOFFSETS);
    uint32_t counter = input->is_big ? 8 : 2, step = input->is_big ? 20 : 12, word = input->is_big ? 8 : 4;
    uint8_t head[8];
    if (!offsets || !twc_tiff_read_at(input, reader->offset, head, counter))
        return twc_damage(0, "the directory does not say where the pixels are");
    // Offsets lie in the file, so their number is bounded by its size.
    size_t entries = (size_t)twc_tiff_decode(input, head, counter);
    size_t directory = counter + (entries + 1) * step + word, zeros = (size_t)offsets->count * 4;
    reader->addition_offset = input->size + (input->size & 1);
    reader->addition_bytes = directory + zeros;
    reader->addition = calloc(1, reader->addition_bytes);
    if (!reader->addition) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a directory");
    put(input, reader->addition, entries + 1, counter);
    uint8_t *entry = reader->addition + counter;
    if (!twc_tiff_read_at(input, reader->offset + counter, entry, entries * step))
        return twc_damage(-1, "the directory cannot be read");
    entry += entries * step;
    put(input, entry, tag, 2);
    put(input, entry + 2, TIFF_LONG, 2);
    put(input, entry + 4, offsets->count, word);
    if (zeros > word) put(input, entry + 4 + word, reader->addition_offset + directory, word);
    reader->offset_for_libtiff = reader->addition_offset;
    return twc_ok();
}
