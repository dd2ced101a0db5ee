// Repairs what random changes break first: signatures, PNG's checksums and lengths, RIFF's lengths. So changed inputs
// get past the first checks of a reader. One input in sixteen is not repaired.
#include "fuzz.h"
#include <string.h>
#include <zlib.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);

static void put32(uint8_t *bytes, uint32_t value, bool is_little) {
    for (int index = 0; index < 4; index++) bytes[index] = (uint8_t)(value >> 8 * (is_little ? index : 3 - index));
}

static void repair_signature(uint8_t *data, size_t size) {
    static const uint8_t heads[][16] = {
        [TWC_PNG] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'}, [TWC_JPEG] = {0xFF, 0xD8, 0xFF},
        [TWC_BMP] = {'B', 'M'}, [TWC_TIFF] = {'I', 'I', 42, 0}, [TWC_WEBP] = {'R', 'I', 'F', 'F'}};
    static const uint8_t counts[] = {[TWC_PNG] = 8, [TWC_JPEG] = 3, [TWC_BMP] = 2, [TWC_TIFF] = 4, [TWC_WEBP] = 4};
    if (twc_format_of(data, size) == FUZZ_FORMAT) return;
    memcpy(data, heads[FUZZ_FORMAT], counts[FUZZ_FORMAT]);
    if (FUZZ_FORMAT == TWC_WEBP) memcpy(data + 8, "WEBP", 4);
    if (FUZZ_FORMAT == TWC_BMP) data[14] = 40, data[15] = 0;
}

/// The end of the chunk that begins at `start`; 0 if the chunk is cut off. The frame of a chunk has 12 bytes in PNG, 8
/// in RIFF.
static size_t chunk_end(const uint8_t *data, size_t size, size_t start) {
    bool is_png = FUZZ_FORMAT == TWC_PNG;
    size_t frame = is_png ? 12 : 8;
    if (size - start < frame) return 0;
    uint32_t length = is_png ? twc_be32(data + start) : twc_le32(data + start + 4);
    if (length > size - start - frame) return 0;
    size_t end = start + frame + length + (is_png ? 0 : length & 1);
    return end > size ? size : end;
}

static void repair_chunks(uint8_t *data, size_t size) {
    size_t start = FUZZ_FORMAT == TWC_PNG ? 8 : 12, end;
    if (FUZZ_FORMAT == TWC_WEBP) put32(data + 4, (uint32_t)size - 8, true);
    for (; start < size && (end = chunk_end(data, size, start)); start = end)
        if (FUZZ_FORMAT == TWC_PNG)
            put32(data + end - 4, (uint32_t)crc32(0, data + start + 4, (uInt)(end - start - 8)), false);
}

/// Changes the data of one chunk, with its length. Returns the new size, or 0 if there is no such chunk.
static size_t mutate_chunk(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
    size_t start = FUZZ_FORMAT == TWC_PNG ? 8 : 12, end;
    size_t head = 8, tail = FUZZ_FORMAT == TWC_PNG ? 4 : 0;
    for (unsigned skipped = seed % 7; start < size && (end = chunk_end(data, size, start)); start = end, skipped--) {
        if (skipped) continue;
        size_t length = end - start - head - tail, after = size - end + tail;
        uint8_t rest[1 << 14];
        if (after > sizeof rest || length > sizeof rest) return 0;
        memcpy(rest, data + end - tail, after);
        size_t most = capacity - (start + head + after);
        if (!most) return 0;
        size_t changed = LLVMFuzzerMutate(data + start + head, length, most > length + 64 ? length + 64 : most);
        memcpy(data + start + head + changed, rest, after);
        put32(data + start + (tail ? 0 : 4), (uint32_t)changed, !tail);
        return start + head + changed + after;
    }
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed) {
    bool has_chunks = FUZZ_FORMAT == TWC_PNG || FUZZ_FORMAT == TWC_WEBP;
    size_t changed = 0;
    if (has_chunks && seed & 16 && size > 64) {
        uint8_t plan[FUZZ_PLAN];
        memcpy(plan, data + size - FUZZ_PLAN, FUZZ_PLAN);
        changed = mutate_chunk(data, size - FUZZ_PLAN, capacity - FUZZ_PLAN, seed >> 8);
        if (changed) memcpy(data + changed, plan, FUZZ_PLAN);
    }
    size = changed ? changed + FUZZ_PLAN : LLVMFuzzerMutate(data, size, capacity);
    if (size < FUZZ_PLAN + 16 || !(seed & 15)) return size;
    repair_signature(data, size - FUZZ_PLAN);
    if (has_chunks) repair_chunks(data, size - FUZZ_PLAN);
    return size;
}
