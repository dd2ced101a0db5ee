// The resolution, and the color spaces of headers of version 4 and 5.
#include "../common/density.h"
#include "bmp_reader.h"
#include <stdlib.h>
#include <string.h>

enum { CALIBRATED = 0, EMBEDDED = 0x4D424544, LINKED = 0x4C494E4B };

static void take_profile(twc_bmp_reader *reader, uint64_t offset, uint32_t count) {
    twc_source *source = &reader->common.source;
    const char *reason = NULL;
    uint8_t *bytes = NULL;
    if (offset > source->size || count > source->size - offset) reason = "the file ends before its end";
    else if (count < 132 || count > TWC_MAXIMUM_METADATA) reason = "its size is wrong";
    else if (!(bytes = malloc(count))) reason = "not enough memory";
    twc_source_seek(source, offset);
    if (!reason && (twc_source_read(source, bytes, count) != count || memcmp(bytes + 36, "acsp", 4) != 0))
        reason = "its header is wrong";
    if (reason) twc_note(&reader->common.notes, "the ICC profile was left out: %s", reason);
    else twc_blocks_add(&reader->common.blocks, &reader->common.notes, TWC_ICC, 0, 0, bytes, count);
    if (!reason && offset + count > reader->end) reader->end = offset + count;
    free(bytes);
}

/// Notes a profile that lies in another file. This file has only its name, behind the pixels.
static void leave_link(twc_bmp_reader *reader, uint64_t offset, uint32_t count) {
    uint64_t size = reader->common.source.size;
    twc_note(&reader->common.notes, "the color profile was left out: it is in another file");
    if (reader->header_bytes == 124 && offset <= size && count <= size - offset && offset + count > reader->end)
        reader->end = offset + count;
}

void twc_bmp_metadata(twc_bmp_reader *reader, const uint8_t *header) {
    static const uint8_t nothing[48];
    int32_t x = (int32_t)twc_le32(header + 24), y = (int32_t)twc_le32(header + 28);
    if (reader->header_bytes >= 32 && x > 0 && y > 0)
        reader->common.info.density = twc_density_of_metres((uint32_t)x, (uint32_t)y);
    if (reader->header_bytes < 108) return;
    uint32_t space = twc_le32(header + 56);
    if (space == EMBEDDED && reader->header_bytes == 124)
        take_profile(reader, 14 + (uint64_t)twc_le32(header + 112), twc_le32(header + 116));
    else if (space == LINKED)
        leave_link(reader, 14 + (uint64_t)twc_le32(header + 112), twc_le32(header + 116));
    else if (space == CALIBRATED && memcmp(header + 60, nothing, sizeof nothing) != 0)
        twc_note(&reader->common.notes, "the primary colors and gamma that the header describes were left out");
}
