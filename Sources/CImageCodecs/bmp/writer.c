// BMP files from rows. Files of 8 bits (a palette of grays) and of 24 bits are those of imwrite. Files of 32 bits have
// alpha.
#include "../common/density.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    twc_writer common;
    size_t row_bytes;
    uint64_t data;
    /// Rows lie in the file from the lowest to the top, so a band is filled from its end.
    uint8_t *band;
    uint32_t band_rows, band_count;
    /// Rows taken so far, with those in the band.
    uint32_t rows;
} bmp_writer;

enum { BAND_BYTES = 1 << 20, SHORT_HEADER = 40, LONG_HEADER = 124 };

/// Fills in the fields that the long header has and the short one does not.
static void fill_long_header(bmp_writer *writer, uint8_t *header, uint64_t image, const twc_block *profile) {
    if (writer->common.options.channels == 4) {
        twc_put_le32(header + 16, 3);
        twc_put_le32(header + 40, 0xFF0000);
        twc_put_le32(header + 44, 0xFF00);
        twc_put_le32(header + 48, 0xFF);
        twc_put_le32(header + 52, 0xFF000000);
    }
    // "MBED" for a profile behind the pixels, "sRGB" without one; the intent is that of photographs.
    twc_put_le32(header + 56, profile ? 0x4D424544 : 0x73524742);
    twc_put_le32(header + 108, 4);
    if (!profile) return;
    twc_put_le32(header + 112, (uint32_t)(writer->data - 14 + image));
    twc_put_le32(header + 116, (uint32_t)profile->count);
}

static twc_status begin(bmp_writer *writer) {
    const twc_writer_options *options = &writer->common.options;
    const twc_block *profile = twc_blocks_first(options->blocks, options->block_count, TWC_ICC);
    uint32_t size = profile || options->channels == 4 ? LONG_HEADER : SHORT_HEADER, x, y;
    uint32_t palette = options->channels == 1 ? 1024 : 0;
    uint8_t header[14 + LONG_HEADER + 1024] = {'B', 'M'}, *info = header + 14;
    writer->data = 14 + size + palette;
    uint64_t others = writer->data + (profile ? profile->count : 0);
    if (others > UINT32_MAX || options->width > INT32_MAX || options->height > INT32_MAX
        || writer->row_bytes > (UINT32_MAX - others) / options->height)
        return twc_failure(TWC_UNSUPPORTED, "a BMP file of %u×%u pixels would be larger than 4 GiB, its limit",
            options->width, options->height);
    uint64_t image = (uint64_t)writer->row_bytes * options->height, whole = others + image;
    twc_put_le32(header + 2, (uint32_t)whole);
    twc_put_le32(header + 10, (uint32_t)writer->data);
    twc_put_le32(info, size);
    twc_put_le32(info + 4, options->width);
    twc_put_le32(info + 8, options->height);
    twc_put_le16(info + 12, 1);
    twc_put_le16(info + 14, options->channels * 8);
    if (twc_density_to_metres(options->density, &x, &y)) {
        twc_put_le32(info + 24, x);
        twc_put_le32(info + 28, y);
    } else {
        twc_note_density(&writer->common.notes, options->density, "BMP");
    }
    if (size == LONG_HEADER) {
        twc_put_le32(info + 20, (uint32_t)image);
        fill_long_header(writer, info, image, profile);
    }
    for (uint32_t index = 0; index < palette / 4; index++) memset(info + size + 4 * index, (int)index, 3);
    return twc_sink_write(&writer->common.sink, header, writer->data) ? twc_ok()
        : twc_sink_failure(&writer->common.sink);
}

static bool put_band(bmp_writer *writer) {
    twc_sink *sink = &writer->common.sink;
    uint32_t below = writer->common.options.height - writer->rows, count = writer->band_count;
    writer->band_count = 0;
    return twc_sink_seek(sink, writer->data + (uint64_t)below * writer->row_bytes)
        && twc_sink_write(sink, writer->band + (size_t)(writer->band_rows - count) * writer->row_bytes,
            count * writer->row_bytes);
}

static twc_status take_rows(twc_writer *common, const uint8_t *rows, size_t stride, uint32_t count) {
    bmp_writer *writer = (bmp_writer *)common;
    size_t used = (size_t)common->options.width * common->options.channels;
    for (uint32_t index = 0; index < count; index++) {
        uint8_t *to = writer->band + (size_t)(writer->band_rows - 1 - writer->band_count) * writer->row_bytes;
        memcpy(to, rows + index * stride, used);
        writer->band_count++;
        writer->rows++;
        if (writer->band_count == writer->band_rows && !put_band(writer)) return twc_sink_failure(&common->sink);
    }
    return twc_ok();
}

static twc_status finish(twc_writer *common) {
    bmp_writer *writer = (bmp_writer *)common;
    const twc_block *profile = twc_blocks_first(common->options.blocks, common->options.block_count, TWC_ICC);
    uint64_t end = writer->data + (uint64_t)writer->row_bytes * common->options.height;
    bool is_written = !writer->band_count || put_band(writer);
    if (is_written && profile)
        is_written = twc_sink_seek(&common->sink, end) && twc_sink_write(&common->sink, profile->bytes, profile->count);
    return is_written && twc_sink_flush(&common->sink) ? twc_ok() : twc_sink_failure(&common->sink);
}

static void close_writer(twc_writer *common) { free(((bmp_writer *)common)->band); }

static const twc_writer_methods methods = {.rows = take_rows, .finish = finish, .close = close_writer};

static twc_status prepare(bmp_writer *writer) {
    const twc_writer_options *options = &writer->common.options;
    if (options->depth != 8)
        return twc_failure(TWC_MISUSE, "a BMP file has no place for samples of %u bits", options->depth);
    for (size_t index = 0; index < options->block_count; index++)
        if (options->blocks[index].kind != TWC_ICC)
            return twc_failure(TWC_MISUSE, "a block of metadata that a BMP file has no place for");
    writer->row_bytes = ((size_t)options->width * options->channels + 3) & ~(size_t)3;
    size_t rows = BAND_BYTES / writer->row_bytes;
    if (rows > options->height) rows = options->height;
    writer->band_rows = rows ? (uint32_t)rows : 1;
    twc_status status = begin(writer);
    if (status.code) return status;
    // The padding of rows is written as it is here, so it has to be zeros.
    writer->band = calloc(writer->band_rows, writer->row_bytes);
    return writer->band ? twc_ok() : twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for rows");
}

twc_status twc_bmp_create(twc_sink *sink, const twc_writer_options *options, twc_writer **result) {
    bmp_writer *writer = (bmp_writer *)twc_writer_allocate(sizeof *writer, &methods, sink, options);
    *result = NULL;
    if (!writer) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a writer");
    twc_status status = prepare(writer);
    if (!status.code) *result = &writer->common;
    else twc_writer_close(&writer->common);
    return status;
}
