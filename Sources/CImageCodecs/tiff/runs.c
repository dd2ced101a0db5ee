// Our own decoders for two old run-length compressions. libtiff's decoder of ThunderScan loses a run that ends with its
// row. Its decoder of NeXT takes missing rows for white ones.
#include "tiff.h"
#include <string.h>

typedef struct {
    const uint8_t *bytes;
    size_t count;
    size_t at;
} cursor;

/// Padding at the end of a word is not data.
static bool is_at_end(const cursor *from) { return from->count - from->at <= 3; }

// MARK: ThunderScan: differences of 4-bit pixels, see Apple's and ThunderWare's notes in TIFF 5.

typedef struct {
    uint8_t *pixels;
    uint32_t x;
    uint32_t width;
    uint8_t last;
} thunder_row;

static void put(thunder_row *row, int value) {
    row->last = (uint8_t)(value & 15);
    if (row->x >= row->width) return;
    row->pixels[row->x / 2] |= (uint8_t)(row->x & 1 ? row->last : row->last << 4);
    row->x++;
}

/// False if a run is longer than the row.
static bool put_code(thunder_row *row, uint8_t code) {
    static const int pairs[4] = {0, 1, 0, -1}, triples[8] = {0, 1, 2, 3, 0, -3, -2, -1};
    enum { SKIPPED_PAIR = 2, SKIPPED_TRIPLE = 4 };
    switch (code >> 6) {
        case 0:
            if ((code & 63u) > row->width - row->x) return false;
            for (uint32_t left = code & 63; left; left--) put(row, row->last);
            break;
        case 1:
            for (int shift = 4; shift >= 0; shift -= 2) {
                int delta = code >> shift & 3;
                if (delta != SKIPPED_PAIR) put(row, row->last + pairs[delta]);
            }
            break;
        case 2:
            for (int shift = 3; shift >= 0; shift -= 3) {
                int delta = code >> shift & 7;
                if (delta != SKIPPED_TRIPLE) put(row, row->last + triples[delta]);
            }
            break;
        default: put(row, code);
    }
    return true;
}

bool twc_tiff_unpack_thunder(
    const twc_tiff_layout *layout, const uint8_t *bytes, size_t count, uint8_t *pixels, size_t rows) {
    cursor from = {.bytes = bytes, .count = count};
    memset(pixels, 0, rows * layout->row_bytes);
    for (; rows; rows--, pixels += layout->row_bytes) {
        thunder_row row = {.pixels = pixels, .width = layout->block_width};
        while (row.x < row.width)
            if (from.at == from.count || !put_code(&row, from.bytes[from.at++])) return false;
    }
    return is_at_end(&from);
}

// MARK: NeXT: runs and spans of 2-bit pixels on white.

static bool copy(cursor *from, uint8_t *pixels, size_t count) {
    if (count > from->count - from->at) return false;
    memcpy(pixels, from->bytes + from->at, count);
    from->at += count;
    return true;
}

static bool copy_span(cursor *from, uint8_t *row, size_t row_bytes) {
    uint8_t place[4];
    if (!copy(from, place, sizeof place)) return false;
    size_t offset = twc_be16(place), count = twc_be16(place + 2);
    return offset + count <= row_bytes && copy(from, row + offset, count);
}

/// Reads runs, with a color in two bits and a length in six, until the row is full. A run beyond the end is cut,
/// because writers fill bytes.
static bool put_runs(cursor *from, uint8_t code, uint8_t *row, uint32_t width) {
    for (uint32_t x = 0;;) {
        for (uint32_t left = code & 63; left && x < width; left--, x++) {
            uint32_t shift = 6 - x % 4 * 2;
            row[x / 4] = (uint8_t)((row[x / 4] & ~(3u << shift)) | (uint32_t)(code >> 6) << shift);
        }
        if (x == width) return true;
        if (from->at == from->count) return false;
        code = from->bytes[from->at++];
    }
}

bool twc_tiff_unpack_next(
    const twc_tiff_layout *layout, const uint8_t *bytes, size_t count, uint8_t *pixels, size_t rows) {
    enum { WHOLE_ROW = 0x00, SPAN = 0x40 };
    cursor from = {.bytes = bytes, .count = count};
    memset(pixels, 0xFF, rows * layout->row_bytes);
    for (; rows; rows--, pixels += layout->row_bytes) {
        if (from.at == from.count) return false;
        uint8_t code = from.bytes[from.at++];
        bool is_there = code == WHOLE_ROW ? copy(&from, pixels, layout->row_bytes)
            : code == SPAN ? copy_span(&from, pixels, layout->row_bytes)
            : put_runs(&from, code, pixels, layout->block_width);
        if (!is_there) return false;
    }
    return is_at_end(&from);
}
