// Finds the data between restart markers, in files whose rows of MCUs all begin behind one.
#include "jpeg.h"
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 20 };

void twc_jpeg_shift_restarts(uint8_t *at, uint8_t *end, uint32_t shift) {
    while (at < end && (at = memchr(at, 0xFF, (size_t)(end - at)))) {
        if (at + 1 < end && at[1] >= JPEG_RST0 && at[1] < JPEG_RST0 + 8)
            at[1] = (uint8_t)(JPEG_RST0 | ((at[1] + shift) & 7));
        at += 2;
    }
}

bool twc_jpeg_restarts_suit(const struct jpeg_decompress_struct *library, uint32_t *per_row) {
    const jpeg_component_info *first = library->comp_info;
    bool is_gray = library->num_components == 1 && first->h_samp_factor == 1 && first->v_samp_factor == 1;
    uint32_t side = (uint32_t)library->max_h_samp_factor * DCTSIZE;
    uint32_t across = (library->image_width - 1) / side + 1;
    bool is_suitable = (is_gray || library->num_components == 3) && library->comps_in_scan == library->num_components
        && !library->progressive_mode && !library->arith_code && library->restart_interval
        && across % library->restart_interval == 0;
    if (is_suitable) *per_row = across / library->restart_interval;
    return is_suitable;
}

/// State of the search.
typedef struct {
    twc_jpeg_restarts *restarts;
    /// The number of the first marker.
    uint32_t first;
    uint32_t found;
    bool has_ended;
} search;

/// Checks the byte behind 0xFF; `offset` is behind both. False if it does not belong there.
static bool take(search *search, uint8_t code, uint64_t offset) {
    if (!code) return true;
    if (code == JPEG_EOI) {
        search->has_ended = true;
        return search->found == search->restarts->count;
    }
    if (search->found == search->restarts->count || code != JPEG_RST0 + ((search->first + search->found - 1) & 7))
        return false;
    search->restarts->offsets[search->found++] = offset;
    return true;
}

static bool search_all(twc_jpeg_reader *reader, search *search, uint64_t offset) {
    twc_source *source = &reader->common.source;
    uint8_t *bytes = malloc(TWC_SOURCE_BUFFER);
    bool is_sound = bytes != NULL, has_marker = false;
    size_t count;
    twc_source_seek(source, offset);
    while (is_sound && !search->has_ended && (count = twc_source_read(source, bytes, TWC_SOURCE_BUFFER))) {
        for (size_t at = 0; is_sound && at < count; at++) {
            if (has_marker) {
                has_marker = false;
                is_sound = take(search, bytes[at], offset + at + 1)
                    && (!search->has_ended || offset + at + 1 == source->size);
                continue;
            }
            const uint8_t *next = memchr(bytes + at, 0xFF, count - at);
            if (!next) break;
            at = (size_t)(next - bytes);
            has_marker = true;
        }
        offset += count;
    }
    free(bytes);
    return is_sound && search->has_ended;
}

bool twc_jpeg_restarts_find(twc_jpeg_reader *reader, twc_jpeg_restarts *restarts) {
    const struct jpeg_decompress_struct *library = &reader->library;
    if (!twc_jpeg_restarts_suit(library, &restarts->per_row)) return false;
    uint32_t side = (uint32_t)library->max_v_samp_factor * DCTSIZE;
    uint64_t count = (uint64_t)restarts->per_row * ((library->image_height - 1) / side + 1);
    if (count > MOST) return false;
    restarts->rows = (library->image_height - 1) / side + 1;
    restarts->count = (uint32_t)count;
    restarts->offsets = malloc((count + 1) * sizeof *restarts->offsets);
    if (!restarts->offsets) return false;
    twc_source *source = &reader->common.source;
    uint64_t before = source->offset, begin = twc_jpeg_offset(reader);
    search search = {.restarts = restarts, .first = reader->first_restart, .found = 1};
    restarts->offsets[0] = begin;
    // The end counts as if one more marker followed.
    restarts->offsets[count] = source->size;
    bool is_found = search_all(reader, &search, begin);
    twc_source_seek(source, before);
    return is_found;
}

/// Appends a segment. False if there is no memory.
static bool copy(twc_source *source, twc_buffer *header, uint64_t offset, size_t count) {
    uint8_t bytes[65537];
    twc_source_seek(source, offset);
    return twc_source_read(source, bytes, count) == count
        && twc_jpeg_append(header, bytes, count, TWC_JPEG_MOST_HEADER);
}

bool twc_jpeg_restarts_header(twc_source *source, uint64_t end, twc_buffer *header, size_t *height) {
    const uint64_t before = source->offset;
    uint64_t at = 2;
    bool is_sound = copy(source, header, 0, 2);
    *height = 0;
    while (is_sound && at < end) {
        uint8_t head[4];
        twc_source_seek(source, at);
        is_sound = twc_source_read(source, head, 4) == 4 && head[0] == 0xFF && head[1] >= 0xC0 && head[1] != 0xFF;
        if (!is_sound) break;
        size_t count = 2 + (size_t)twc_be16(head + 2);
        if (head[1] == 0xC0 || head[1] == 0xC1) *height = header->count + 5;
        // Only tables, the headers of frame and scan, the restart interval, and the segments that identify the colors.
        if (memchr("\xDB\xC4\xC0\xC1\xDD\xDA\xE0\xEE", head[1], 8)) is_sound = copy(source, header, at, count);
        at += count;
    }
    twc_source_seek(source, before);
    return is_sound && at == end && *height;
}
