// Photoshop's image resources: one of them holds IPTC, another the resolution.
#include "codec.h"
#include <string.h>

enum { IPTC = 0x0404, IPTC_DIGEST = 0x0425, RESOLUTION = 0x03ED };

typedef struct {
    uint32_t number;
    const uint8_t *bytes;
    size_t count;
} resource;

/// Reads the resource at `*at`, and moves behind it. False if the resource is broken.
static bool read_resource(const uint8_t *bytes, size_t end, size_t *at, resource *found) {
    // A resource is a signature, a number, a name, a size and data. The name, together with the byte before it that has
    // its length, is padded to an even length, and so is the data.
    if (memcmp(bytes + *at, "8BIM", 4) != 0) return false;
    size_t name = ((size_t)bytes[*at + 6] + 2) & ~(size_t)1;
    if (name + 4 > end - *at - 6) return false;
    found->number = twc_be16(bytes + *at + 4);
    found->count = twc_be32(bytes + *at + 6 + name);
    *at += 6 + name + 4;
    if (found->count > end - *at) return false;
    found->bytes = bytes + *at;
    size_t padded = found->count + (found->count & 1);
    *at = padded < end - *at ? *at + padded : end;
    return true;
}

/// Finds the IPTC records, in place. `has_more`: there are other resources. False if the resources are broken.
static bool find_iptc(const uint8_t *bytes, size_t end, const uint8_t **iptc, size_t *count, bool *has_more) {
    resource found;
    *iptc = NULL;
    *has_more = false;
    for (size_t at = 0; end - at >= 12;) {
        if (!read_resource(bytes, end, &at, &found)) return false;
        if (found.number == IPTC && !*iptc) {
            *iptc = found.bytes;
            *count = found.count;
        } else if (found.number != IPTC_DIGEST && found.number != RESOLUTION) {
            *has_more = true;
        }
    }
    return true;
}

void twc_photoshop_add(twc_blocks *blocks, twc_notes *notes, const uint8_t *bytes, size_t count, const char *place) {
    const twc_block *other = twc_blocks_first(blocks->blocks, blocks->count, TWC_IPTC);
    const uint8_t *iptc;
    size_t length = 0;
    bool has_more;
    if (!find_iptc(bytes, count, &iptc, &length, &has_more))
        twc_note_metadata(notes, "damaged resources of Photoshop (%s) were left out", place);
    else if (has_more)
        twc_note_metadata(notes, "resources of Photoshop (%s) other than IPTC were left out", place);
    if (!length) return;
    if (!other) twc_blocks_add(blocks, notes, TWC_IPTC, 0, 0, iptc, length);
    // Some programs write the same block twice and pad one with zeros, so only the bytes that both have are compared.
    else if (memcmp(iptc, other->bytes, length < other->count ? length : other->count) != 0)
        twc_note_metadata(notes, "a second IPTC block (%s) was left out", place);
}

twc_density twc_photoshop_density(const uint8_t *bytes, size_t end) {
    resource found;
    for (size_t at = 0; end - at >= 12 && read_resource(bytes, end, &at, &found);) {
        if (found.number != RESOLUTION || found.count < 16) continue;
        // Pixels an inch, as fixed-point numbers, even if the user is shown another unit.
        twc_density density = {
            twc_be32(found.bytes) / 65536.0, twc_be32(found.bytes + 8) / 65536.0, TWC_UNIT_INCH};
        return density.x > 0 && density.y > 0 ? density : (twc_density){0};
    }
    return (twc_density){0};
}
