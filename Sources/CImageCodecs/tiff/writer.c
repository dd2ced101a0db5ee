// Writes TIFF files: strips or tiles from rows, or tiles in any order, with overviews.
#include "tiffwriter.h"
#include <stdlib.h>
#include <string.h>

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

static void close_writer(twc_writer *base) {
    twc_tiff_writer *writer = (twc_tiff_writer *)base;
    for (uint32_t index = 0; writer->levels && index <= base->options.overviews; index++) {
        // A handle that is closed writes what it has; nothing of that is wanted any more.
        if (!base->sink.error) base->sink.error = -1;
        if (writer->levels[index].tiff) TIFFClose(writer->levels[index].tiff);
        free(writer->levels[index].written);
    }
    free(writer->levels);
    free(writer->band);
    free(writer->tile);
    free(writer->row);
}

/// A row of pixels as it is stored.
static void store_row(twc_tiff_writer *writer, const uint8_t *pixels, uint32_t width, uint8_t *stored) {
    const twc_writer_options *options = &writer->base.options;
    uint32_t channels = options->channels, size = options->depth / 8;
    if (channels == 1) {
        memcpy(stored, pixels, (size_t)width * size);
        return;
    }
    if (channels == 4 && options->is_alpha_associated) {
        memcpy(writer->row, pixels, (size_t)width * 4 * size);
        twc_alpha_multiply(writer->row, width, options->depth);
        pixels = writer->row;
    }
    uint32_t step = writer->pixel_bytes;
    for (uint32_t x = 0; x < width; x++, pixels += channels * size, stored += step) {
        if (writer->samples == 2) {
            memcpy(stored, pixels, size);
            memcpy(stored + size, pixels + 3 * size, size);
        } else if (size == 1) {
            stored[0] = pixels[2];
            stored[1] = pixels[1];
            stored[2] = pixels[0];
            if (channels == 4) stored[3] = pixels[3];
        } else {
            memcpy(stored, pixels + 4, 2);
            memcpy(stored + 2, pixels + 2, 2);
            memcpy(stored + 4, pixels, 2);
            if (channels == 4) memcpy(stored + 6, pixels + 6, 2);
        }
    }
}

/// Repeats the last pixel to the right and the last row downwards, so that a tile at the edge compresses well.
static void fill_tile(twc_tiff_writer *writer, uint32_t width, uint32_t height) {
    uint32_t side = writer->base.options.tile_side, step = writer->pixel_bytes;
    size_t stride = (size_t)side * step;
    for (uint32_t y = 0; y < height; y++) {
        uint8_t *row = writer->tile + y * stride;
        for (uint32_t x = width; x < side; x++) memcpy(row + (size_t)x * step, row + (size_t)(width - 1) * step, step);
    }
    for (uint32_t y = height; y < side; y++)
        memcpy(writer->tile + y * stride, writer->tile + (size_t)(height - 1) * stride, stride);
}

/// Encodes `writer->tile`, whose part in the image is `width` × `height`.
static twc_status put_tile(
    twc_tiff_writer *writer, twc_tiff_level *level, uint32_t column, uint32_t row, uint32_t width, uint32_t height) {
    uint32_t side = writer->base.options.tile_side, index = row * level->across + column;
    fill_tile(writer, width, height);
    uint8_t bit = (uint8_t)(1u << index % 8);
    if (level->written[index / 8] & bit) return twc_failure(TWC_MISUSE, "a tile was written twice");
    level->written[index / 8] |= bit;
    level->missing--;
    tmsize_t bytes = (tmsize_t)side * side * writer->pixel_bytes;
    if (TIFFWriteEncodedTile(level->tiff, index, writer->tile, bytes) != bytes || writer->base.sink.error)
        return twc_tiff_write_failure(writer);
    return twc_ok();
}

static twc_status write_tile(
    twc_writer *base, uint32_t number, uint32_t column, uint32_t row, const uint8_t *pixels, size_t stride) {
    twc_tiff_writer *writer = (twc_tiff_writer *)base;
    twc_tiff_level *level = &writer->levels[number];
    uint32_t side = base->options.tile_side;
    if (column >= level->across || row >= level->down)
        return twc_failure(TWC_MISUSE, "tile %u, %u is outside of level %u", column, row, number);
    uint32_t width = least(side, level->width - column * side), height = least(side, level->height - row * side);
    if (stride < (size_t)width * base->options.channels * (base->options.depth / 8))
        return twc_failure(TWC_MISUSE, "a stride that is shorter than a tile's row");
    for (uint32_t y = 0; y < height; y++)
        store_row(writer, pixels + y * stride, width, writer->tile + (size_t)y * side * writer->pixel_bytes);
    return put_tile(writer, level, column, row, width, height);
}

/// Encodes the rows that have gathered: a strip, or a row of tiles.
static twc_status flush_band(twc_tiff_writer *writer, uint32_t index) {
    twc_tiff_level *level = &writer->levels[0];
    uint32_t side = writer->base.options.tile_side, rows = writer->filled;
    size_t row_bytes = (size_t)level->width * writer->pixel_bytes;
    writer->filled = 0;
    if (!side) {
        tmsize_t bytes = (tmsize_t)(row_bytes * rows);
        if (TIFFWriteEncodedStrip(level->tiff, index, writer->band, bytes) != bytes || writer->base.sink.error)
            return twc_tiff_write_failure(writer);
        return twc_ok();
    }
    for (uint32_t column = 0; column < level->across; column++) {
        uint32_t width = least(side, level->width - column * side);
        const uint8_t *from = writer->band + (size_t)column * side * writer->pixel_bytes;
        for (uint32_t y = 0; y < rows; y++)
            memcpy(writer->tile + (size_t)y * side * writer->pixel_bytes, from + y * row_bytes,
                (size_t)width * writer->pixel_bytes);
        twc_status status = put_tile(writer, level, column, index, width, rows);
        if (status.code) return status;
    }
    return twc_ok();
}

static twc_status write_rows(twc_writer *base, const uint8_t *rows, size_t stride, uint32_t count) {
    twc_tiff_writer *writer = (twc_tiff_writer *)base;
    size_t row_bytes = (size_t)base->options.width * writer->pixel_bytes;
    if (base->options.overviews) return twc_failure(TWC_MISUSE, "rows of a file with overviews, which needs tiles");
    if (!writer->band) writer->band = malloc(row_bytes * writer->band_rows);
    if (!writer->band) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a band of rows");
    for (uint32_t index = 0; index < count; index++) {
        uint32_t row = base->next_row + index;
        store_row(writer, rows + index * stride, base->options.width, writer->band + writer->filled * row_bytes);
        if (++writer->filled < writer->band_rows && row + 1 < base->options.height) continue;
        twc_status status = flush_band(writer, row / writer->band_rows);
        if (status.code) return status;
    }
    return twc_ok();
}

static twc_status finish(twc_writer *base) {
    twc_tiff_writer *writer = (twc_tiff_writer *)base;
    for (uint32_t index = 0; base->options.tile_side && index <= base->options.overviews; index++)
        if (writer->levels[index].missing)
            return twc_failure(TWC_MISUSE, "%llu tiles of level %u were not written",
                (unsigned long long)writer->levels[index].missing, index);
    return twc_tiff_level_finish(writer);
}

static const twc_writer_methods methods = {
    .rows = write_rows, .tile = write_tile, .finish = finish, .close = close_writer};

/// Whether offsets of 4 bytes might not be enough, if compression made everything half as large again.
static bool needs_big(const twc_tiff_writer *writer) {
    const twc_writer_options *options = &writer->base.options;
    uint64_t bytes = (uint64_t)writer->base.blocks.bytes * 2 + (1 << 20);
    uint64_t side = options->tile_side ? options->tile_side : 1;
    for (uint32_t index = 0; index <= options->overviews; index++) {
        const twc_tiff_level *level = &writer->levels[index];
        uint64_t width = (level->width + side - 1) / side * side, height = (level->height + side - 1) / side * side;
        uint64_t pixels = width * height * writer->pixel_bytes;
        bytes += options->compression == TWC_COMPRESSION_NONE ? pixels : pixels + pixels / 2;
        // Each strip or tile has an offset, a length and some bytes that no compression saves.
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

static twc_status prepare_buffers(twc_tiff_writer *writer) {
    const twc_writer_options *options = &writer->base.options;
    uint32_t side = options->tile_side;
    writer->samples = options->is_gray_alpha ? 2 : options->channels;
    writer->pixel_bytes = writer->samples * (options->depth / 8);
    uint64_t rows = (64 << 10) / ((uint64_t)options->width * writer->pixel_bytes);
    // Rows of blocks of JPEG with colors of half the size.
    if (options->compression == TWC_COMPRESSION_JPEG) rows = rows < 16 ? 16 : rows / 16 * 16;
    writer->rows_per_strip = rows < 1 ? 1 : (uint32_t)rows;
    writer->band_rows = side ? side : writer->rows_per_strip;
    writer->row = malloc((size_t)options->width * options->channels * (options->depth / 8));
    if (side) writer->tile = malloc((size_t)side * side * writer->pixel_bytes);
    return writer->row && (!side || writer->tile) ? twc_ok()
        : twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a tile");
}

static twc_status begin(twc_tiff_writer *writer) {
    const twc_writer_options *options = &writer->base.options;
    if (options->compression == TWC_COMPRESSION_JPEG && (options->depth != 8 || options->channels == 4))
        return twc_failure(TWC_UNSUPPORTED, options->depth != 8
                ? "16 bits cannot be written with JPEG compression in TIFF"
                : "alpha cannot be written with JPEG compression in TIFF");
    if (options->tile_side > 8192 || options->overviews > 32)
        return twc_failure(TWC_MISUSE, "tiles of more than 8192 pixels, or more than 32 overviews");
    twc_status status = prepare_buffers(writer);
    if (!status.code) status = prepare_levels(writer);
    if (status.code) return status;
    writer->is_big = options->is_big || needs_big(writer);
    for (uint32_t index = 0; index <= options->overviews; index++) {
        status = twc_tiff_level_open(writer, &writer->levels[index]);
        if (!status.code) status = twc_tiff_write_layout(writer, &writer->levels[index]);
        if (status.code) return status;
    }
    return twc_tiff_write_metadata(writer);
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
