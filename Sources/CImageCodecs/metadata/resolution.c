// Reads the resolution of an EXIF block without a library: readers need it where their format says none.
#include "../common/codec.h"

typedef struct {
    const uint8_t *bytes;
    size_t count;
    bool is_big;
} exif;

static uint32_t read16(const exif *block, size_t at) {
    return block->is_big ? twc_be16(block->bytes + at) : twc_le16(block->bytes + at);
}

static uint32_t read32(const exif *block, size_t at) {
    return block->is_big ? twc_be32(block->bytes + at) : twc_le32(block->bytes + at);
}

/// The rational that an entry points to; 0 if it is broken.
static double rational(const exif *block, size_t entry) {
    uint32_t at = read32(block, entry + 8);
    if (read16(block, entry + 2) != 5 || block->count < 8 || at > block->count - 8) return 0;
    uint32_t divisor = read32(block, at + 4);
    return divisor ? (double)read32(block, at) / divisor : 0;
}

twc_density twc_exif_density(const uint8_t *bytes, size_t count) {
    enum { X_RESOLUTION = 0x011A, Y_RESOLUTION = 0x011B, UNIT = 0x0128 };
    const exif block = {.bytes = bytes, .count = count, .is_big = count && bytes[0] == 'M'};
    // EXIF's default is the inch.
    twc_density density = {.unit = TWC_UNIT_INCH};
    if (count < 8) return (twc_density){0};
    uint32_t directory = read32(&block, 4);
    if (directory > count - 2) return (twc_density){0};
    uint32_t entries = read16(&block, directory);
    for (uint32_t index = 0; index < entries; index++) {
        size_t entry = (size_t)directory + 2 + (size_t)index * 12;
        if (entry + 12 > count) break;
        switch (read16(&block, entry)) {
            case X_RESOLUTION: density.x = rational(&block, entry); break;
            case Y_RESOLUTION: density.y = rational(&block, entry); break;
            case UNIT: {
                uint32_t unit = read16(&block, entry + 8);
                density.unit = unit == 3 ? TWC_UNIT_CENTIMETRE : unit == 1 ? TWC_UNIT_NONE : TWC_UNIT_INCH;
            }
        }
    }
    return density.x > 0 && density.y > 0 ? density : (twc_density){0};
}
