#include "deflate.h"
#include "literals.h"
#include <isa-l/igzip_lib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/// Pieces up to this size are compressed in every way, because that takes hardly any time and tables weigh more in
/// them.
enum { TABLES = ISAL_DEF_LVL1_EXTRA_LARGE, SMALL = 64 << 10 };

/// At the start of a stream with more bytes than these, ISA-L 2.30 and 2.32 hash a part of the stream's address in
/// place of the third byte (`write_first_byte` in its igzip_icf_body_h1_gr_bt.asm). The same bytes would not always
/// become the same file. So the first bytes become a separate block.
enum { FIRST = 16 };

struct twc_png_deflater {
    /// Level 1.
    struct isal_zstream fast;
    uint8_t *tables;
    /// Run lengths for level 1, and all levels from 2 on.
    z_stream zlib;
    bool has_zlib;
};

twc_png_deflater *twc_png_deflater_open(uint32_t level) {
    twc_png_deflater *deflater = calloc(1, sizeof *deflater);
    if (!deflater) return NULL;
    if (level < 2) deflater->tables = malloc(TABLES);
    // Raw deflate without a zlib header.
    deflater->has_zlib = deflateInit2(&deflater->zlib, level < 2 ? 1 : (int)level, Z_DEFLATED, -MAX_WBITS, 9,
        level < 2 ? Z_RLE : Z_DEFAULT_STRATEGY) == Z_OK;
    if (deflater->has_zlib && (level > 1 || deflater->tables)) return deflater;
    twc_png_deflater_close(deflater);
    return NULL;
}

void twc_png_deflater_close(twc_png_deflater *deflater) {
    if (!deflater) return;
    if (deflater->has_zlib) deflateEnd(&deflater->zlib);
    free(deflater->tables);
    free(deflater);
}

size_t twc_png_deflate_bound(size_t count) {
    // Both libraries store what they cannot make smaller, with some extra bytes for each 64 KiB or less. ISA-L tries a
    // table first. Small pieces are compressed in a second way into the space behind the first result.
    return (count > SMALL ? count : 2 * count) + count / 64 + 4096;
}

/// Compresses the next bytes of the stream. False if the result does not fit.
static bool add(struct isal_zstream *stream, size_t count, uint16_t flush, bool is_last) {
    stream->avail_in = (uint32_t)count;
    stream->flush = flush;
    stream->end_of_stream = is_last;
    // If the output is full to the last byte, it may be incomplete.
    return isal_deflate(stream) == COMP_OK && !stream->avail_in && stream->avail_out;
}

static size_t deflate_fast(
    twc_png_deflater *deflater, const uint8_t *bytes, size_t count, bool is_last, uint8_t *piece, size_t capacity) {
    struct isal_zstream *stream = &deflater->fast;
    isal_deflate_init(stream);
    stream->level = 1;
    stream->level_buf = deflater->tables;
    stream->level_buf_size = TABLES;
    stream->next_in = (uint8_t *)(uintptr_t)bytes;
    stream->next_out = piece;
    stream->avail_out = (uint32_t)capacity;
    const size_t first = count > FIRST ? FIRST : 0;
    if (first && !add(stream, first, SYNC_FLUSH, false)) return 0;
    if (!add(stream, count - first, is_last ? NO_FLUSH : FULL_FLUSH, is_last)) return 0;
    return stream->total_out;
}

static size_t deflate_zlib(
    twc_png_deflater *deflater, const uint8_t *bytes, size_t count, bool is_last, uint8_t *piece, size_t capacity) {
    z_stream *stream = &deflater->zlib;
    if (deflateReset(stream) != Z_OK) return 0;
    stream->next_in = (uint8_t *)(uintptr_t)bytes;
    stream->avail_in = (uInt)count;
    stream->next_out = piece;
    stream->avail_out = (uInt)capacity;
    int result = deflate(stream, is_last ? Z_FINISH : Z_FULL_FLUSH);
    if (result != (is_last ? Z_STREAM_END : Z_OK) || stream->avail_in || !stream->avail_out) return 0;
    return stream->total_out;
}

/// Estimates the size in bytes if each byte had a code of at least a bit and nothing was repeated. Uses samples of the
/// bytes.
static double entropy(const uint8_t *bytes, size_t count) {
    enum { PART = 256, APART = 4096 };
    uint32_t counts[256] = {0}, sum = 0;
    for (size_t at = 0; at < count; at += APART)
        for (size_t index = at; index < at + PART && index < count; index++, sum++) counts[bytes[index]]++;
    double bits = 0;
    for (size_t value = 0; value < 256; value++)
        if (counts[value]) bits += counts[value] * log2((double)sum / counts[value]);
    return (bits > sum ? bits : sum) / 8 * (double)count / sum;
}

/// How many bytes are in words of eight equal bytes.
static size_t count_runs(const uint8_t *bytes, size_t count) {
    size_t runs = 0;
    for (size_t at = 0; at + 8 <= count; at += 8) {
        uint64_t word;
        memcpy(&word, bytes + at, sizeof word);
        runs += word == (word << 8 | word >> 56);
    }
    return runs * 8;
}

/// Whether matches make the piece smaller than literals alone. They do not in filtered photographs, and the search
/// takes most of the time. Samples decide; in doubt the answer is yes.
static bool do_matches_pay(
    twc_png_deflater *deflater, const uint8_t *bytes, size_t count, uint8_t *piece, size_t capacity) {
    // Longer than the 32 KiB to which matches can refer.
    enum { SAMPLE = 40 << 10, APART = 512 << 10 };
    const size_t samples = (count - 1) / APART + 1, apart = count / samples, all_runs = count_runs(bytes, count);
    // A literal takes at least one bit, so flat areas need matches.
    if (all_runs > count / 5) return true;
    const bool has_runs = all_runs > count / 64;
    size_t best = 0, literals = 0, runs = 0;
    for (size_t sample = 0; sample < samples; sample++) {
        const uint8_t *begin = bytes + sample * apart + (apart - SAMPLE) / 2;
        const size_t single = twc_png_literals(begin, SAMPLE, false, piece, capacity);
        size_t repeated = deflate_fast(deflater, begin, SAMPLE, false, piece, capacity);
        if (has_runs && single < repeated) {
            const size_t by_runs = deflate_zlib(deflater, begin, SAMPLE, false, piece, capacity);
            if (by_runs < repeated) repeated = by_runs;
        }
        literals += single;
        best += repeated;
        runs += count_runs(begin, SAMPLE);
    }
    // Flat areas may lie between the samples.
    if ((double)all_runs / count > (double)runs / (samples * SAMPLE) + 1.0 / 64) return true;
    return literals > (has_runs ? best - best / 50 : best);
}

/// Keeps the second result, which lies behind the first, if it is shorter.
static size_t take_shorter(uint8_t *piece, size_t count, size_t other) {
    if (!other || other >= count) return count;
    memcpy(piece, piece + count, other);
    return other;
}

/// Tries other ways in the rest of `piece`, and keeps the shortest result. ISA-L has short codes for few lengths only,
/// and takes matches whose codes are longer than those of the bytes themselves. So run lengths are tried if that
/// matters, and literals for small pieces.
static size_t try_others(
    twc_png_deflater *deflater, const uint8_t *bytes, size_t count, bool is_last, uint8_t *piece, size_t capacity,
    size_t fast) {
    bool is_doubtful = count <= SMALL || fast < count / 16 || (double)fast > 1.35 * entropy(bytes, count);
    if (!fast || fast > capacity / 2 || !is_doubtful) return fast;
    fast = take_shorter(piece, fast, deflate_zlib(deflater, bytes, count, is_last, piece + fast, fast));
    if (count > SMALL) return fast;
    return take_shorter(piece, fast, twc_png_literals(bytes, count, is_last, piece + fast, capacity - fast));
}

size_t twc_png_deflate(
    twc_png_deflater *deflater, const uint8_t *bytes, size_t count, bool is_last, uint8_t *piece, size_t capacity) {
    if (!deflater->tables) return deflate_zlib(deflater, bytes, count, is_last, piece, capacity);
    if (count > SMALL && !do_matches_pay(deflater, bytes, count, piece, capacity))
        return twc_png_literals(bytes, count, is_last, piece, capacity);
    size_t fast = deflate_fast(deflater, bytes, count, is_last, piece, capacity);
    return try_others(deflater, bytes, count, is_last, piece, capacity, fast);
}
