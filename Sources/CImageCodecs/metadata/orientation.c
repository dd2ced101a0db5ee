// Reads one number of an EXIF block without a library: every reader needs it, for every file.
#include "../common/codec.h"
#include <string.h>

uint32_t twc_exif_orientation(const uint8_t *bytes, size_t count) {
    enum { ORIENTATION = 0x0112, BYTE = 1, SHORT = 3, LONG = 4 };
    if (count < 14) return 1;
    bool is_little = memcmp(bytes, "II*\0", 4) == 0;
    if (!is_little && memcmp(bytes, "MM\0*", 4) != 0) return 1;
    uint32_t (*read16)(const uint8_t *) = is_little ? twc_le16 : twc_be16;
    uint32_t (*read32)(const uint8_t *) = is_little ? twc_le32 : twc_be32;
    size_t directory = read32(bytes + 4);
    if (directory > count - 2) return 1;
    size_t entries = read16(bytes + directory), fitting = (count - directory - 2) / 12;
    if (entries > fitting) entries = fitting;
    for (const uint8_t *entry = bytes + directory + 2; entries; entries--, entry += 12) {
        if (read16(entry) != ORIENTATION || read32(entry + 4) != 1) continue;
        uint32_t type = read16(entry + 2);
        uint32_t value = type == SHORT ? read16(entry + 8) : type == LONG ? read32(entry + 8)
            : type == BYTE ? entry[8] : 0;
        return value >= 1 && value <= 8 ? value : 1;
    }
    return 1;
}
