// Writes TIFF files: strips or tiles from rows, or tiles in any order, with overviews.
#include "tiffwriter.h"
#include <stdlib.h>
#include <string.h>

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

static void close_writer(twc_writer *base) {
    twc_tiff_writer *writer = (twc_tiff_writer *)base;
    twc_tiff_bands_close(writer->bands);
    for (uint32_t index = 0; writer->levels && index <= base->options.overviews; index++) {
        // Closing a handle would write its data, which is not wanted any more. After an error the sink takes nothing.
        if (!base->sink.error) base->sink.error = -1;
        if (writer->levels[index].tiff) TIFFClose(writer->levels[index].tiff);
        free(writer->levels[index].written);
    }
    free(writer->levels);
    free(writer->rows);
}

/// Takes a tile of which `width` × `height` pixels lie in the image.
static twc_status put_tile(
    twc_tiff_writer *writer, twc_tiff_level *level, uint32_t column, uint32_t row, const uint8_t *pixels,
    size_t stride) {
    uint32_t side = writer->base.options.tile_side, index = row * level->across + column;
    uint32_t width = least(side, level->width - column * side), height = least(side, level->height - row * side);
    uint8_t bit = (uint8_t)(1u << index % 8);
    if (stride < (size_t)width * writer->base.options.channels * (writer->base.options.depth / 8))
        return twc_failure(TWC_MISUSE, "a stride that is shorter than a tile's row");
    if (level->written[index / 8] & bit) return twc_failure(TWC_MISUSE, "a tile was written twice");
    level->written[index / 8] |= bit;
    level->missing--;
    return twc_tiff_bands_tile(writer->bands, level, index, pixels, stride, width, height);
}

static twc_status write_tile(
    twc_writer *base, uint32_t number, uint32_t column, uint32_t row, const uint8_t *pixels, size_t stride) {
    twc_tiff_writer *writer = (twc_tiff_writer *)base;
    twc_tiff_level *level = &writer->levels[number];
    if (column >= level->across || row >= level->down)
        return twc_failure(TWC_MISUSE, "tile %u, %u is outside of level %u", column, row, number);
    return put_tile(writer, level, column, row, pixels, stride);
}

/// Cuts a row of tiles out of rows of pixels.
static twc_status cut_tiles(twc_tiff_writer *writer, const uint8_t *rows, size_t stride, uint32_t tile_row) {
    const twc_writer_options *options = &writer->base.options;
    twc_tiff_level *level = &writer->levels[0];
    size_t pixel = options->channels * (options->depth / 8);
    for (uint32_t column = 0; column < level->across; column++) {
        const uint8_t *tile = rows + (size_t)column * options->tile_side * pixel;
        twc_status status = put_tile(writer, level, column, tile_row, tile, stride);
        if (status.code) return status;
    }
    return twc_ok();
}

/// Cuts tiles out of the given rows in place, if there are enough rows. Fewer rows are gathered first.
static twc_status cut_rows(twc_tiff_writer *writer, const uint8_t *rows, size_t stride, uint32_t count) {
    const twc_writer_options *options = &writer->base.options;
    uint32_t side = options->tile_side;
    size_t row_bytes = (size_t)options->width * options->channels * (options->depth / 8);
    for (uint32_t index = 0; index < count;) {
        uint32_t row = writer->base.next_row + index, left = options->height - row;
        uint32_t whole = left < side ? left : side;
        const uint8_t *from = rows + index * stride;
        twc_status status = twc_ok();
        if (!writer->filled && count - index >= whole) {
            status = cut_tiles(writer, from, stride, row / side);
            index += whole;
        } else {
            if (!writer->rows) writer->rows = malloc(row_bytes * side);
            if (!writer->rows) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for rows of tiles");
            memcpy(writer->rows + writer->filled++ * row_bytes, from, row_bytes);
            index++;
            if (writer->filled < side && left > 1) continue;
            writer->filled = 0;
            status = cut_tiles(writer, writer->rows, row_bytes, row / side);
        }
        if (status.code) return status;
    }
    return twc_ok();
}

static twc_status write_rows(twc_writer *base, const uint8_t *rows, size_t stride, uint32_t count) {
    twc_tiff_writer *writer = (twc_tiff_writer *)base;
    if (base->options.overviews) return twc_failure(TWC_MISUSE, "rows of a file with overviews, which needs tiles");
    return base->options.tile_side ? cut_rows(writer, rows, stride, count)
        : twc_tiff_bands_rows(writer->bands, rows, stride, count);
}

static twc_status finish(twc_writer *base) {
    twc_tiff_writer *writer = (twc_tiff_writer *)base;
    for (uint32_t index = 0; base->options.tile_side && index <= base->options.overviews; index++)
        if (writer->levels[index].missing)
            return twc_failure(TWC_MISUSE, "%llu tiles of level %u were not written",
                (unsigned long long)writer->levels[index].missing, index);
    twc_status status = twc_tiff_bands_finish(writer->bands);
    return status.code ? status : twc_tiff_level_finish(writer);
}

static const twc_writer_methods methods = {
    .rows = write_rows, .tile = write_tile, .finish = finish, .close = close_writer};

/// The most bytes that pixels can become. LZW has codes of up to 12 bits for a byte. JPEG of quality 100 makes black
/// and white noise 1.9 times as large.
static uint64_t most_bytes(twc_compression compression, uint64_t pixels) {
    switch (compression) {
        case TWC_COMPRESSION_NONE: return pixels;
        case TWC_COMPRESSION_JPEG: return pixels * 2;
        default: return pixels + pixels / 2;
    }
}

/// Whether offsets of 4 bytes might not suffice.
static bool needs_big(const twc_tiff_writer *writer) {
    const twc_writer_options *options = &writer->base.options;
    uint64_t bytes = (uint64_t)writer->base.blocks.bytes * 2 + (1 << 20);
    uint64_t side = options->tile_side ? options->tile_side : 1;
    for (uint32_t index = 0; index <= options->overviews; index++) {
        const twc_tiff_level *level = &writer->levels[index];
        uint64_t width = (level->width + side - 1) / side * side, height = (level->height + side - 1) / side * side;
        bytes += most_bytes(options->compression, width * height * writer->pixel_bytes);
        // Each strip or tile has an offset, a length and some bytes that cannot be compressed.
        bytes += options->tile_side ? (uint64_t)level->across * level->down * 1024 : height * 64;
    }
    return bytes > UINT32_MAX;
}

static twc_status prepare_levels(twc_tiff_writer *writer) {
    const twc_writer_options *options = &writer->base.options;
    uint32_t width = options->width, height = options->height, side = options->tile_side;
    writer->levels = calloc((size_t)options->overviews + 1, sizeof *writer->levels);
    if (!writer->levels) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for overviews");
    for (uint32_t index = 0; index <= options->overviews; index++) {
        twc_tiff_level *level = &writer->levels[index];
        *level = (twc_tiff_level){.index = index, .width = width, .height = height};
        width = width / 2 + width % 2;
        height = height / 2 + height % 2;
        if (!side) continue;
        level->across = (level->width - 1) / side + 1;
        level->down = (level->height - 1) / side + 1;
        level->missing = (uint64_t)level->across * level->down;
        level->written = level->missing <= INT32_MAX ? calloc(level->missing / 8 + 1, 1) : NULL;
        if (!level->written) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a map of tiles");
    }
    return twc_ok();
}

static void measure(twc_tiff_writer *writer) {
    const twc_writer_options *options = &writer->base.options;
    writer->samples = options->is_gray_alpha ? 2 : options->channels;
    writer->pixel_bytes = writer->samples * (options->depth / 8);
    uint64_t rows = (64 << 10) / ((uint64_t)options->width * writer->pixel_bytes);
    // JPEG with subsampled colors has MCUs of 16 rows.
    if (options->compression == TWC_COMPRESSION_JPEG) rows = rows < 16 ? 16 : rows / 16 * 16;
    writer->rows_per_strip = rows < 1 ? 1 : (uint32_t)rows;
}

static twc_status begin(twc_tiff_writer *writer) {
    const twc_writer_options *options = &writer->base.options;
    if (options->compression == TWC_COMPRESSION_JPEG && (options->depth != 8 || options->channels == 4))
        return twc_failure(TWC_UNSUPPORTED, options->depth != 8
                ? "16 bits cannot be written with JPEG compression in TIFF"
                : "alpha cannot be written with JPEG compression in TIFF");
    if (options->tile_side > 8192 || options->overviews > 32)
        return twc_failure(TWC_MISUSE, "tiles of more than 8192 pixels, or more than 32 overviews");
    measure(writer);
    twc_status status = prepare_levels(writer);
    if (status.code) return status;
    writer->is_big = options->is_big || needs_big(writer);
    for (uint32_t index = 0; index <= options->overviews; index++) {
        status = twc_tiff_level_open(writer, &writer->levels[index]);
        if (!status.code) status = twc_tiff_write_layout(writer, &writer->levels[index]);
        if (status.code) return status;
    }
    status = twc_tiff_write_metadata(writer);
    return status.code ? status : twc_tiff_bands_open(writer);
}

twc_status twc_tiff_create(twc_sink *sink, const twc_writer_options *options, twc_writer **result) {
    twc_tiff_writer *writer = (twc_tiff_writer *)twc_writer_allocate(sizeof *writer, &methods, sink, options);
    *result = NULL;
    if (!writer) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a writer");
    twc_status status = begin(writer);
    if (status.code)
        twc_writer_close(&writer->base);
    else
        *result = &writer->base;
    return status;
}
