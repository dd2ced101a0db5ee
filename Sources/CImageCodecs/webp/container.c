#include "container.h"
#include <string.h>

enum { RIFF_HEAD = 12, CHUNK_HEAD = 8, VP8X_CHUNK = 18 };

static uint64_t chunk_size(const twc_block *block) {
    return block ? CHUNK_HEAD + (uint64_t)block->count + (block->count & 1) : 0;
}

static void put(uint8_t *bytes, uint32_t number, int count) {
    for (int index = 0; index < count; index++) bytes[index] = (uint8_t)(number >> 8 * index);
}

static bool write_chunk(twc_sink *sink, const char *name, const twc_block *block) {
    uint8_t head[CHUNK_HEAD];
    if (!block) return true;
    memcpy(head, name, 4);
    put(head + 4, (uint32_t)block->count, 4);
    return twc_sink_write(sink, head, sizeof head) && twc_sink_write(sink, block->bytes, block->count)
        && (block->count % 2 == 0 || twc_sink_write(sink, "", 1));
}

/// How many of the encoder's first bytes show what follows. If `count` bytes are too few to tell, the result is larger
/// than `count`.
static size_t needed(const uint8_t *head, size_t count) {
    if (count < RIFF_HEAD + CHUNK_HEAD) return RIFF_HEAD + CHUNK_HEAD;
    if (memcmp(head + RIFF_HEAD, "VP8X", 4) == 0) return RIFF_HEAD + VP8X_CHUNK;
    // The lossless header has its alpha bit in the fifth byte.
    return RIFF_HEAD + CHUNK_HEAD + (memcmp(head + RIFF_HEAD, "VP8L", 4) == 0 ? 5 : 0);
}

static bool begin(twc_webp_container *container) {
    const uint8_t *head = container->head;
    bool is_extended = memcmp(head + RIFF_HEAD, "VP8X", 4) == 0, is_lossless = memcmp(head + RIFF_HEAD, "VP8L", 4) == 0;
    bool has_alpha = is_extended ? head[20] & 0x10 : is_lossless && head[24] & 0x10;
    size_t skipped = RIFF_HEAD + (is_extended ? VP8X_CHUNK : 0);
    uint64_t size = (uint64_t)twc_le32(head + 4) + (is_extended ? 0 : VP8X_CHUNK) + chunk_size(container->profile)
        + chunk_size(container->exif) + chunk_size(container->xmp);
    uint8_t start[RIFF_HEAD + VP8X_CHUNK] = "RIFF\0\0\0\0WEBPVP8X\x0A";
    container->is_begun = true;
    if (!container->profile && !container->exif && !container->xmp)
        return twc_sink_write(container->sink, head, container->head_count);
    if (size > UINT32_MAX - 10) return false;
    put(start + 4, (uint32_t)size, 4);
    start[20] = (uint8_t)((container->profile ? 0x20 : 0) | (has_alpha ? 0x10 : 0) | (container->exif ? 0x08 : 0)
        | (container->xmp ? 0x04 : 0));
    put(start + 24, container->width - 1, 3);
    put(start + 27, container->height - 1, 3);
    return twc_sink_write(container->sink, start, sizeof start)
        && write_chunk(container->sink, "ICCP", container->profile)
        && twc_sink_write(container->sink, head + skipped, container->head_count - skipped);
}

bool twc_webp_container_write(twc_webp_container *container, const uint8_t *bytes, size_t count) {
    while (!container->is_begun) {
        size_t missing = needed(container->head, container->head_count) - container->head_count;
        if (!missing) {
            if (!begin(container)) return false;
            break;
        }
        if (!count) return true;
        size_t part = count < missing ? count : missing;
        memcpy(container->head + container->head_count, bytes, part);
        container->head_count += part;
        bytes += part;
        count -= part;
    }
    return twc_sink_write(container->sink, bytes, count);
}

bool twc_webp_container_finish(twc_webp_container *container) {
    return container->is_begun && write_chunk(container->sink, "EXIF", container->exif)
        && write_chunk(container->sink, "XMP ", container->xmp) && twc_sink_flush(container->sink);
}
