#ifndef TILEWORK_WEBP_CHUNKS_H
#define TILEWORK_WEBP_CHUNKS_H

#include "../common/codec.h"

/// The data of a chunk. `count` is the number in its header; the file may have fewer bytes.
typedef struct {
    uint64_t offset;
    uint32_t count;
} twc_webp_chunk;

/// Where the parts of a still WebP image are.
typedef struct {
    /// The chunk VP8 or VP8L.
    twc_webp_chunk image;
    bool is_lossless;
    /// The chunk ALPH, in front of a VP8 chunk; `count` is 0 if there is none.
    twc_webp_chunk alpha;
    /// From the chunk VP8X; `canvas_width` is 0 if there is none.
    uint32_t canvas_width;
    uint32_t canvas_height;
    bool has_alpha_flag;
} twc_webp_layout;

/// Walks over the chunks of the file, in whatever order they come, and keeps their metadata in `blocks`. Irregularities
/// of the container that do not affect the image become notes.
twc_status twc_webp_walk(twc_source *source, twc_webp_layout *layout, twc_blocks *blocks, twc_notes *notes);

#endif
