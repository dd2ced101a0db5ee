// libwebp encodes whole pictures only. Until the last row, lossy pictures are held as YUV (1.5 bytes a pixel, 2.5 with
// alpha), lossless ones as ARGB (4 bytes a pixel). Encoding then needs more. Measured in total, in bytes a pixel, from
// a flat image to noise: lossy 2 to 29, lossy with alpha 17 to 41, lossless 6 to 39.
#include "container.h"
#include <stdlib.h>
#include <string.h>
#include <webp/encode.h>

/// How many rows are converted at once. It is even, because two rows share their colors.
enum { BAND = 16 };

typedef struct {
    twc_writer common;
    twc_webp_container container;
    WebPConfig config;
    /// The whole image.
    WebPPicture picture;
    /// Lossy: rows that are not in the picture yet, as BGR or BGRA.
    uint8_t *band;
    uint32_t band_rows;
    uint32_t rows;
    bool has_alpha;
} writer;

static int write_bytes(const uint8_t *bytes, size_t count, const WebPPicture *picture) {
    return twc_webp_container_write(picture->custom_ptr, bytes, count);
}

static twc_status encoder_failure(const WebPPicture *picture, const twc_sink *sink) {
    switch (picture->error_code) {
        case VP8_ENC_ERROR_BAD_WRITE:
            if (sink->error) return twc_sink_failure(sink);
            return twc_failure(TWC_UNSUPPORTED, "the WebP file would exceed 4 GiB");
        case VP8_ENC_ERROR_OUT_OF_MEMORY:
        case VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY:
            return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory to encode the image");
        case VP8_ENC_ERROR_PARTITION0_OVERFLOW:
        case VP8_ENC_ERROR_PARTITION_OVERFLOW:
            return twc_failure(TWC_UNSUPPORTED, "the image has too much detail for a lossy WebP file of this quality");
        case VP8_ENC_ERROR_FILE_TOO_BIG:
            return twc_failure(TWC_UNSUPPORTED, "the WebP file would exceed 4 GiB");
        default: return twc_failure(TWC_MISUSE, "libwebp cannot encode the image (error %d)", picture->error_code);
    }
}

/// Expands a row to BGR or BGRA.
static void expand(const writer *self, const uint8_t *row, uint8_t *target) {
    uint32_t width = self->common.options.width, channels = self->common.options.channels;
    if (channels != 1) memcpy(target, row, (size_t)width * channels);
    else for (uint32_t x = 0; x < width; x++) memset(target + 3 * (size_t)x, row[x], 3);
}

static void copy_plane(uint8_t *target, int target_stride, const uint8_t *rows, int stride, int width, int count) {
    for (int row = 0; row < count; row++)
        memcpy(target + (ptrdiff_t)row * target_stride, rows + (ptrdiff_t)row * stride, (size_t)width);
}

/// Converts the waiting rows in the same way as libwebp converts a whole image, and puts them into the picture.
static twc_status convert_band(writer *self) {
    WebPPicture band, *picture = &self->picture;
    int width = picture->width, rows = (int)self->band_rows, top = (int)(self->rows - self->band_rows);
    bool is_bgra = self->common.options.channels == 4;
    if (!rows) return twc_ok();
    if (!WebPPictureInit(&band)) return twc_failure(TWC_UNSUPPORTED, "libwebp has another version than its header");
    band.width = width;
    band.height = rows;
    int is_converted = is_bgra ? WebPPictureImportBGRA(&band, self->band, width * 4)
        : WebPPictureImportBGR(&band, self->band, width * 3);
    if (!is_converted) {
        WebPPictureFree(&band);
        return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory to convert rows");
    }
    int half = (width + 1) / 2, halves = (rows + 1) / 2;
    copy_plane(picture->y + (ptrdiff_t)top * picture->y_stride, picture->y_stride, band.y, band.y_stride, width, rows);
    ptrdiff_t colors = (ptrdiff_t)(top / 2) * picture->uv_stride;
    copy_plane(picture->u + colors, picture->uv_stride, band.u, band.uv_stride, half, halves);
    copy_plane(picture->v + colors, picture->uv_stride, band.v, band.uv_stride, half, halves);
    if (is_bgra) {
        uint8_t *alpha = picture->a + (ptrdiff_t)top * picture->a_stride;
        // An opaque band has no alpha plane. The last row has no padding behind it.
        if (band.a) copy_plane(alpha, picture->a_stride, band.a, band.a_stride, width, rows);
        else memset(alpha, 255, (size_t)(rows - 1) * (size_t)picture->a_stride + (size_t)width);
        self->has_alpha |= band.a != NULL;
    }
    WebPPictureFree(&band);
    self->band_rows = 0;
    return twc_ok();
}

static twc_status write_lossy(writer *self, const uint8_t *row) {
    size_t row_bytes = (size_t)self->common.options.width * (self->common.options.channels == 4 ? 4 : 3);
    expand(self, row, self->band + self->band_rows * row_bytes);
    self->rows++;
    return ++self->band_rows == BAND ? convert_band(self) : twc_ok();
}

static void write_lossless(writer *self, const uint8_t *row) {
    uint32_t channels = self->common.options.channels, width = self->common.options.width;
    uint32_t *pixel = self->picture.argb + (size_t)self->rows++ * (size_t)self->picture.argb_stride;
    for (uint32_t x = 0; x < width; x++, row += channels) {
        if (channels == 1) pixel[x] = 0xFF000000u | row[0] * 0x010101u;
        else pixel[x] = (channels == 4 ? (uint32_t)row[3] << 24 : 0xFF000000u) | (uint32_t)row[2] << 16
            | (uint32_t)row[1] << 8 | row[0];
    }
}

static twc_status write_rows(twc_writer *common, const uint8_t *rows, size_t stride, uint32_t count) {
    writer *self = (writer *)common;
    for (; count; count--, rows += stride) {
        if (self->config.lossless) {
            write_lossless(self, rows);
            continue;
        }
        twc_status status = write_lossy(self, rows);
        if (status.code) return status;
    }
    return twc_ok();
}

static twc_status finish(twc_writer *common) {
    writer *self = (writer *)common;
    twc_status status = convert_band(self);
    if (status.code) return status;
    if (self->picture.a && !self->has_alpha) {
        self->picture.a = NULL;
        self->picture.a_stride = 0;
        self->picture.colorspace = WEBP_YUV420;
    }
    if (!WebPEncode(&self->config, &self->picture)) return encoder_failure(&self->picture, &common->sink);
    return twc_webp_container_finish(&self->container) ? twc_ok() : twc_sink_failure(&common->sink);
}

static void close_writer(twc_writer *common) {
    writer *self = (writer *)common;
    WebPPictureFree(&self->picture);
    free(self->band);
}

static twc_status prepare(writer *self) {
    const twc_writer_options *options = &self->common.options;
    WebPPicture *picture = &self->picture;
    // For lossless, the effort is the default of libwebp's simple calls.
    float quality = options->quality ? (float)options->quality : 70;
    if (!WebPConfigPreset(&self->config, WEBP_PRESET_DEFAULT, quality) || !WebPPictureInit(picture))
        return twc_failure(TWC_UNSUPPORTED, "libwebp has another version than its header");
    self->config.thread_level = options->threads > 1;
    // `exact` keeps colors under an alpha of 0.
    self->config.lossless = self->config.exact = picture->use_argb = !options->quality;
    picture->colorspace = options->channels == 4 ? WEBP_YUV420A : WEBP_YUV420;
    picture->width = (int)options->width;
    picture->height = (int)options->height;
    picture->writer = write_bytes;
    picture->custom_ptr = &self->container;
    if (!self->config.lossless)
        self->band = malloc((size_t)options->width * BAND * (options->channels == 4 ? 4 : 3));
    if ((!self->config.lossless && !self->band) || !WebPPictureAlloc(picture))
        return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a WebP image of %u×%u pixels", options->width,
            options->height);
    return twc_ok();
}

static const twc_writer_methods methods = {.rows = write_rows, .finish = finish, .close = close_writer};

static twc_status check_options(const twc_writer_options *options) {
    if (options->width > WEBP_MAX_DIMENSION || options->height > WEBP_MAX_DIMENSION)
        return twc_failure(TWC_UNSUPPORTED, "a side of a WebP image can be %d pixels at most, this one is %u×%u",
            WEBP_MAX_DIMENSION, options->width, options->height);
    if (options->depth != 8) return twc_failure(TWC_MISUSE, "WebP holds 8 bits a sample");
    for (size_t index = 0; index < options->block_count; index++) {
        twc_block_kind kind = options->blocks[index].kind;
        if (kind != TWC_ICC && kind != TWC_EXIF && kind != TWC_XMP)
            return twc_failure(TWC_MISUSE, "WebP holds an ICC profile, EXIF and XMP only");
    }
    return twc_ok();
}

twc_status twc_webp_create(twc_sink *sink, const twc_writer_options *options, twc_writer **result) {
    twc_status status = check_options(options);
    if (status.code) {
        twc_sink_close(sink);
        return status;
    }
    writer *self = (writer *)twc_writer_allocate(sizeof *self, &methods, sink, options);
    if (!self) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a writer");
    const twc_blocks *blocks = &self->common.blocks;
    self->container = (twc_webp_container){
        .sink = &self->common.sink,
        .profile = twc_blocks_first(blocks->blocks, blocks->count, TWC_ICC),
        .exif = twc_blocks_first(blocks->blocks, blocks->count, TWC_EXIF),
        .xmp = twc_blocks_first(blocks->blocks, blocks->count, TWC_XMP),
        .width = options->width,
        .height = options->height,
    };
    status = prepare(self);
    if (status.code) {
        twc_writer_close(&self->common);
        return status;
    }
    *result = &self->common;
    return twc_ok();
}
