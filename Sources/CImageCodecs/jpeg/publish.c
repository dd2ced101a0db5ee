// Makes blocks of metadata from the gathered segments.
#define _GNU_SOURCE
#include "jpeg.h"
#include <stdlib.h>
#include <string.h>

static bool has_text(const twc_buffer *bytes, const char *text) {
    return bytes->count && memmem(bytes->bytes, bytes->count, text, strlen(text));
}

static void add(twc_jpeg_reader *reader, twc_block_kind kind, const uint8_t *bytes, size_t count) {
    twc_blocks_add(&reader->common.blocks, &reader->common.notes, kind, 0, 0, bytes, count);
}

static void publish_exif(twc_jpeg_reader *reader) {
    twc_jpeg_segments *segments = &reader->segments;
    if (segments->exif_is_done || !segments->exif.count) return;
    segments->exif_is_done = true;
    add(reader, TWC_EXIF, segments->exif.bytes, segments->exif.count);
    reader->common.info.orientation = twc_exif_orientation(segments->exif.bytes, segments->exif.count);
}

static void publish_icc(twc_jpeg_reader *reader) {
    twc_jpeg_segments *segments = &reader->segments;
    if (segments->icc_is_done || (!segments->icc_pieces && !segments->icc_fault)) return;
    segments->icc_is_done = true;
    twc_buffer whole = {0};
    for (uint32_t piece = 1; piece <= segments->icc_pieces && !segments->icc_fault; piece++) {
        if (!segments->icc[piece].count) segments->icc_fault = "a piece of it is missing";
        else if (!twc_jpeg_append(&whole, segments->icc[piece].bytes, segments->icc[piece].count, TWC_MAXIMUM_METADATA))
            segments->icc_fault = "not enough memory";
    }
    // A profile begins with its own length.
    if (!segments->icc_fault && (whole.count < 128 || twc_be32(whole.bytes) > whole.count))
        segments->icc_fault = "it ends too early";
    if (segments->icc_fault)
        twc_note(&reader->common.notes, "the ICC profile was left out: %s", segments->icc_fault);
    else add(reader, TWC_ICC, whole.bytes, whole.count);
    free(whole.bytes);
}

static void publish_xmp(twc_jpeg_reader *reader) {
    twc_jpeg_segments *segments = &reader->segments;
    if (segments->xmp_is_done || (!segments->xmp.count && !segments->extended_total && !segments->extended_is_broken))
        return;
    segments->xmp_is_done = true;
    if (has_text(&segments->xmp, "http://ns.adobe.com/hdr-gain-map/1.0/")) segments->has_gain_map = true;
    segments->has_video = has_text(&segments->xmp, "MotionPhoto=\"1\"")
        || has_text(&segments->xmp, "MotionPhoto>1<") || has_text(&segments->xmp, "MicroVideo=\"1\"")
        || has_text(&segments->xmp, "MicroVideo>1<");
    bool has_extension = segments->extended_total || segments->extended_is_broken
        || has_text(&segments->xmp, "HasExtendedXMP");
    if (has_extension && !twc_jpeg_xmp_join(&segments->xmp, segments))
        twc_note_metadata(&reader->common.notes,
            "the extension of the XMP packet is damaged or missing and was left out");
    if (segments->xmp.count) add(reader, TWC_XMP, segments->xmp.bytes, segments->xmp.count);
}

static void publish_photoshop(twc_jpeg_reader *reader) {
    twc_jpeg_segments *segments = &reader->segments;
    if (segments->photoshop_is_done || !segments->photoshop.count) return;
    segments->photoshop_is_done = true;
    twc_photoshop_add(&reader->common.blocks, &reader->common.notes, segments->photoshop.bytes,
        segments->photoshop.count, "APP13");
}

void twc_jpeg_segments_publish(twc_jpeg_reader *reader) {
    twc_jpeg_segments *segments = &reader->segments;
    publish_icc(reader);
    publish_exif(reader);
    publish_xmp(reader);
    publish_photoshop(reader);
    if (segments->has_gain_map)
        twc_note(&reader->common.notes, "the gain map of the Ultra HDR image was left out; the standard image is used");
    else if (segments->has_images)
        twc_note(&reader->common.notes, "further images of the file (MPF) were left out; the first one is used");
}
