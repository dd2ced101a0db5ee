#include "jpeg.h"
#include <stdlib.h>
#include <string.h>

bool twc_jpeg_append(twc_jpeg_bytes *bytes, const void *more, size_t count, size_t limit) {
    if (bytes->count > limit || count > limit - bytes->count) return false;
    if (count > bytes->capacity - bytes->count) {
        size_t capacity = bytes->capacity * 2 > bytes->count + count ? bytes->capacity * 2 : bytes->count + count;
        uint8_t *moved = realloc(bytes->bytes, capacity);
        if (!moved) return false;
        bytes->bytes = moved;
        bytes->capacity = capacity;
    }
    if (count) memcpy(bytes->bytes + bytes->count, more, count);
    bytes->count += count;
    return true;
}
