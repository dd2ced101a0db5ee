// Encodes strips and tiles by libtiff handles whose files are in memory. libtiff has the codecs, and each handle
// belongs to one thread.
#include "tiffwriter.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Collects the bytes of one strip or tile. libtiff writes them in order, so its seeks are ignored. Between strips it
/// writes headers or directories, which are dropped.
static tmsize_t client_write(thandle_t handle, void *bytes, tmsize_t count) {
    twc_tiff_encoder *encoder = (twc_tiff_encoder *)handle;
    twc_buffer *to = encoder->to;
    if (!to) return count;
    if (twc_buffer_append(to, bytes, (size_t)count)) return count;
    encoder->is_out_of_memory = true;
    return -1;
}

static tmsize_t client_read(thandle_t handle, void *bytes, tmsize_t count) {
    (void)handle, (void)bytes, (void)count;
    return -1;
}

static toff_t client_seek(thandle_t handle, toff_t offset, int whence) {
    (void)handle;
    // The end of the header.
    return whence == SEEK_SET ? offset : 16;
}

static int client_close(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t client_size(thandle_t handle) {
    (void)handle;
    return 16;
}

twc_status twc_tiff_encoder_open(twc_tiff_writer *writer, twc_tiff_encoder *encoder) {
    uint32_t side = writer->base.options.tile_side;
    size_t pixels = side ? (size_t)side * side : (size_t)writer->base.options.width * writer->rows_per_strip;
    encoder->stored = malloc(pixels * writer->pixel_bytes);
    TIFFOpenOptions *options = twc_tiff_options(&encoder->messages);
    if (options && encoder->stored)
        encoder->level.tiff = TIFFClientOpenExt("", "w4m", (thandle_t)encoder, client_read, client_write, client_seek,
            client_close, client_size, NULL, NULL, options);
    if (options) TIFFOpenOptionsFree(options);
    if (!encoder->level.tiff) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory to encode the image");
    // An image of one strip or tile.
    encoder->level.width = side ? side : writer->base.options.width;
    encoder->level.height = side ? side : writer->rows_per_strip;
    return twc_tiff_write_layout(writer, &encoder->level);
}

void twc_tiff_encoder_close(twc_tiff_encoder *encoder) {
    if (encoder->level.tiff) TIFFClose(encoder->level.tiff);
    free(encoder->stored);
}

static twc_status result(twc_tiff_encoder *encoder, bool is_encoded) {
    encoder->to = NULL;
    if (is_encoded) return twc_ok();
    if (encoder->is_out_of_memory) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory to encode the image");
    return twc_failure(TWC_IO, "the TIFF file cannot be written: %s", twc_tiff_reason(&encoder->messages));
}

twc_status twc_tiff_encode_strip(
    const twc_tiff_writer *writer, twc_tiff_encoder *encoder, uint8_t *pixels, uint32_t rows, twc_buffer *to) {
    const twc_writer_options *options = &writer->base.options;
    size_t row_bytes = (size_t)options->width * writer->pixel_bytes;
    size_t stride = (size_t)options->width * options->channels * (options->depth / 8);
    for (uint32_t row = 0; row < rows; row++)
        twc_tiff_store_row(writer, pixels + row * stride, options->width, encoder->stored + row * row_bytes);
    tmsize_t bytes = (tmsize_t)(rows * row_bytes);
    encoder->to = to;
    // The last strip can have fewer rows, which JPEG has to know.
    return result(encoder, TIFFSetField(encoder->level.tiff, TIFFTAG_IMAGELENGTH, rows)
        && TIFFWriteEncodedStrip(encoder->level.tiff, 0, encoder->stored, bytes) == bytes);
}

twc_status twc_tiff_encode_tile(
    const twc_tiff_writer *writer, twc_tiff_encoder *encoder, uint8_t *pixels, uint32_t width, uint32_t height,
    twc_buffer *to) {
    const twc_writer_options *options = &writer->base.options;
    size_t stride = (size_t)width * options->channels * (options->depth / 8);
    size_t row_bytes = (size_t)options->tile_side * writer->pixel_bytes;
    for (uint32_t row = 0; row < height; row++)
        twc_tiff_store_row(writer, pixels + row * stride, width, encoder->stored + row * row_bytes);
    twc_tiff_fill_tile(writer, encoder->stored, width, height);
    tmsize_t bytes = (tmsize_t)(options->tile_side * row_bytes);
    encoder->to = to;
    return result(encoder, TIFFWriteEncodedTile(encoder->level.tiff, 0, encoder->stored, bytes) == bytes);
}

bool twc_tiff_copy_jpeg_fields(const twc_tiff_encoder *encoder, TIFF *tiff) {
    uint32_t count = 0;
    uint8_t *tables = NULL;
    float *range = NULL;
    if (!TIFFGetField(encoder->level.tiff, TIFFTAG_JPEGTABLES, &count, &tables)
        || !TIFFSetField(tiff, TIFFTAG_JPEGTABLES, count, tables))
        return false;
    return !TIFFGetField(encoder->level.tiff, TIFFTAG_REFERENCEBLACKWHITE, &range)
        || TIFFSetField(tiff, TIFFTAG_REFERENCEBLACKWHITE, range);
}
