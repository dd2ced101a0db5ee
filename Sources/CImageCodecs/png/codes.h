// Prefix codes for blocks of deflate, made from the frequencies of their symbols.
#ifndef TILEWORK_PNG_CODES_H
#define TILEWORK_PNG_CODES_H

#include <stddef.h>
#include <stdint.h>

enum {
    /// All bytes, and the end of a block.
    TWC_PNG_SYMBOLS = 257,
    /// deflate allows 15. With 14, four codes and 7 bits from before fit into a word of 64 bits.
    TWC_PNG_LONGEST_CODE = 14,
};

/// A code as it is written: its first bit is the lowest.
typedef struct {
    uint16_t bits, length;
} twc_png_code;

/// Makes optimal codes of up to `limit` bits for the symbols that occur. At least two must occur. Symbols that do not
/// occur get length 0.
///
/// - counts: how often each symbol occurs, together less than 2^23.
/// - symbols: how many there are, at most `TWC_PNG_SYMBOLS`.
/// - limit: at most `TWC_PNG_LONGEST_CODE`.
void twc_png_make_codes(const uint32_t *counts, size_t symbols, uint32_t limit, twc_png_code *codes);

#endif
