// Decodes WebP images into the caller's buffer while their bytes are read. Memory also holds the file's bytes and what
// libwebp needs. Measured in bytes a pixel: lossless 4.4, lossy with alpha 2.7, lossy without alpha 0.2.
#include "chunks.h"
#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>

typedef struct {
    twc_reader common;
    twc_webp_layout layout;
} reader;

/// Reads the header of the pixel data, and compares it with the container.
static twc_status read_size(reader *self) {
    uint8_t head[40];
    WebPBitstreamFeatures features;
    twc_info *info = &self->common.info;
    const twc_webp_layout *layout = &self->layout;
    // The chunk's own header is included, because libwebp compares the sizes in both.
    size_t wanted = layout->image.count < sizeof head - 8 ? layout->image.count + 8 : sizeof head;
    twc_source_seek(&self->common.source, layout->image.offset - 8);
    size_t count = twc_source_read(&self->common.source, head, wanted);
    if (WebPGetFeatures(head, count, &features) != VP8_STATUS_OK
        || (features.format == 2) != layout->is_lossless)
        return twc_damage(0, "the header of the pixel data is damaged");
    twc_status status = twc_check_size(&self->common.options, (uint64_t)features.width, (uint64_t)features.height);
    if (status.code) return status;
    info->width = (uint32_t)features.width;
    info->height = (uint32_t)features.height;
    if (layout->canvas_width && (layout->canvas_width != info->width || layout->canvas_height != info->height))
        return twc_damage(0, "the image is %u×%u pixels, its canvas %u×%u", info->width, info->height,
            layout->canvas_width, layout->canvas_height);
    bool has_alpha = layout->is_lossless ? features.has_alpha : layout->has_alpha_flag || layout->alpha.count;
    info->format = TWC_WEBP;
    info->channels = has_alpha ? 4 : 3;
    info->depth = info->stored_depth = 8;
    info->color = layout->is_lossless ? TWC_RGB : TWC_YCBCR;
    info->alpha = has_alpha ? TWC_ALPHA_STRAIGHT : TWC_ALPHA_NONE;
    info->needs_all_data = info->needs_whole_buffer = true;
    info->block_width = info->width;
    return twc_ok();
}

/// The rows that are complete from the top.
static uint32_t complete_rows(const WebPIDecoder *decoder) {
    int rows = 0;
    return WebPIDecGetRGB(decoder, &rows, NULL, NULL, NULL) && rows > 0 ? (uint32_t)rows : 0;
}

typedef struct {
    WebPIDecoder *decoder;
    /// All bytes for the decoder, and how many of them are read. Bytes appended to the decoder's own buffer would be
    /// copied with each piece.
    uint8_t *bytes;
    size_t count;
    VP8StatusCode state;
    twc_progress progress;
    void *context;
    uint32_t complete;
    bool is_stopped;
} decoding;

/// Where the next bytes belong. The buffer is as large as the file.
static uint8_t *next_bytes(const decoding *decoding) { return decoding->bytes + decoding->count; }

/// Feeds `count` more bytes. False if no more bytes are wanted, or if decoding has failed.
static bool feed(decoding *decoding, size_t count) {
    decoding->count += count;
    decoding->state = WebPIUpdate(decoding->decoder, decoding->bytes, decoding->count);
    uint32_t rows = complete_rows(decoding->decoder);
    if (rows > decoding->complete) {
        decoding->complete = rows;
        decoding->is_stopped = decoding->progress && decoding->progress(decoding->context, rows);
    }
    return decoding->state == VP8_STATUS_SUSPENDED && !decoding->is_stopped;
}

/// Feeds a chunk's header and its bytes, as far as the file has them.
static bool feed_chunk(reader *self, decoding *decoding, const char *name, twc_webp_chunk chunk) {
    enum { PART = 32 << 10 };
    uint64_t left = (uint64_t)chunk.count + (chunk.count & 1);
    memcpy(next_bytes(decoding), name, 4);
    for (int index = 0; index < 4; index++) next_bytes(decoding)[4 + index] = (uint8_t)(chunk.count >> 8 * index);
    if (!feed(decoding, 8)) return false;
    twc_source_seek(&self->common.source, chunk.offset);
    while (left) {
        size_t count = twc_source_read(&self->common.source, next_bytes(decoding), left < PART ? left : PART);
        // A missing padding byte is no loss.
        if (!count && left == 1 && chunk.count & 1) next_bytes(decoding)[count++] = 0;
        if (!count || !feed(decoding, count)) return false;
        left -= count;
    }
    return true;
}

/// Feeds the image as a file without anything else in it, so that the rest of the container cannot disturb libwebp.
static void feed_image(reader *self, decoding *decoding) {
    const twc_webp_layout *layout = &self->layout;
    const twc_info *info = &self->common.info;
    bool has_alpha = layout->alpha.count && !layout->is_lossless;
    static const char head[30] = "RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\x10";
    uint64_t size = 4 + 8 + (uint64_t)layout->image.count + (layout->image.count & 1);
    if (has_alpha) size += 18 + 8 + (uint64_t)layout->alpha.count + (layout->alpha.count & 1);
    memcpy(decoding->bytes, head, sizeof head);
    for (int index = 0; index < 4; index++) decoding->bytes[4 + index] = (uint8_t)(size >> 8 * index);
    for (int index = 0; index < 3; index++) {
        decoding->bytes[24 + index] = (uint8_t)((info->width - 1) >> 8 * index);
        decoding->bytes[27 + index] = (uint8_t)((info->height - 1) >> 8 * index);
    }
    if (size > UINT32_MAX - 10 || !feed(decoding, has_alpha ? 30 : 12)) return;
    if (has_alpha && !feed_chunk(self, decoding, "ALPH", layout->alpha)) return;
    feed_chunk(self, decoding, layout->is_lossless ? "VP8L" : "VP8 ", layout->image);
}

/// The status of a finished decoding.
static twc_status judge(reader *self, const decoding *decoding) {
    const twc_info *info = &self->common.info;
    const twc_webp_layout *layout = &self->layout;
    if (decoding->is_stopped) return twc_failure(TWC_STOPPED, "reading was stopped");
    if (self->common.source.error) return twc_system_failure(self->common.source.error, "the file cannot be read");
    if (decoding->state == VP8_STATUS_OUT_OF_MEMORY)
        return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory to decode the image");
    uint64_t end = layout->image.offset + layout->image.count;
    if (decoding->state == VP8_STATUS_OK && decoding->complete == info->height) {
        if (end > self->common.source.size)
            twc_note(&self->common.notes, "the file ends %llu bytes early; all rows are there",
                (unsigned long long)(end - self->common.source.size));
        return twc_ok();
    }
    if (end > self->common.source.size || decoding->state == VP8_STATUS_SUSPENDED)
        return twc_damage(decoding->complete, "pixel data ends at row %u of %u", decoding->complete, info->height);
    return twc_damage(decoding->complete, "pixel data is damaged at row %u of %u", decoding->complete, info->height);
}

static twc_status read_all(
    twc_reader *common, uint8_t *pixels, size_t stride, twc_progress progress, void *context) {
    reader *self = (reader *)common;
    const twc_info *info = &common->info;
    WebPDecBuffer output;
    if (stride > INT32_MAX) return twc_failure(TWC_MISUSE, "rows are too far from each other");
    if (!WebPInitDecBuffer(&output)) return twc_failure(TWC_UNSUPPORTED, "libwebp has another version than its header");
    output.colorspace = info->channels == 4 ? MODE_BGRA : MODE_BGR;
    output.width = (int)info->width;
    output.height = (int)info->height;
    output.is_external_memory = 1;
    output.u.RGBA.rgba = pixels;
    output.u.RGBA.stride = (int)stride;
    output.u.RGBA.size = stride * (info->height - 1) + twc_row_bytes(info);
    decoding decoding = {.decoder = WebPINewDecoder(&output), .progress = progress, .context = context};
    // Headers of 30, 8 and 8 bytes, and chunks of at most the file's size, each with a padding byte.
    decoding.bytes = malloc((size_t)common->source.size + 64);
    twc_status status = twc_failure(TWC_OUT_OF_MEMORY, "not enough memory to decode the image");
    if (decoding.decoder && decoding.bytes) {
        feed_image(self, &decoding);
        status = judge(self, &decoding);
    }
    WebPIDelete(decoding.decoder);
    free(decoding.bytes);
    return status;
}

static twc_status read_rows(twc_reader *reader, uint8_t *rows, size_t stride, uint32_t count) {
    (void)reader, (void)rows, (void)stride, (void)count;
    return twc_failure(TWC_MISUSE, "WebP images are read as a whole");
}

static void close_reader(twc_reader *reader) { (void)reader; }

static const twc_reader_methods methods = {.rows = read_rows, .all = read_all, .close = close_reader};

twc_status twc_webp_open(twc_source *source, const twc_reader_options *options, twc_reader **result) {
    reader *self = (reader *)twc_reader_allocate(sizeof *self, &methods, source, options);
    if (!self) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a reader");
    twc_reader *common = &self->common;
    twc_status status = twc_webp_walk(&common->source, &self->layout, &common->blocks, &common->notes);
    if (!status.code) status = read_size(self);
    if (status.code) {
        twc_reader_close(common);
        return status;
    }
    const twc_block *exif = twc_blocks_first(common->blocks.blocks, common->blocks.count, TWC_EXIF);
    if (exif) {
        common->info.orientation = twc_exif_orientation(exif->bytes, exif->count);
        common->info.density = twc_exif_density(exif->bytes, exif->count);
    }
    *result = common;
    return twc_ok();
}
