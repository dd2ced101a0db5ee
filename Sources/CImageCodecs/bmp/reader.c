// Rows of BMP files, read by our own code. They are given from the top down, whichever row the file begins with.
#include "bmp_reader.h"
#include <stdlib.h>

enum { BAND_BYTES = 256 << 10 };

static bool is_rle(const twc_bmp_reader *reader) {
    return reader->compression == TWC_BMP_RLE8 || reader->compression == TWC_BMP_RLE4;
}

static twc_status prepare(twc_bmp_reader *reader) {
    const twc_info *info = &reader->common.info;
    size_t rows = BAND_BYTES / reader->row_bytes;
    if (rows > info->height) rows = info->height;
    reader->band_rows = rows ? (uint32_t)rows : 1;
    reader->band = malloc(reader->row_bytes * reader->band_rows);
    if (!reader->band) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for rows");
    return is_rle(reader) ? twc_bmp_rle_index(reader) : twc_ok();
}

/// Reads the stored rows of a band that begins with a row of the image.
static twc_status load(twc_bmp_reader *reader, uint32_t top) {
    twc_source *source = &reader->common.source;
    uint32_t height = reader->common.info.height, count = height - top;
    if (count > reader->band_rows) count = reader->band_rows;
    uint32_t first = reader->is_top_down ? top : height - top - count;
    reader->band_top = top;
    reader->band_count = count;
    if (is_rle(reader)) {
        for (uint32_t index = 0; index < count; index++) {
            twc_status status = twc_bmp_rle_row(reader, first + index, reader->band + index * reader->row_bytes);
            if (status.code) return status;
        }
        return twc_ok();
    }
    twc_source_seek(source, reader->data + (uint64_t)first * reader->row_bytes);
    size_t wanted = count * reader->row_bytes, got = twc_source_read(source, reader->band, wanted);
    if (source->error) return twc_system_failure(source->error, "the file cannot be read");
    // The last row of the file may lack its padding.
    if (got < wanted - (reader->row_bytes - reader->used_bytes)) return twc_damage(top, "the file became shorter");
    return twc_ok();
}

static twc_status give_rows(twc_reader *common, uint8_t *rows, size_t stride, uint32_t count) {
    twc_bmp_reader *reader = (twc_bmp_reader *)common;
    twc_status status = twc_ok();
    if (!reader->band) status = prepare(reader);
    for (uint32_t index = 0; index < count && !status.code; index++) {
        uint32_t row = common->next_row + index;
        if (row - reader->band_top >= reader->band_count) status = load(reader, row);
        if (status.code) break;
        uint32_t place = row - reader->band_top;
        if (!reader->is_top_down) place = reader->band_count - 1 - place;
        twc_bmp_unpack(reader, reader->band + place * reader->row_bytes, rows + index * stride);
    }
    return status;
}

static twc_status finish(twc_reader *common) {
    twc_bmp_reader *reader = (twc_bmp_reader *)common;
    if (common->next_row < common->info.height) return twc_ok();
    if (reader->colors && reader->highest_color >= reader->colors)
        twc_note(&common->notes, "pixels refer to colors beyond the %u of the palette; they became black",
            reader->colors);
    if (reader->fourth_bytes_or != reader->fourth_bytes_and && reader->fourth_bytes_or && common->info.channels == 3)
        twc_note(&common->notes, "the fourth byte of the pixels was left out: the file does not say that it is alpha");
    // Some programs pad the file to a multiple of four bytes.
    if (common->source.size > reader->end + 3)
        twc_note_junk(&common->notes, (common->source.size - reader->end));
    return twc_ok();
}

static void close_reader(twc_reader *common) {
    twc_bmp_reader *reader = (twc_bmp_reader *)common;
    free(reader->band);
    free(reader->row_codes);
    free(reader->row_columns);
}

static const twc_reader_methods methods = {.rows = give_rows, .finish = finish, .close = close_reader};

twc_status twc_bmp_open(twc_source *source, const twc_reader_options *options, twc_reader **result) {
    twc_bmp_reader *reader = (twc_bmp_reader *)twc_reader_allocate(sizeof *reader, &methods, source, options);
    *result = NULL;
    if (!reader) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a reader");
    twc_status status = twc_bmp_header(reader);
    reader->common.can_seek = !is_rle(reader);
    if (!status.code) *result = &reader->common;
    else twc_reader_close(&reader->common);
    return status;
}
