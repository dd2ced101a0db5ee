#ifndef TILEWORK_WEBP_CHUNKS_H
#define TILEWORK_WEBP_CHUNKS_H

#include "../common/codec.h"

/// A chunk's data; `count` as its header says, which the file may not have.
typedef struct {
    uint64_t offset;
    uint32_t count;
} twc_webp_chunk;

/// Where the parts of a still WebP image lie.
typedef struct {
    /// VP8 or VP8L.
    twc_webp_chunk image;
    bool is_lossless;
    /// ALPH, before a VP8 chunk; `count` 0 if there is none.
    twc_webp_chunk alpha;
    /// Of VP8X; `canvas_width` 0 if there is none.
    uint32_t canvas_width;
    uint32_t canvas_height;
    bool has_alpha_flag;
} twc_webp_layout;

/// Walks the chunks of the file, in whatever order they come, and keeps their metadata in `blocks`. Irregularities of
/// the container that leave the image whole become notes.
twc_status twc_webp_walk(twc_source *source, twc_webp_layout *layout, twc_blocks *blocks, twc_notes *notes);

#endif
