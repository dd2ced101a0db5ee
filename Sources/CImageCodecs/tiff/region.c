// Rows and regions. Some rows of decoded blocks are kept, so that each is decoded once if rows are read in order.
#include "tiff.h"
#include <stdlib.h>
#include <string.h>

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

typedef struct {
    uint32_t x;
    uint32_t y;
    uint32_t width;
    uint32_t height;
} rectangle;

/// The part of the image that a block covers.
static rectangle block_area(const twc_tiff_reader *reader, uint32_t column, uint32_t row) {
    const twc_tiff_layout *layout = &reader->layout;
    const twc_info *info = &reader->base.info;
    rectangle area = {.x = column * layout->block_width, .y = row * layout->block_height};
    area.width = least(layout->block_width, info->width - area.x);
    area.height = least(layout->block_height, info->height - area.y);
    return area;
}

static twc_status decode_into(
    twc_tiff_reader *reader, uint32_t column, uint32_t row, rectangle area, uint8_t *pixels, size_t stride) {
    twc_status status = twc_tiff_decode_block(reader, column, row);
    if (status.code) return status;
    const twc_tiff_layout *layout = &reader->layout;
    bool is_spread = layout->across_subsampling > 1 || layout->down_subsampling > 1;
    const uint8_t *bytes = reader->decoded + (is_spread ? reader->plane_bytes : 0);
    for (uint32_t line = 0; line < area.height; line++, bytes += layout->row_bytes, pixels += stride)
        twc_tiff_convert_row(reader, bytes, reader->plane_bytes, 0, area.width, pixels);
    return twc_ok();
}

uint64_t twc_tiff_band_bytes(const twc_tiff_reader *reader) {
    const twc_info *info = &reader->base.info;
    return (uint64_t)twc_row_bytes(info) * least(reader->layout.block_height, info->height);
}

/// Allocates slots for as many rows of blocks as `TWC_TIFF_CACHE` holds: one at least and four at most.
static twc_status prepare_slots(twc_tiff_reader *reader) {
    const twc_tiff_layout *layout = &reader->layout;
    uint64_t rows = TWC_TIFF_CACHE / twc_tiff_band_bytes(reader);
    reader->slot_rows = rows < 1 ? 1 : rows > 4 ? 4 : (uint32_t)rows;
    reader->slots = calloc((size_t)reader->slot_rows * layout->across, sizeof *reader->slots);
    return reader->slots ? twc_ok() : twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a row of tiles");
}

/// The pixels of a block from the slots. If they are not there, decodes the block.
static twc_status block_pixels(
    twc_tiff_reader *reader, uint32_t column, uint32_t row, rectangle area, const uint8_t **pixels) {
    const twc_info *info = &reader->base.info;
    size_t pixel = info->channels * (info->depth / 8);
    twc_tiff_slot *slot = &reader->slots[(size_t)(row % reader->slot_rows) * reader->layout.across + column];
    if (!slot->pixels) {
        uint32_t height = least(reader->layout.block_height, info->height);
        slot->pixels = malloc((size_t)area.width * height * pixel);
        if (!slot->pixels) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a tile");
    }
    *pixels = slot->pixels;
    if (slot->row == row + 1) return twc_ok();
    slot->row = 0;
    twc_status status = decode_into(reader, column, row, area, slot->pixels, area.width * pixel);
    if (!status.code) slot->row = row + 1;
    return status;
}

static bool is_inside(rectangle part, rectangle whole) {
    return part.x >= whole.x && part.y >= whole.y && part.x + part.width <= whole.x + whole.width
        && part.y + part.height <= whole.y + whole.height;
}

/// Copies the part of a block that lies in the wanted area.
static twc_status copy_block(
    twc_tiff_reader *reader, uint32_t column, uint32_t row, rectangle wanted, uint8_t *pixels, size_t stride) {
    const twc_info *info = &reader->base.info;
    size_t pixel = info->channels * (info->depth / 8);
    rectangle area = block_area(reader, column, row);
    uint32_t left = area.x > wanted.x ? area.x : wanted.x, top = area.y > wanted.y ? area.y : wanted.y;
    uint32_t right = least(area.x + area.width, wanted.x + wanted.width);
    uint32_t bottom = least(area.y + area.height, wanted.y + wanted.height);
    uint8_t *target = pixels + (size_t)(top - wanted.y) * stride + (size_t)(left - wanted.x) * pixel;
    const twc_tiff_slot *slot = &reader->slots[(size_t)(row % reader->slot_rows) * reader->layout.across + column];
    if (slot->row != row + 1 && is_inside(area, wanted))
        return decode_into(reader, column, row, area, target, stride);
    const uint8_t *source = NULL;
    twc_status status = block_pixels(reader, column, row, area, &source);
    if (status.code) return status;
    source += ((size_t)(top - area.y) * area.width + (left - area.x)) * pixel;
    for (uint32_t line = top; line < bottom; line++, target += stride, source += area.width * pixel)
        memcpy(target, source, (size_t)(right - left) * pixel);
    return twc_ok();
}

static twc_status blocks_region(twc_tiff_reader *reader, rectangle wanted, uint8_t *pixels, size_t stride) {
    const twc_tiff_layout *layout = &reader->layout;
    if (!reader->slots) {
        twc_status status = prepare_slots(reader);
        if (status.code) return status;
    }
    uint32_t last_row = (wanted.y + wanted.height - 1) / layout->block_height;
    uint32_t last_column = (wanted.x + wanted.width - 1) / layout->block_width;
    for (uint32_t row = wanted.y / layout->block_height; row <= last_row; row++)
        for (uint32_t column = wanted.x / layout->block_width; column <= last_column; column++) {
            twc_status status = copy_block(reader, column, row, wanted, pixels, stride);
            if (status.code) return status;
        }
    return twc_ok();
}

twc_status twc_tiff_region(
    twc_reader *base, uint32_t x, uint32_t y, uint32_t width, uint32_t height, uint8_t *pixels, size_t stride) {
    twc_tiff_reader *reader = (twc_tiff_reader *)base;
    if (reader->layout.mode == TWC_TIFF_BLOCKS)
        return blocks_region(reader, (rectangle){x, y, width, height}, pixels, stride);
    for (uint32_t line = 0; line < height; line++, pixels += stride) {
        twc_status status = twc_tiff_read_row(reader, y + line, x, width, pixels);
        if (status.code) return status;
    }
    return twc_ok();
}

twc_status twc_tiff_rows(twc_reader *base, uint8_t *rows, size_t stride, uint32_t count) {
    twc_tiff_reader *reader = (twc_tiff_reader *)base;
    if (reader->old_jpeg) return twc_tiff_old_jpeg_rows(reader, rows, stride, count);
    return twc_tiff_region(base, 0, base->next_row, base->info.width, count, rows, stride);
}
