// Run lengths of 8 and 4 bits. Most files store the lowest row first, so a first walk notes where each row begins.
#include "bmp_reader.h"
#include <stdlib.h>
#include <string.h>

/// A position in the codes.
typedef struct {
    uint32_t row;
    /// At the end of a row, this can lie in the row's padding.
    uint32_t column;
} place;

/// Damage at a stored row. Everything behind it in the file is lost. Most files store the lowest row first, so the loss
/// begins with row 0 of the image.
static twc_status damage(const twc_bmp_reader *reader, uint32_t stored_row, const char *what) {
    return twc_damage(reader->is_top_down ? stored_row : 0, "pixel data is damaged: %s", what);
}

/// Bytes of literal pixels. An odd number of bytes is padded with one more.
static uint32_t literal_bytes(const twc_bmp_reader *reader, uint32_t pixels) {
    return reader->compression == TWC_BMP_RLE4 ? (pixels + 1) / 2 : pixels;
}

/// The width of a row with its padding to four bytes, at 8 bits a pixel.
static uint32_t padded(uint32_t width) { return (width + 3) & ~3u; }

/// Takes the pixels of one code: notes where their row begins, and checks that they fit.
static twc_status walk_pixels(twc_bmp_reader *reader, place *at, uint32_t pixels, uint64_t code) {
    uint32_t width = reader->common.info.width;
    if (!reader->row_codes[at->row]) {
        reader->row_codes[at->row] = code;
        reader->row_columns[at->row] = at->column;
    }
    uint32_t end = at->column + pixels;
    if (reader->compression == TWC_BMP_RLE4 && end == width + 1 && pixels % 2 == 0) {
        // At two pixels a byte, some programs count the pixel that fills the last byte.
        twc_note(&reader->common.notes, "runs that are one pixel longer than the row were cut");
        end = width;
    } else if (reader->compression == TWC_BMP_RLE8 && end > width && end <= padded(width)) {
        // Some programs, for example ImageMagick, encode rows together with their padding to four bytes.
        twc_note(&reader->common.notes, "runs that are up to three pixels longer than the row were cut");
    } else if (end > width) {
        return damage(reader, at->row, "a run is longer than the row");
    }
    at->column = end;
    return twc_ok();
}

/// Takes one code. `*is_done` is set at the end marker.
static twc_status walk_code(twc_bmp_reader *reader, place *at, const uint8_t *code, bool *is_done) {
    twc_source *source = &reader->common.source;
    const twc_info *info = &reader->common.info;
    uint64_t offset = source->offset - 2;
    uint8_t moves[2];
    if (code[0] == 0 && code[1] == 1) {
        *is_done = true;
    } else if (code[0] == 0 && code[1] == 0) {
        if (at->row < info->height && at->column < info->width) reader->skips_pixels = true;
        if (at->row < info->height) at->row++;
        at->column = 0;
    } else if (at->row >= info->height) {
        twc_note(&reader->common.notes, "codes behind the last row were ignored");
        *is_done = true;
    } else if (code[0] == 0 && code[1] == 2) {
        if (twc_source_read(source, moves, 2) != 2) return damage(reader, at->row, "the file ends");
        if (at->column + moves[0] > info->width || moves[1] > info->height - at->row)
            return damage(reader, at->row, "a move leads out of the image");
        at->column += moves[0];
        at->row += moves[1];
        reader->skips_pixels = reader->skips_pixels || moves[0] || moves[1];
    } else if (code[0] == 0) {
        uint32_t bytes = literal_bytes(reader, code[1]);
        if (source->size - source->offset < bytes) return damage(reader, at->row, "the file ends");
        twc_source_seek(source, source->offset + bytes + bytes % 2);
        return walk_pixels(reader, at, code[1], offset);
    } else {
        return walk_pixels(reader, at, code[0], offset);
    }
    return twc_ok();
}

twc_status twc_bmp_rle_index(twc_bmp_reader *reader) {
    twc_source *source = &reader->common.source;
    const twc_info *info = &reader->common.info;
    place at = {0};
    uint8_t code[2];
    bool is_done = false;
    reader->row_codes = calloc(info->height, sizeof *reader->row_codes);
    reader->row_columns = calloc(info->height, sizeof *reader->row_columns);
    if (!reader->row_codes || !reader->row_columns)
        return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for the offsets of rows");
    twc_source_seek(source, reader->data);
    while (!is_done && twc_source_read(source, code, 2) == 2) {
        twc_status status = walk_code(reader, &at, code, &is_done);
        if (status.code) return status;
    }
    if (source->error) return twc_system_failure(source->error, "the file cannot be read");
    bool is_whole = at.row >= info->height || (at.row == info->height - 1 && at.column >= info->width);
    if (!is_done && !is_whole) return damage(reader, at.row, "the file ends");
    if (!is_done) twc_note(&reader->common.notes, "the file has no end marker; all rows are there");
    if (!is_whole) reader->skips_pixels = true;
    if (source->offset > reader->end) reader->end = source->offset;
    if (reader->skips_pixels)
        twc_note(&reader->common.notes, "pixels that the codes skip got the first color of the palette");
    return twc_ok();
}

/// Puts the pixels of one code into a row, as many as fit.
static uint32_t put(const twc_bmp_reader *reader, uint8_t *to, uint32_t capacity, uint32_t pixels, const uint8_t *bytes,
    bool is_literal) {
    if (pixels > capacity) pixels = capacity;
    if (reader->compression == TWC_BMP_RLE8) {
        if (is_literal) memcpy(to, bytes, pixels);
        else memset(to, bytes[0], pixels);
        return pixels;
    }
    for (uint32_t index = 0; index < pixels; index++) {
        uint8_t pair = is_literal ? bytes[index / 2] : bytes[0];
        to[index] = index % 2 ? pair & 15 : pair >> 4;
    }
    return pixels;
}

twc_status twc_bmp_rle_row(twc_bmp_reader *reader, uint32_t stored_row, uint8_t *indices) {
    twc_source *source = &reader->common.source;
    uint32_t width = reader->common.info.width, x = reader->row_columns[stored_row];
    uint8_t code[2], bytes[256];
    memset(indices, 0, width);
    if (!reader->row_codes[stored_row]) return twc_ok();
    twc_source_seek(source, reader->row_codes[stored_row]);
    while (x < width && twc_source_read(source, code, 2) == 2) {
        if (code[0]) {
            x += put(reader, indices + x, width - x, code[0], code + 1, false);
        } else if (code[1] > 2) {
            uint32_t count = literal_bytes(reader, code[1]);
            // The first walk has found these bytes. They are missing only if the file has changed since.
            memset(bytes, 0, sizeof bytes);
            twc_source_read(source, bytes, count + count % 2);
            x += put(reader, indices + x, width - x, code[1], bytes, true);
        } else {
            if (code[1] != 2 || twc_source_read(source, bytes, 2) != 2 || bytes[1]) break;
            x += bytes[0] < width - x ? bytes[0] : width - x;
        }
    }
    return source->error ? twc_system_failure(source->error, "the file cannot be read") : twc_ok();
}
