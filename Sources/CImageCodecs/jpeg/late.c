// Segments behind the first pixels. Some programs put EXIF, XMP or a profile there, but the orientation and the profile
// must be known before the first row. So the file is searched for markers up to its end marker. That takes about 1 ms a
// MB.
#include "jpeg.h"
#include <string.h>

enum { SOI = 0xD8, TEM = 0x01, APP15 = JPEG_APP0 + 15 };

typedef struct {
    twc_source *source;
    uint8_t bytes[16 << 10];
    size_t count, at;
} window;

/// Reads further bytes. False at the end of the file.
static bool fill(window *window) {
    window->count = twc_source_read(window->source, window->bytes, sizeof window->bytes);
    window->at = 0;
    return window->count > 0;
}

/// The next byte; -1 at the end of the file.
static int next_byte(window *window) {
    return window->at < window->count || fill(window) ? window->bytes[window->at++] : -1;
}

/// The next marker that does not belong to pixel data; -1 at the end of the file.
static int next_marker(window *window) {
    for (;;) {
        const uint8_t *found = memchr(window->bytes + window->at, 0xFF, window->count - window->at);
        window->at = found ? (size_t)(found - window->bytes) + 1 : window->count;
        if (!found) {
            if (!fill(window)) return -1;
            continue;
        }
        int marker = next_byte(window);
        while (marker == 0xFF) marker = next_byte(window);
        // In pixel data, a zero follows each 0xFF.
        if (marker < 0 || (marker && (marker < JPEG_RST0 || marker > JPEG_RST0 + 7))) return marker;
    }
}

/// Reads or skips the next bytes of a segment. False if the file ends before.
static bool take_bytes(window *window, uint8_t *bytes, size_t count) {
    size_t part = window->count - window->at;
    if (part > count) part = count;
    if (bytes) memcpy(bytes, window->bytes + window->at, part);
    window->at += part;
    if (part == count) return true;
    if (bytes) return twc_source_read(window->source, bytes + part, count - part) == count - part;
    twc_source_seek(window->source, window->source->offset + count - part);
    return true;
}

static bool is_wanted(int marker) {
    return marker == JPEG_COM || (marker >= JPEG_APP0 && marker <= APP15);
}

void twc_jpeg_take_late_segments(twc_jpeg_reader *reader) {
    twc_source *source = &reader->common.source;
    uint64_t start = source->offset;
    window window = {.source = source};
    uint8_t *segment = twc_jpeg_segment_buffer(reader);
    twc_source_seek(source, twc_jpeg_offset(reader));
    for (int marker; (marker = next_marker(&window)) >= 0 && marker != JPEG_EOI;) {
        if (marker == SOI || marker == TEM) continue;
        uint8_t length[2];
        if (!take_bytes(&window, length, 2) || twc_be16(length) < 2) break;
        size_t count = twc_be16(length) - 2;
        if (!take_bytes(&window, is_wanted(marker) ? segment : NULL, count)) break;
        reader->late_end = source->offset - (window.count - window.at);
        if (is_wanted(marker)) twc_jpeg_take_segment(reader, marker, segment, count);
    }
    if (source->error)
        twc_jpeg_fail((j_common_ptr)&reader->library, twc_system_failure(source->error, "the file cannot be read"));
    twc_source_seek(source, start);
}
