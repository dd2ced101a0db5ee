// The second directory of an EXIF block. It describes the thumbnail, and is removed with it.
#include "../tiff/tiff.h"
#include "second.h"
#include <stdio.h>
#include <string.h>

/// Fields that describe a thumbnail: its size, kind and place.
static bool is_of_thumbnail(uint16_t tag) {
    return tag == TIFFTAG_SUBFILETYPE || (tag >= TIFFTAG_IMAGEWIDTH && tag <= TIFFTAG_PHOTOMETRIC)
        || (tag >= TIFFTAG_STRIPOFFSETS && tag <= TIFFTAG_PLANARCONFIG) || tag == TIFFTAG_RESOLUTIONUNIT
        || (tag >= TIFFTAG_JPEGPROC && tag <= TIFFTAG_REFERENCEBLACKWHITE);
}

static bool is_same(const uint8_t *bytes, const twc_tiff_entry *one, const twc_tiff_entry *other) {
    return one && one->type == other->type && one->bytes == other->bytes
        && memcmp(bytes + one->position, bytes + other->position, (size_t)other->bytes) == 0;
}

void twc_exif_second_fields(const uint8_t *bytes, size_t count, char *list, size_t capacity) {
    twc_tiff_input input = {.bytes = bytes, .size = count};
    twc_tiff_directory first, second;
    uint64_t offset;
    uint32_t found = 0;
    *list = 0;
    if (!twc_tiff_read_header(&input, &offset) || !twc_tiff_directory_read(&input, offset, &first)) return;
    if (first.next && twc_tiff_directory_read(&input, first.next, &second)) {
        for (uint32_t index = 0; index < second.count; index++) {
            const twc_tiff_entry *entry = &second.entries[index];
            if (is_of_thumbnail(entry->tag) || is_same(bytes, twc_tiff_find(&first, entry->tag), entry)) continue;
            size_t used = strlen(list);
            if (found < 8) snprintf(list + used, capacity - used, found ? ", %u" : "%u", entry->tag);
            found++;
        }
        size_t used = strlen(list);
        if (found > 8) snprintf(list + used, capacity - used, ", … (%u)", found);
        twc_tiff_directory_free(&second);
    }
    twc_tiff_directory_free(&first);
}
