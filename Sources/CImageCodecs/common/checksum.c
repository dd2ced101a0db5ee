#include "codec.h"
#include <zlib.h>

uint32_t twc_crc32(uint32_t crc, const void *bytes, size_t count) {
    return bytes ? (uint32_t)crc32_z(crc, bytes, count) : crc;
}
