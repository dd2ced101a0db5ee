#ifndef TILEWORK_WEBP_CONTAINER_H
#define TILEWORK_WEBP_CONTAINER_H

#include "../common/codec.h"

/// Passes on the output of libwebp's encoder, and adds metadata around it. Without metadata the file is exactly
/// libwebp's.
typedef struct {
    twc_sink *sink;
    const twc_block *profile;
    const twc_block *exif;
    const twc_block *xmp;
    uint32_t width;
    uint32_t height;
    /// The encoder's first bytes, kept until they show which chunks follow.
    uint8_t head[30];
    size_t head_count;
    bool is_begun;
} twc_webp_container;

/// Takes the next bytes of the encoder. False after an error of the sink.
bool twc_webp_container_write(twc_webp_container *container, const uint8_t *bytes, size_t count);

/// Ends the file, after the encoder's last bytes.
bool twc_webp_container_finish(twc_webp_container *container);

#endif
