// Photoshop's image resources: one of them holds IPTC.
#include "codec.h"
#include <string.h>

enum { IPTC = 0x0404, IPTC_DIGEST = 0x0425, RESOLUTION = 0x03ED };

bool twc_photoshop_iptc(const uint8_t *bytes, size_t end, const uint8_t **iptc, size_t *count, bool *has_more) {
    size_t at = 0;
    *iptc = NULL;
    *has_more = false;
    // Signature, number, a name of even length with its length before it, a size, data of even length.
    while (end - at >= 12) {
        if (memcmp(bytes + at, "8BIM", 4) != 0) return false;
        uint32_t number = twc_be16(bytes + at + 4);
        size_t name = ((size_t)bytes[at + 6] + 2) & ~(size_t)1;
        if (name + 4 > end - at - 6) return false;
        uint32_t size = twc_be32(bytes + at + 6 + name);
        at += 6 + name + 4;
        if (size > end - at) return false;
        if (number == IPTC && !*iptc) {
            *iptc = bytes + at;
            *count = size;
        } else if (number != IPTC_DIGEST && number != RESOLUTION) {
            *has_more = true;
        }
        size_t padded = (size_t)size + (size & 1);
        at = padded < end - at ? at + padded : end;
    }
    return true;
}
