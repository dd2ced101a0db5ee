#include "codec.h"
#include <stdlib.h>
#include <string.h>

bool twc_buffer_reserve(twc_buffer *buffer, size_t more) {
    if (more <= buffer->capacity - buffer->count) return true;
    if (more > SIZE_MAX / 2 - buffer->count) return false;
    size_t needed = buffer->count + more, capacity = buffer->capacity * 2 > needed ? buffer->capacity * 2 : needed;
    uint8_t *moved = realloc(buffer->bytes, capacity);
    if (!moved) return false;
    buffer->bytes = moved;
    buffer->capacity = capacity;
    return true;
}

bool twc_buffer_append(twc_buffer *buffer, const void *bytes, size_t count) {
    if (!twc_buffer_reserve(buffer, count)) return false;
    if (count) memcpy(buffer->bytes + buffer->count, bytes, count);
    buffer->count += count;
    return true;
}
