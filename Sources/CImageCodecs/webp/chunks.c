#include "chunks.h"
#include <stdlib.h>
#include <string.h>

/// Files have about six chunks. Chunks beyond this number are ignored.
enum { MAXIMUM_CHUNKS = 4096 };

typedef struct {
    twc_source *source;
    twc_webp_layout *layout;
    twc_blocks *blocks;
    twc_notes *notes;
} walk;

static bool is(const uint8_t *head, const char *name) { return memcmp(head, name, 4) == 0; }

/// The kind of metadata in a chunk; 0 if it holds none.
static twc_block_kind kind_of(const uint8_t *head) {
    return is(head, "ICCP") ? TWC_ICC : is(head, "EXIF") ? TWC_EXIF : is(head, "XMP ") ? TWC_XMP : 0;
}

static const char *name_of(twc_block_kind kind) {
    return kind == TWC_ICC ? "ICC profile" : kind == TWC_EXIF ? "EXIF block" : "XMP packet";
}

/// The function that notes a loss. Only a profile matters to a caller who wants no metadata.
static twc_noting *note_of(twc_block_kind kind) { return kind == TWC_ICC ? twc_note : twc_note_metadata; }

/// Keeps a chunk that the file has in full.
static twc_status keep(walk *walk, twc_block_kind kind, twc_webp_chunk chunk) {
    if (twc_blocks_first(walk->blocks->blocks, walk->blocks->count, kind)) {
        note_of(kind)(walk->notes, "a second %s was left out", name_of(kind));
        return twc_ok();
    }
    if (!chunk.count) return twc_ok();
    if (chunk.count > TWC_MAXIMUM_METADATA) {
        note_of(kind)(walk->notes, "the %s of %u bytes was left out: it is too large", name_of(kind), chunk.count);
        return twc_ok();
    }
    uint8_t *bytes = malloc(chunk.count);
    if (!bytes) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for metadata");
    twc_source_seek(walk->source, chunk.offset);
    size_t count = twc_source_read(walk->source, bytes, chunk.count);
    // Some programs write the prefix that the block has in JPEG.
    size_t prefix = kind == TWC_EXIF && count >= 6 && memcmp(bytes, "Exif\0\0", 6) == 0 ? 6 : 0;
    if (count == chunk.count && count > prefix)
        twc_blocks_add(walk->blocks, walk->notes, kind, 0, 0, bytes + prefix, count - prefix);
    free(bytes);
    return twc_ok();
}

static twc_status read_canvas(walk *walk, twc_webp_chunk chunk) {
    uint8_t b[10];
    if (chunk.count < sizeof b || twc_source_read(walk->source, b, sizeof b) != sizeof b) {
        if (walk->source->error) return twc_system_failure(walk->source->error, "the file cannot be read");
        return twc_damage(0, "the chunk VP8X is too short");
    }
    if (b[0] & 0x02) return twc_failure(TWC_UNSUPPORTED, "an animated WebP file cannot be read");
    walk->layout->has_alpha_flag = b[0] & 0x10;
    walk->layout->canvas_width = 1 + (twc_le16(b + 4) | (uint32_t)b[6] << 16);
    walk->layout->canvas_height = 1 + (twc_le16(b + 7) | (uint32_t)b[9] << 16);
    return twc_ok();
}

/// Takes one chunk, whose header was read.
static twc_status take(walk *walk, const uint8_t *head, twc_webp_chunk chunk) {
    twc_webp_layout *layout = walk->layout;
    twc_block_kind kind = kind_of(head);
    bool is_whole = chunk.count <= walk->source->size - chunk.offset;
    if (is(head, "VP8 ") || is(head, "VP8L")) {
        if (layout->image.offset) {
            twc_note(walk->notes, "a second image in the file was ignored");
            return twc_ok();
        }
        layout->image = chunk;
        layout->is_lossless = head[3] == 'L';
    } else if (is(head, "VP8X") && !layout->canvas_width) {
        return read_canvas(walk, chunk);
    } else if (is(head, "ANIM") || is(head, "ANMF")) {
        return twc_failure(TWC_UNSUPPORTED, "an animated WebP file cannot be read");
    } else if (is(head, "ALPH") && !layout->image.offset && !layout->alpha.count) {
        layout->alpha = chunk;
    } else if (!is_whole) {
        if (kind) note_of(kind)(walk->notes, "the %s was left out: the file ends in it", name_of(kind));
        else twc_note(walk->notes, "the file ends within a chunk behind the image");
    } else if (kind) {
        return keep(walk, kind, chunk);
    } else if (!is(head, "VP8X") && !is(head, "ALPH")) {
        char name[5] = {0};
        for (int index = 0; index < 4; index++)
            name[index] = head[index] > 32 && head[index] < 127 ? (char)head[index] : '?';
        twc_note_thing(walk->notes, "the unknown WebP chunk %s was left out",
            "the unknown WebP chunks %s were left out", "%s", name);
    }
    return twc_ok();
}

/// Compares the size in the RIFF header with that of the chunks.
static void compare_sizes(walk *walk, uint64_t claimed, uint64_t end) {
    uint64_t size = walk->source->size;
    if (claimed != end && claimed != end - 1 && claimed + 1 != end)
        twc_note(walk->notes, "the size in the RIFF header is wrong: %llu bytes instead of %llu",
            (unsigned long long)claimed, (unsigned long long)end);
    if (end < size)
        twc_note_junk(walk->notes, (size - end));
}

twc_status twc_webp_walk(twc_source *source, twc_webp_layout *layout, twc_blocks *blocks, twc_notes *notes) {
    walk walk = {source, layout, blocks, notes};
    uint8_t head[12];
    *layout = (twc_webp_layout){0};
    twc_source_seek(source, 0);
    size_t count = twc_source_read(source, head, sizeof head);
    uint64_t claimed = count == sizeof head ? 8 + (uint64_t)twc_le32(head + 4) : 0, end = sizeof head;
    for (int chunks = 0; chunks < MAXIMUM_CHUNKS; chunks++) {
        twc_source_seek(source, end);
        if (twc_source_read(source, head, 8) != 8) break;
        twc_webp_chunk chunk = {end + 8, twc_le32(head + 4)};
        bool is_whole = chunk.count <= source->size - chunk.offset;
        // Behind the end that the header claims, only chunks that certainly belong to the image are taken.
        if (end >= claimed && layout->image.offset && !(kind_of(head) && is_whole)) break;
        twc_status status = take(&walk, head, chunk);
        if (status.code) return status;
        end = chunk.offset + chunk.count + (chunk.count & 1);
    }
    if (source->error) return twc_system_failure(source->error, "the file cannot be read");
    if (!layout->image.offset) return twc_damage(0, "the file has no pixel data, or ends before it");
    // The last padding byte may be missing. Whether the image is complete shows when it is decoded.
    if (end <= source->size + 1) compare_sizes(&walk, claimed, end < source->size ? end : source->size);
    return twc_ok();
}
