// Reads the orientation, the resolution and the color space of an EXIF block. Every file needs them, so this uses no
// library.
#include "structure.h"

enum { BYTE = 1, SHORT = 3, LONG = 4, RATIONAL = 5 };
enum { ORIENTATION = 0x0112, X_RESOLUTION = 0x011A, Y_RESOLUTION = 0x011B, RESOLUTION_UNIT = 0x0128 };
enum { EXIF_DIRECTORY = 0x8769, COLOR_SPACE = 0xA001, INTEROP_DIRECTORY = 0xA005, INTEROP_INDEX = 1 };

/// The entry of a directory with this tag and this number of values; 0 if there is none.
static size_t find_in(const twc_structure *block, size_t directory, uint32_t tag, uint32_t values) {
    size_t entry = directory + 2;
    for (size_t left = twc_structure_entries(block, directory); left; left--, entry += TWC_ENTRY_BYTES)
        if (twc_structure_16(block, entry) == tag && twc_structure_32(block, entry + 4) == values) return entry;
    return 0;
}

/// The entry of the first directory with this tag and one value; 0 if there is none.
static size_t find(const twc_structure *block, uint32_t tag) {
    return find_in(block, twc_structure_32(block, 4), tag, 1);
}

/// The integer in an entry; 0 if there is no such entry, or if it has another type.
static uint32_t whole_in(const twc_structure *block, size_t directory, uint32_t tag) {
    size_t entry = find_in(block, directory, tag, 1);
    switch (entry ? twc_structure_16(block, entry + 2) : 0) {
        case BYTE: return block->bytes[entry + 8];
        case SHORT: return twc_structure_16(block, entry + 8);
        case LONG: return twc_structure_32(block, entry + 8);
        default: return 0;
    }
}

/// The integer in an entry of the first directory.
static uint32_t whole(const twc_structure *block, uint32_t tag) {
    return whole_in(block, twc_structure_32(block, 4), tag);
}

/// The fraction that an entry points to; 0 if it is broken.
static double fraction(const twc_structure *block, uint32_t tag) {
    size_t entry = find(block, tag), at = entry ? twc_structure_32(block, entry + 8) : 0;
    if (!entry || twc_structure_16(block, entry + 2) != RATIONAL || !twc_structure_has(block, at, 8)) return 0;
    uint32_t divisor = twc_structure_32(block, at + 4);
    return divisor ? (double)twc_structure_32(block, at) / divisor : 0;
}

uint32_t twc_exif_orientation(const uint8_t *bytes, size_t count) {
    twc_structure block;
    uint32_t value = twc_structure_open(&block, bytes, count) ? whole(&block, ORIENTATION) : 1;
    return value >= 1 && value <= 8 ? value : 1;
}

twc_density twc_exif_density(const uint8_t *bytes, size_t count) {
    twc_structure block;
    if (!twc_structure_open(&block, bytes, count)) return (twc_density){0};
    uint32_t unit = whole(&block, RESOLUTION_UNIT);
    // Without a unit, EXIF means inches.
    twc_density density = {fraction(&block, X_RESOLUTION), fraction(&block, Y_RESOLUTION),
        unit == 3 ? TWC_UNIT_CENTIMETRE : unit == 1 ? TWC_UNIT_NONE : TWC_UNIT_INCH};
    return density.x > 0 && density.y > 0 ? density : (twc_density){0};
}

bool twc_exif_is_adobe_rgb(const uint8_t *bytes, size_t count) {
    enum { ADOBE_RGB = 2, UNCALIBRATED = 0xFFFF };
    twc_structure block;
    if (!twc_structure_open(&block, bytes, count)) return false;
    size_t exif = whole(&block, EXIF_DIRECTORY);
    uint32_t space = exif ? whole_in(&block, exif, COLOR_SPACE) : 0;
    if (space != UNCALIBRATED) return space == ADOBE_RGB;
    size_t interop = whole_in(&block, exif, INTEROP_DIRECTORY);
    size_t entry = interop ? find_in(&block, interop, INTEROP_INDEX, 4) : 0;
    return entry && memcmp(bytes + entry + 8, "R03", 4) == 0;
}
