// TIFF's compression 32771: CCITT codes, with rows that begin at even bytes. libtiff's decoder reads a row correctly,
// but then does not find the next one. So each row is decoded alone. The fewest bytes that determine it are its own,
// and the next row begins at the even byte behind them.
#include "tiff.h"
#include <stdlib.h>
#include <string.h>

/// Whether the first `count` bytes determine the row, whatever follows. libtiff assumes that zeros follow the end, so a
/// second attempt puts ones there.
static bool settle(
    twc_tiff_reader *reader, uint32_t index, size_t count, size_t left, const uint8_t *row, uint8_t *attempt) {
    size_t row_bytes = reader->layout.row_bytes, more = left - count < 2 ? left - count : 2;
    if (!twc_tiff_run_quietly(reader, index, count, attempt, row_bytes) || memcmp(attempt, row, row_bytes) != 0)
        return false;
    uint8_t kept[2];
    memcpy(kept, reader->stored + count, more);
    memset(reader->stored + count, 0xFF, more);
    bool is_same = twc_tiff_run_quietly(reader, index, count + more, attempt, row_bytes)
        && memcmp(attempt, row, row_bytes) == 0;
    memcpy(reader->stored + count, kept, more);
    return is_same;
}

bool twc_tiff_decode_word_aligned(
    twc_tiff_reader *reader, uint32_t index, size_t stored, uint8_t *output, size_t expected) {
    size_t row_bytes = reader->layout.row_bytes, at = 0;
    uint8_t *all = reader->stored, *attempt = malloc(row_bytes);
    bool is_sound = attempt != NULL;
    for (size_t done = 0; is_sound && done < expected; done += row_bytes, output += row_bytes) {
        // Codes have at most 13 bits, and two of them give at least one pixel. So 8 pixels, a byte of the row, take at
        // most 26 bytes of codes.
        size_t left = stored - at, most = row_bytes * 32 + 16;
        reader->stored = all + at;
        size_t low = 0, high = left < most ? left : most;
        is_sound = twc_tiff_run_quietly(reader, index, high, output, row_bytes);
        while (is_sound && high - low > 1) {
            size_t middle = low + (high - low) / 2;
            if (settle(reader, index, middle, left, output, attempt)) high = middle;
            else low = middle;
        }
        at += high + high % 2 < left ? high + high % 2 : left;
    }
    reader->stored = all;
    free(attempt);
    if (is_sound) twc_tiff_messages_reset(&reader->messages);
    return is_sound;
}
