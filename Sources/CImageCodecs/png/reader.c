// Rows of PNG files, by libpng.
#include "png_reader.h"
#include <stdlib.h>
#include <string.h>

static void create(twc_png_reader *reader) {
    reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, twc_png_on_error, twc_png_on_warning);
    if (reader->png) reader->png_info = png_create_info_struct(reader->png);
}

/// Reads the header, and tells libpng which rows are wanted.
static void begin(twc_png_reader *reader) {
    const twc_info *info = &reader->common.info;
    png_structp png = reader->png;
    png_set_read_fn(png, reader, twc_png_read_stream);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_benign_errors(png, 1);
    // Some programs state a smaller window than they use. The checksum at the end shows whether the pixels are right.
    png_set_option(png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
    if (reader->has_other_sum) png_set_option(png, PNG_IGNORE_ADLER32, PNG_OPTION_ON);
    png_read_info(png, reader->png_info);
    if (info->color == TWC_PALETTE) png_set_packing(png);
    else if (info->stored_depth < 8 || reader->has_transparency) png_set_expand(png);
    if (info->depth == 16 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) png_set_swap(png);
    if (info->is_gray_alpha) png_set_gray_to_rgb(png);
    if (info->channels > 1 && info->color != TWC_PALETTE) png_set_bgr(png);
    if (reader->is_interlaced) png_set_interlace_handling(png);
    png_read_update_info(png, reader->png_info);
    if (png_get_rowbytes(png, reader->png_info) != twc_row_bytes(info) - reader->index_start)
        png_error(png, "rows of another size");
}

/// Where libpng has to put a row.
static uint8_t *row_at(const twc_png_reader *reader, uint32_t row) {
    return reader->target + row * reader->stride + reader->index_start;
}

static void read_rows(twc_png_reader *reader) {
    for (uint32_t row = 0; row < reader->count; row++) png_read_row(reader->png, row_at(reader, row), NULL);
}

/// Turns palette indices into colors, in complete rows of the target. libpng would not report an index beyond the
/// palette.
static void apply_palette(twc_png_reader *reader, uint32_t end) {
    uint32_t width = reader->common.info.width, channels = reader->common.info.channels;
    uint8_t highest = reader->highest_index;
    for (; reader->index_start && reader->applied < end; reader->applied++) {
        const uint8_t *index = row_at(reader, reader->applied);
        uint8_t *to = reader->target + reader->applied * reader->stride;
        // Indices lie at the end of their row, so colors never overwrite an index that is still needed.
        for (uint32_t x = 0; x < width; x++, to += channels) {
            uint8_t value = index[x];
            const uint8_t *color = reader->colors[value];
            if (value > highest) highest = value;
            to[0] = color[0];
            to[1] = color[1];
            to[2] = color[2];
            if (channels == 4) to[3] = color[3];
        }
    }
    reader->highest_index = highest;
}

static void read_passes(twc_png_reader *reader) {
    uint32_t height = reader->common.info.height;
    for (int pass = 0; pass < 7; pass++)
        for (uint32_t row = 0; row < height; row++) {
            png_read_row(reader->png, row_at(reader, row), NULL);
            if (pass < 6 || !reader->progress || (row % 16 != 15 && row != height - 1)) continue;
            apply_palette(reader, row + 1);
            if (!reader->progress(reader->context, row + 1)) continue;
            reader->failure = twc_failure(TWC_STOPPED, "reading was stopped");
            return;
        }
}

/// After the last row: verifies the checksum of all pixels.
static twc_status check_end(twc_png_reader *reader) {
    if (reader->has_wrong_checksum) return twc_png_wrong_sum();
    uint32_t colors = reader->palette_bytes / 3;
    if (reader->common.info.color == TWC_PALETTE && reader->highest_index >= colors)
        twc_note(&reader->common.notes, "pixels refer to colors beyond the %u of the palette; they became black",
            colors);
    return twc_ok();
}

static twc_status give_rows(twc_reader *common, uint8_t *rows, size_t stride, uint32_t count) {
    twc_png_reader *reader = (twc_png_reader *)common;
    reader->target = rows;
    reader->stride = stride;
    reader->count = count;
    reader->applied = 0;
    twc_status status = twc_png_guard(reader, read_rows);
    if (!status.code) apply_palette(reader, count);
    if (status.code || count < common->info.height - common->next_row) return status;
    return check_end(reader);
}

static twc_status give_all(
    twc_reader *common, uint8_t *pixels, size_t stride, twc_progress progress, void *context) {
    twc_png_reader *reader = (twc_png_reader *)common;
    reader->target = pixels;
    reader->stride = stride;
    reader->progress = progress;
    reader->context = context;
    reader->failure = twc_ok();
    twc_status status = twc_png_guard(reader, read_passes);
    if (!status.code) status = reader->failure;
    if (!status.code) apply_palette(reader, common->info.height);
    return status.code ? status : check_end(reader);
}

static twc_status finish(twc_reader *common) {
    twc_png_reader *reader = (twc_png_reader *)common;
    if (common->next_row < common->info.height) return twc_ok();
    if (reader->has_extra_data || twc_png_has_more(reader))
        twc_note(&common->notes, "pixel data behind the last row was ignored");
    uint64_t left = common->source.size - reader->end;
    if (!reader->has_end && left)
        twc_note(&common->notes, "the end of the file, from byte %llu on, is damaged or cut off; all rows are there",
            (unsigned long long)reader->end);
    else if (!reader->has_end)
        twc_note(&common->notes, "the file has no end marker (the chunk IEND); all rows are there");
    else if (left)
        twc_note_junk(&common->notes, left);
    return twc_ok();
}

static void close_reader(twc_reader *common) {
    twc_png_reader *reader = (twc_png_reader *)common;
    if (reader->png) png_destroy_read_struct(&reader->png, &reader->png_info, NULL);
}

static const twc_reader_methods by_rows = {.rows = give_rows, .finish = finish, .close = close_reader};
static const twc_reader_methods whole = {
    .rows = give_rows, .all = give_all, .finish = finish, .close = close_reader};

twc_status twc_png_open(twc_source *source, const twc_reader_options *options, twc_reader **result) {
    return twc_png_open_stream(source, options, false, result);
}

twc_status twc_png_open_stream(
    twc_source *source, const twc_reader_options *options, bool has_other_sum, twc_reader **result) {
    twc_png_reader *reader =
        (twc_png_reader *)twc_reader_allocate(sizeof *reader, &by_rows, source, options);
    *result = NULL;
    if (!reader) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a reader");
    reader->has_other_sum = has_other_sum;
    twc_status status = twc_png_scan(reader);
    if (!status.code) {
        if (reader->is_interlaced) reader->common.methods = &whole;
        twc_png_begin_stream(reader);
        status = twc_png_guard(reader, create);
    }
    if (!status.code && !reader->png_info)
        status = twc_failure(TWC_OUT_OF_MEMORY, "not enough memory to decode the image");
    if (!status.code) status = twc_png_guard(reader, begin);
    if (!status.code) *result = &reader->common;
    else twc_reader_close(&reader->common);
    return status;
}
