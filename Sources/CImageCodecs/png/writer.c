// PNG files from rows. libpng writes the chunks before the pixels.
#include "png_writer.h"
#include <stdlib.h>
#include <string.h>

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

/// Runs a step that calls libpng. An error of libpng ends the step and becomes a status.
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
    png_set_IHDR(png, writer->info, options->width, options->height, (int)options->depth, color_type_of(options),
        PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    png_write_info_before_PLTE(png, writer->info);
    twc_png_write_metadata(writer);
    png_write_info(png, writer->info);
}

static twc_status take_rows(twc_writer *common, const uint8_t *rows, size_t stride, uint32_t count) {
    return twc_png_bands_rows(((twc_png_writer *)common)->bands, rows, stride, count);
}

static twc_status finish(twc_writer *common) {
    // The end chunk has no data, so its checksum is constant.
    static const uint8_t end[12] = {0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82};
    twc_status status = twc_png_bands_finish(((twc_png_writer *)common)->bands);
    if (status.code) return status;
    twc_sink *sink = &common->sink;
    return twc_sink_write(sink, end, sizeof end) && twc_sink_flush(sink) ? twc_ok() : twc_sink_failure(sink);
}

static void close_writer(twc_writer *common) {
    twc_png_writer *writer = (twc_png_writer *)common;
    twc_png_bands_close(writer->bands);
    if (writer->png) png_destroy_write_struct(&writer->png, &writer->info);
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
    // A piece's length has 32 bits.
    if (!status.code && (uint64_t)options->width * options->channels * (options->depth / 8) > 1 << 30)
        status = twc_failure(TWC_UNSUPPORTED, "a row of a PNG file can have 1 GiB at most");
    if (!status.code) status = twc_png_bands_open(writer);
    if (!status.code) status = guard(writer, create);
    if (!status.code && !writer->info) status = twc_failure(TWC_OUT_OF_MEMORY, "not enough memory to encode the image");
    if (!status.code) status = guard(writer, begin);
    if (!status.code) *result = &writer->common;
    else twc_writer_close(&writer->common);
    return status;
}
