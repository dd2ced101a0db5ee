// PNG files from rows, by libpng.
#include "png_writer.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void on_error(png_structp png, png_const_charp text) {
    twc_png_writer *writer = png_get_error_ptr(png);
    if (writer->common.sink.error) writer->failure = twc_sink_failure(&writer->common.sink);
    else if (!writer->png || strstr(text, "memory"))
        writer->failure = twc_failure(TWC_OUT_OF_MEMORY, "not enough memory to encode the image");
    else writer->failure = twc_failure(TWC_MISUSE, "libpng refused the image: %s", text);
    longjmp(writer->jump, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    twc_png_writer *writer = png_get_error_ptr(png);
    twc_note(&writer->common.notes, "libpng says: %s", text);
}

static void put_bytes(png_structp png, png_bytep bytes, size_t count) {
    twc_png_writer *writer = png_get_io_ptr(png);
    if (!twc_sink_write(&writer->common.sink, bytes, count)) png_error(png, "the file cannot be written");
}

static void flush(png_structp png) { (void)png; }

/// Runs a step that calls libpng; its errors end the step and come back as a status.
static twc_status guard(twc_png_writer *writer, void (*step)(twc_png_writer *writer)) {
    if (setjmp(writer->jump)) return writer->failure;
    step(writer);
    return twc_ok();
}

static void create(twc_png_writer *writer) {
    writer->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, writer, on_error, on_warning);
    if (writer->png) writer->info = png_create_info_struct(writer->png);
}

static int color_type_of(const twc_writer_options *options) {
    if (options->is_gray_alpha) return PNG_COLOR_TYPE_GRAY_ALPHA;
    return options->channels == 1 ? PNG_COLOR_TYPE_GRAY
        : options->channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_RGB_ALPHA;
}

static void begin(twc_png_writer *writer) {
    const twc_writer_options *options = &writer->common.options;
    png_structp png = writer->png;
    png_set_write_fn(png, writer, put_bytes, flush);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    // Both are what imwrite does, without a level and with one.
    if (options->level < 2) {
        png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
        png_set_compression_level(png, Z_BEST_SPEED);
        png_set_compression_strategy(png, Z_RLE);
    } else {
        png_set_compression_level(png, (int)options->level);
        png_set_compression_strategy(png, Z_DEFAULT_STRATEGY);
    }
    png_set_IHDR(png, writer->info, options->width, options->height, (int)options->depth, color_type_of(options),
        PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    png_write_info_before_PLTE(png, writer->info);
    twc_png_write_metadata(writer);
    png_write_info(png, writer->info);
    if (options->channels > 1 && !options->is_gray_alpha) png_set_bgr(png);
    if (options->depth == 16 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) png_set_swap(png);
}

/// The first and the fourth sample of each pixel.
static const uint8_t *gray_alpha_of(twc_png_writer *writer, const uint8_t *row) {
    uint32_t width = writer->common.options.width;
    if (writer->common.options.depth == 8) {
        for (uint32_t x = 0; x < width; x++) {
            writer->gray_alpha[2 * (size_t)x] = row[4 * (size_t)x];
            writer->gray_alpha[2 * (size_t)x + 1] = row[4 * (size_t)x + 3];
        }
    } else {
        for (uint32_t x = 0; x < width; x++) {
            memcpy(writer->gray_alpha + 4 * (size_t)x, row + 8 * (size_t)x, 2);
            memcpy(writer->gray_alpha + 4 * (size_t)x + 2, row + 8 * (size_t)x + 6, 2);
        }
    }
    return writer->gray_alpha;
}

static void put_rows(twc_png_writer *writer) {
    for (uint32_t index = 0; index < writer->count; index++) {
        const uint8_t *row = writer->rows + index * writer->stride;
        png_write_row(writer->png, writer->gray_alpha ? gray_alpha_of(writer, row) : row);
    }
}

static void end(twc_png_writer *writer) { png_write_end(writer->png, NULL); }

static twc_status take_rows(twc_writer *common, const uint8_t *rows, size_t stride, uint32_t count) {
    twc_png_writer *writer = (twc_png_writer *)common;
    writer->rows = rows;
    writer->stride = stride;
    writer->count = count;
    return guard(writer, put_rows);
}

static twc_status finish(twc_writer *common) {
    twc_status status = guard((twc_png_writer *)common, end);
    if (!status.code && !twc_sink_flush(&common->sink)) status = twc_sink_failure(&common->sink);
    return status;
}

static void close_writer(twc_writer *common) {
    twc_png_writer *writer = (twc_png_writer *)common;
    if (writer->png) png_destroy_write_struct(&writer->png, &writer->info);
    free(writer->gray_alpha);
    free(writer->chunk);
    free(writer->text);
}

static const twc_writer_methods methods = {.rows = take_rows, .finish = finish, .close = close_writer};

twc_status twc_png_create(twc_sink *sink, const twc_writer_options *options, twc_writer **result) {
    twc_png_writer *writer = (twc_png_writer *)twc_writer_allocate(sizeof *writer, &methods, sink, options);
    *result = NULL;
    if (!writer) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a writer");
    twc_status status = twc_png_check_blocks(writer);
    if (!status.code && (options->width > INT32_MAX || options->height > INT32_MAX))
        status = twc_failure(TWC_UNSUPPORTED, "a side of a PNG file can be %d pixels at most", INT32_MAX);
    if (!status.code && options->is_gray_alpha) {
        writer->gray_alpha = malloc((size_t)options->width * 2 * (options->depth / 8));
        if (!writer->gray_alpha) status = twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a row");
    }
    if (!status.code) status = guard(writer, create);
    if (!status.code && !writer->info) status = twc_failure(TWC_OUT_OF_MEMORY, "not enough memory to encode the image");
    if (!status.code) status = guard(writer, begin);
    if (!status.code) *result = &writer->common;
    else twc_writer_close(&writer->common);
    return status;
}
