// Turns libpng's messages into statuses and notes.
#include "png_reader.h"
#include <string.h>

/// Bytes that may follow the last row: the end of a zlib stream, its sum, and the chunk's checksum.
enum { LONGEST_END = 16 };

/// libpng's text without the name of the chunk before it.
static const char *plain(const char *text) { return strncmp(text, "IDAT: ", 6) == 0 ? text + 6 : text; }

/// Whether the chunk IEND is at or near the end of the file.
static bool has_end_marker(twc_png_reader *reader) {
    static const uint8_t marker[8] = {'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82};
    twc_source *source = &reader->common.source;
    uint8_t bytes[4096];
    twc_source_seek(source, source->size > sizeof bytes ? source->size - sizeof bytes : 0);
    size_t count = twc_source_read(source, bytes, sizeof bytes);
    for (size_t at = 0; at + sizeof marker <= count; at++)
        if (memcmp(bytes + at, marker, sizeof marker) == 0) return true;
    return false;
}

twc_status twc_png_wrong_sum(void) {
    return twc_damage(0, "the checksum of all pixel data is wrong, so every row may be damaged");
}

static twc_status describe(twc_png_reader *reader, const char *text) {
    uint32_t height = reader->common.info.height, row = twc_png_incomplete_row(reader);
    // Messages count rows in the whole image.
    const uint32_t above = twc_rows_above(&reader->common), whole = twc_whole_height(&reader->common);
    const uint32_t from = above + reader->chunk_row, to = above + (row < height ? row : height - 1);
    if (reader->common.source.error) return twc_system_failure(reader->common.source.error, "the file cannot be read");
    if (strstr(text, "memory")) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory to decode the image");
    if (reader->is_out_of_data || reader->has_stream_ended || strstr(text, "Not enough image data")) {
        // If the end is there, the file is not truncated. Then the length of a chunk is wrong, and other bytes were
        // taken for pixels.
        bool is_cut = !reader->is_out_of_data || !has_end_marker(reader);
        bool is_whole = row == height && (reader->has_extra_data || !reader->is_out_of_data
            || reader->stream_end - reader->common.source.size <= LONGEST_END);
        if (row < height && is_cut) return twc_damage(row, "pixel data ends at row %u of %u", above + row, whole);
        if (!is_whole)
            return twc_damage(reader->chunk_row, "pixel data is damaged between rows %u and %u of %u: the length of a "
                "chunk is wrong", from, to, whole);
        // Checksums at the end could only reveal damage before them. Missing ones contradict nothing.
        twc_note(&reader->common.notes, "the file ends before the checksum of the pixel data; all rows are there");
        return twc_ok();
    }
    if (strstr(text, "incorrect data check")) return twc_png_wrong_sum();
    if (strstr(text, "CRC error"))
        return twc_damage(reader->chunk_row, "pixel data is damaged between rows %u and %u of %u: the checksum of a "
            "chunk is wrong", from, to, whole);
    return twc_damage(reader->chunk_row, "pixel data is damaged between rows %u and %u of %u: %s", from, to, whole,
        plain(text));
}

void twc_png_on_error(png_structp png, png_const_charp text) {
    twc_png_reader *reader = png_get_error_ptr(png);
    // Before the structure exists, only memory can be missing.
    reader->failure = reader->png ? describe(reader, text)
        : twc_failure(TWC_OUT_OF_MEMORY, "not enough memory to decode the image");
    longjmp(reader->jump, 1);
}

void twc_png_on_warning(png_structp png, png_const_charp text) {
    twc_png_reader *reader = png_get_error_ptr(png);
    if (!reader->png) return;
    // Both warnings come after the stream has ended with the right checksum.
    if (strstr(text, "Extra compressed data") || strstr(text, "Too much image data")) reader->has_extra_data = true;
    // Once all rows are there, an error of zlib means a wrong sum of all pixels. It does not show which row is wrong,
    // or whether only the sum is.
    else if (twc_png_incomplete_row(reader) >= reader->common.info.height) reader->has_wrong_checksum = true;
}

twc_status twc_png_guard(twc_png_reader *reader, void (*step)(twc_png_reader *reader)) {
    if (setjmp(reader->jump)) return reader->failure;
    step(reader);
    return twc_ok();
}
