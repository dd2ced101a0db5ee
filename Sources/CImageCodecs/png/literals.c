#include "literals.h"
#include "codes.h"
#include <endian.h>
#include <string.h>

enum {
    /// How many bytes share codes. With fewer, making codes takes more time, and photographs become no smaller.
    BLOCK = 128 << 10,
    /// The end of a block is the symbol after those of the bytes.
    END = 256, SYMBOLS = TWC_PNG_SYMBOLS,
    /// Two codes of one bit, as zlib writes them if nothing is repeated, because some decoders require a complete set.
    DISTANCES = 2,
    /// The number of symbols for lengths of codes, and the longest of these symbols' own codes.
    LENGTH_SYMBOLS = 19, LENGTH_LONGEST = 7,
};

/// Bits that do not fill a byte yet, and where the bytes go.
typedef struct {
    uint8_t *to;
    uint64_t bits;
    uint32_t count;
} packer;

/// Writes all whole bytes. It overwrites 8 bytes.
static inline void flush(packer *out) {
    const uint64_t bits = htole64(out->bits);
    memcpy(out->to, &bits, sizeof bits);
    out->to += out->count / 8;
    out->bits >>= out->count & 56;
    out->count &= 7;
}

/// Appends up to 16 bits.
static void put(packer *out, uint32_t bits, uint32_t count) {
    out->bits |= (uint64_t)bits << out->count;
    out->count += count;
    flush(out);
}

/// Shortens a list of code lengths. Symbols 0 to 15 are lengths, 16 repeats the last one 3 to 6 times, 17 is 3 to 10
/// zeros, and 18 is 11 to 138 zeros. Returns the number of symbols.
static size_t shorten(const uint8_t *lengths, size_t count, uint8_t *symbols, uint8_t *extra) {
    size_t used = 0;
    for (size_t index = 0; index < count;) {
        const uint8_t length = lengths[index];
        const size_t longest = length ? 7 : 138;
        size_t run = 1;
        while (run < longest && index + run < count && lengths[index + run] == length) run++;
        index += run;
        // The first one states the length that the others repeat.
        if (length) {
            symbols[used] = length;
            extra[used++] = 0;
            run--;
        }
        if (run >= 3) {
            const uint8_t symbol = length ? 16 : run < 11 ? 17 : 18;
            symbols[used] = symbol;
            extra[used++] = (uint8_t)(run - (symbol == 18 ? 11 : 3));
            run = 0;
        }
        for (; run; run--) {
            symbols[used] = length;
            extra[used++] = 0;
        }
    }
    return used;
}

/// Writes the codes of a block, RFC 1951, 3.2.7.
static void put_codes(packer *out, const twc_png_code codes[SYMBOLS]) {
    static const uint8_t order[LENGTH_SYMBOLS] = {
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[SYMBOLS + DISTANCES], symbols[SYMBOLS + DISTANCES], extra[SYMBOLS + DISTANCES];
    for (size_t symbol = 0; symbol < SYMBOLS; symbol++) lengths[symbol] = (uint8_t)codes[symbol].length;
    memset(lengths + SYMBOLS, 1, DISTANCES);
    const size_t used = shorten(lengths, sizeof lengths, symbols, extra);
    uint32_t counts[LENGTH_SYMBOLS] = {0};
    for (size_t index = 0; index < used; index++) counts[symbols[index]]++;
    twc_png_code own[LENGTH_SYMBOLS];
    twc_png_make_codes(counts, LENGTH_SYMBOLS, LENGTH_LONGEST, own);
    uint32_t listed = LENGTH_SYMBOLS;
    while (!own[order[listed - 1]].length) listed--;
    put(out, SYMBOLS - 257, 5);
    put(out, DISTANCES - 1, 5);
    put(out, listed - 4, 4);
    for (uint32_t index = 0; index < listed; index++) put(out, own[order[index]].length, 3);
    for (size_t index = 0; index < used; index++) {
        const uint8_t symbol = symbols[index];
        put(out, own[symbol].bits, own[symbol].length);
        if (symbol >= 16) put(out, extra[index], symbol == 16 ? 2 : symbol == 17 ? 3 : 7);
    }
}

/// Counts each byte, and one end. Four tables are used, so that equal neighbours do not wait for each other.
static void count_bytes(const uint8_t *bytes, size_t count, uint32_t counts[SYMBOLS]) {
    uint32_t tables[4][256] = {0};
    size_t index = 0;
    for (; index + 4 <= count; index += 4)
        for (int table = 0; table < 4; table++) tables[table][bytes[index + table]]++;
    for (; index < count; index++) tables[0][bytes[index]]++;
    for (int byte = 0; byte < 256; byte++)
        counts[byte] = tables[0][byte] + tables[1][byte] + tables[2][byte] + tables[3][byte];
    counts[END] = 1;
}

static void put_bytes(packer *out, const uint8_t *bytes, size_t count, const twc_png_code codes[SYMBOLS]) {
    packer local = *out;
    size_t index = 0;
    for (; index + 4 <= count; index += 4) {
        const twc_png_code a = codes[bytes[index]], b = codes[bytes[index + 1]];
        const twc_png_code c = codes[bytes[index + 2]], d = codes[bytes[index + 3]];
        // Pairs are joined first, so that only one shift in four waits for the one before.
        const uint64_t first = a.bits | (uint64_t)b.bits << a.length, second = c.bits | (uint64_t)d.bits << c.length;
        local.bits |= (first | second << (a.length + b.length)) << local.count;
        local.count += (uint32_t)(a.length + b.length + c.length + d.length);
        flush(&local);
    }
    for (; index < count; index++) put(&local, codes[bytes[index]].bits, codes[bytes[index]].length);
    *out = local;
}

size_t twc_png_literals(const uint8_t *bytes, size_t count, bool is_last, uint8_t *piece, size_t capacity) {
    // Enough for a block's table of codes, the end of the stream, and the bytes that `flush` overwrites.
    enum { MARGIN = 512 };
    packer out = {.to = piece};
    for (size_t at = 0; at < count;) {
        const size_t part = count - at < BLOCK ? count - at : BLOCK;
        uint32_t counts[SYMBOLS];
        twc_png_code codes[SYMBOLS];
        count_bytes(bytes + at, part, counts);
        twc_png_make_codes(counts, SYMBOLS, TWC_PNG_LONGEST_CODE, codes);
        size_t bits = 0;
        for (size_t symbol = 0; symbol < SYMBOLS; symbol++) bits += (size_t)counts[symbol] * codes[symbol].length;
        if (capacity - (size_t)(out.to - piece) < bits / 8 + MARGIN) return 0;
        // The header of a block: whether it is the last one, and that its codes follow.
        put(&out, is_last && at + part == count, 1);
        put(&out, 2, 2);
        put_codes(&out, codes);
        put_bytes(&out, bytes + at, part, codes);
        put(&out, codes[END].bits, codes[END].length);
        at += part;
    }
    if (capacity - (size_t)(out.to - piece) < MARGIN) return 0;
    // Without any bytes, the block has fixed codes and only its end.
    if (is_last && !count) put(&out, 3, 10);
    // An empty stored block: three bits, and two lengths that begin on a whole byte.
    if (!is_last) put(&out, 0, 3);
    if (out.count) put(&out, 0, 8 - out.count);
    if (!is_last) {
        put(&out, 0, 16);
        put(&out, 0xFFFF, 16);
    }
    return (size_t)(out.to - piece);
}
