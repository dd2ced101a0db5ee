// Checks whether stored data is sound, for compressions whose libtiff decoders do not check, or check too late.
#include "tiff.h"

bool twc_tiff_packbits_fits(const uint8_t *bytes, size_t count, size_t expected, size_t full) {
    size_t at = 0, length = 0;
    while (at < count) {
        // Padding at the end of a word is not data.
        if ((length == expected || length == full) && count - at <= 3) return true;
        uint8_t code = bytes[at++];
        if (code < 128) {
            length += code + 1u;
            at += code + 1u;
        } else if (code > 128) {
            length += 257u - code;
            at++;
        }
        if (length > full || at > count) return false;
    }
    return length == expected || length == full;
}

/// The end of one byte string of a row; 0 if it does not have one byte for each pixel of the row.
static size_t skip_string(const uint8_t *bytes, size_t count, size_t at, uint32_t width) {
    uint32_t done = 0;
    while (done < width) {
        if (at >= count) return 0;
        uint8_t code = bytes[at++];
        uint32_t length = code >= 128 ? code - 126u : code;
        size_t stored = code >= 128 ? 1 : code;
        if (length > width - done || stored > count - at) return 0;
        done += length;
        at += stored;
    }
    return at;
}

bool twc_tiff_log_fits(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t strings, size_t rows, size_t full_rows) {
    size_t at = 0;
    for (size_t row = 0; row < full_rows; row++) {
        if (row == rows && count - at <= 3) return true;
        for (uint32_t string = 0; string < strings; string++) {
            at = skip_string(bytes, count, at, width);
            if (!at) return false;
        }
    }
    return count - at <= 3;
}

static uint8_t reversed(uint8_t byte) {
    byte = (uint8_t)((byte & 0x55) << 1 | (byte & 0xAA) >> 1);
    byte = (uint8_t)((byte & 0x33) << 2 | (byte & 0xCC) >> 2);
    return (uint8_t)(byte << 4 | byte >> 4);
}

bool twc_tiff_jbig_fits(const uint8_t *bytes, size_t count, bool is_reversed, uint32_t width, uint32_t height) {
    enum { HEADER = 20 };
    uint8_t header[HEADER];
    if (count < HEADER) return false;
    for (size_t index = 0; index < HEADER; index++) header[index] = is_reversed ? reversed(bytes[index]) : bytes[index];
    bool is_one_plane = header[0] <= header[1] && header[2] == 1;
    return is_one_plane && twc_be32(header + 4) == width && twc_be32(header + 8) == height;
}

uint32_t twc_tiff_adler(const uint8_t *bytes, size_t count) {
    uint32_t low = 1, high = 0;
    while (count) {
        // With more bytes, `high` would exceed 32 bits.
        size_t part = count < 5552 ? count : 5552;
        count -= part;
        for (; part >= 16; part -= 16, bytes += 16) {
            uint32_t sum = 0, weighted = 0;
            for (uint32_t index = 0; index < 16; index++) {
                sum += bytes[index];
                weighted += (16 - index) * bytes[index];
            }
            high += 16 * low + weighted;
            low += sum;
        }
        for (; part; part--) {
            low += *bytes++;
            high += low;
        }
        low %= 65521;
        high %= 65521;
    }
    return high << 16 | low;
}
