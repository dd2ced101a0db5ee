// Notes what follows the end marker: further images, a video, junk.
#include "jpeg.h"
#include <string.h>

void twc_jpeg_note_trailer(twc_jpeg_reader *reader) {
    twc_source *source = &reader->common.source;
    twc_notes *notes = &reader->common.notes;
    const twc_jpeg_segments *segments = &reader->segments;
    uint64_t offset = twc_jpeg_offset(reader);
    if (offset >= source->size) return;
    unsigned long long count = source->size - offset;
    uint8_t head[4096] = {0};
    twc_source_seek(source, offset);
    size_t got = twc_source_read(source, head, sizeof head), start = 0;
    // Some cameras pad with zeros before a further image.
    while (start < got && !head[start]) start++;
    bool is_image = got - start >= 3 && memcmp(head + start, "\xFF\xD8\xFF", 3) == 0;
    if (segments->has_video || memcmp(head + 4, "ftyp", 4) == 0)
        twc_note(notes, "the video behind the image (%llu bytes) was left out", count);
    else if (is_image && (segments->has_images || segments->has_gain_map))
        // The file has announced these images, so a note exists already.
        return;
    else if (is_image)
        twc_note(notes, "further images behind the first (%llu bytes) were left out", count);
    else twc_note_junk(notes, count);
}
