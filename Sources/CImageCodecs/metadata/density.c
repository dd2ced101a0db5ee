// Writes a resolution into an EXIF block without a library. A new first directory is appended to the block. Everything
// else stays in its place, so that offsets in maker notes stay right.
#include "structure.h"
#include <math.h>
#include <stdlib.h>

enum { SHORT = 3, RATIONAL = 5 };

/// In the order in which a directory has them.
static const struct {
    uint16_t tag;
    uint16_t type;
} fields[] = {{0x011A, RATIONAL}, {0x011B, RATIONAL}, {0x0128, SHORT}};

enum { FIELDS = sizeof fields / sizeof *fields };

static void put_16(const twc_structure *block, uint8_t *at, uint32_t value) {
    at[block->is_big_endian ? 1 : 0] = (uint8_t)value;
    at[block->is_big_endian ? 0 : 1] = (uint8_t)(value >> 8);
}

static void put_32(const twc_structure *block, uint8_t *at, uint32_t value) {
    put_16(block, at + (block->is_big_endian ? 2 : 0), value & 0xFFFF);
    put_16(block, at + (block->is_big_endian ? 0 : 2), value >> 16);
}

/// A number as a fraction with the smallest exact divisor.
static void put_fraction(const twc_structure *block, uint8_t *at, double number) {
    double divisor = 1;
    while (divisor < 1e6 && number * divisor * 10 <= UINT32_MAX
        && fabs(number * divisor - round(number * divisor)) > 1e-6 * number * divisor)
        divisor *= 10;
    put_32(block, at, (uint32_t)round(number * divisor));
    put_32(block, at + 4, (uint32_t)divisor);
}

/// Writes one of the fields. Fractions are stored from `values` on.
static uint8_t *put_field(
    const twc_structure *block, uint8_t *entry, size_t index, uint32_t values, const twc_density *density) {
    put_16(block, entry, fields[index].tag);
    put_16(block, entry + 2, fields[index].type);
    put_32(block, entry + 4, 1);
    if (fields[index].type == RATIONAL) put_32(block, entry + 8, values + (uint32_t)index * 8);
    else put_16(block, entry + 8, density->unit == TWC_UNIT_CENTIMETRE ? 3 : density->unit == TWC_UNIT_INCH ? 2 : 1);
    return entry + TWC_ENTRY_BYTES;
}

static bool is_ours(uint32_t tag) {
    for (size_t index = 0; index < FIELDS; index++)
        if (fields[index].tag == tag) return true;
    return false;
}

/// Writes the first directory with the fields, at `start` of `bytes`.
static void put_directory(
    const twc_structure *block, size_t directory, uint8_t *bytes, size_t start, const twc_density *density) {
    size_t count = twc_structure_entries(block, directory), made = FIELDS, next = 0;
    const uint8_t *old = block->bytes + directory + 2;
    for (size_t index = 0; index < count; index++)
        made += !is_ours(twc_structure_16(block, directory + 2 + index * TWC_ENTRY_BYTES));
    uint32_t values = (uint32_t)(start + 2 + made * TWC_ENTRY_BYTES + 4);
    uint8_t *entry = bytes + start + 2;
    put_16(block, bytes + start, (uint32_t)made);
    for (size_t index = 0; index < count; index++, old += TWC_ENTRY_BYTES) {
        uint32_t tag = twc_structure_16(block, (size_t)(old - block->bytes));
        while (next < FIELDS && fields[next].tag <= tag) entry = put_field(block, entry, next++, values, density);
        if (is_ours(tag)) continue;
        memcpy(entry, old, TWC_ENTRY_BYTES);
        entry += TWC_ENTRY_BYTES;
    }
    while (next < FIELDS) entry = put_field(block, entry, next++, values, density);
    // The offset of the next directory.
    if (twc_structure_has(block, (size_t)(old - block->bytes), 4)) memcpy(entry, old, 4);
    put_fraction(block, bytes + values, density->x);
    put_fraction(block, bytes + values + 8, density->y);
    put_32(block, bytes + 4, (uint32_t)start);
}

twc_status twc_exif_set_density(const uint8_t *bytes, size_t count, twc_density density, twc_bytes *result) {
    static const uint8_t empty[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    twc_structure block;
    *result = (twc_bytes){0};
    if (!count) {
        bytes = empty;
        count = sizeof empty;
    }
    if (!(density.x > 0 && density.x <= UINT32_MAX && density.y > 0 && density.y <= UINT32_MAX))
        return twc_failure(TWC_UNSUPPORTED, "EXIF cannot hold a resolution of %g×%g", density.x, density.y);
    if (count > TWC_MAXIMUM_METADATA) return twc_failure(TWC_UNSUPPORTED, "EXIF block is too large");
    if (!twc_structure_open(&block, bytes, count))
        return twc_failure(TWC_DAMAGED, "EXIF block does not begin as one");
    size_t directory = twc_structure_32(&block, 4), entries = twc_structure_entries(&block, directory);
    if (!twc_structure_has(&block, directory, 2) || entries != twc_structure_16(&block, directory)
        || entries > UINT16_MAX - FIELDS)
        return twc_failure(TWC_DAMAGED, "EXIF block has no whole directory");
    size_t start = count + count % 2, total = start + 2 + (entries + FIELDS) * TWC_ENTRY_BYTES + 4 + 16;
    uint8_t *made = calloc(1, total);
    if (!made) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for the EXIF block");
    memcpy(made, bytes, count);
    put_directory(&block, directory, made, start, &density);
    *result = (twc_bytes){.bytes = made, .count = total};
    return twc_ok();
}
