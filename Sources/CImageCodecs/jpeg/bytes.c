#include "jpeg.h"

bool twc_jpeg_append(twc_buffer *bytes, const void *more, size_t count, size_t limit) {
    return bytes->count <= limit && count <= limit - bytes->count && twc_buffer_append(bytes, more, count);
}
