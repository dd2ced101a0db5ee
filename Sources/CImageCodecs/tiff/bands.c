// Encodes strips and tiles in parallel, and writes them in the order in which they came.
#include "../common/bands.h"
#include "tiffwriter.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    /// The pixels as the caller gave them.
    uint8_t *pixels;
    uint32_t width;
    uint32_t rows;
    twc_tiff_level *level;
    /// The number of the first strip, or of the tile.
    uint32_t first;
    twc_buffer bytes;
    /// Where each strip or tile ends in the encoded bytes.
    size_t *ends;
    twc_status status;
} slot;

struct twc_tiff_bands {
    twc_tiff_writer *writer;
    twc_bands *bands;
    twc_bands_plan plan;
    /// Strips in a band, and bytes of a row that the caller gives.
    uint32_t pieces;
    size_t row_bytes;
    slot *slots;
    twc_tiff_encoder *encoders;
    slot *filling;
    uint32_t row;
};

static void work(void *context, uint32_t thread, uint32_t index) {
    const twc_tiff_bands *self = context;
    const twc_tiff_writer *writer = self->writer;
    slot *band = &self->slots[index];
    band->bytes.count = 0;
    band->status = twc_ok();
    if (writer->base.options.tile_side) {
        band->status = twc_tiff_encode_tile(
            writer, &self->encoders[thread], band->pixels, band->width, band->rows, &band->bytes);
        band->ends[0] = band->bytes.count;
        return;
    }
    uint32_t step = writer->rows_per_strip;
    for (uint32_t row = 0; row < band->rows && !band->status.code; row += step) {
        uint32_t rows = band->rows - row < step ? band->rows - row : step;
        band->status = twc_tiff_encode_strip(
            writer, &self->encoders[thread], band->pixels + row * self->row_bytes, rows, &band->bytes);
        band->ends[row / step] = band->bytes.count;
    }
}

static twc_status put(void *context, uint32_t index) {
    twc_tiff_bands *self = context;
    twc_tiff_writer *writer = self->writer;
    slot *band = &self->slots[index];
    bool is_tile = writer->base.options.tile_side;
    uint32_t pieces = is_tile ? 1 : (band->rows - 1) / writer->rows_per_strip + 1;
    size_t at = 0;
    for (uint32_t piece = 0; piece < pieces && !band->status.code; piece++) {
        tmsize_t count = (tmsize_t)(band->ends[piece] - at);
        tmsize_t written = is_tile
            ? TIFFWriteRawTile(band->level->tiff, band->first, band->bytes.bytes + at, count)
            : TIFFWriteRawStrip(band->level->tiff, band->first + piece, band->bytes.bytes + at, count);
        if (written != count || writer->base.sink.error) return twc_tiff_write_failure(writer);
        at = band->ends[piece];
    }
    return band->status;
}

twc_status twc_tiff_bands_rows(twc_tiff_bands *self, const uint8_t *rows, size_t stride, uint32_t count) {
    twc_tiff_writer *writer = self->writer;
    for (; count; count--, rows += stride) {
        if (!self->filling) {
            uint32_t index;
            twc_status status = twc_bands_next(self->bands, &index);
            if (status.code) return status;
            self->filling = &self->slots[index];
            self->filling->level = &writer->levels[0];
            self->filling->first = self->row / writer->rows_per_strip;
            self->filling->rows = 0;
        }
        memcpy(self->filling->pixels + self->filling->rows++ * self->row_bytes, rows, self->row_bytes);
        if (++self->row < writer->base.options.height && self->filling->rows < self->pieces * writer->rows_per_strip)
            continue;
        self->filling = NULL;
        twc_bands_submit(self->bands);
    }
    return twc_ok();
}

twc_status twc_tiff_bands_tile(
    twc_tiff_bands *self, twc_tiff_level *level, uint32_t index, const uint8_t *pixels, size_t stride, uint32_t width,
    uint32_t height) {
    const twc_writer_options *options = &self->writer->base.options;
    size_t row_bytes = (size_t)width * options->channels * (options->depth / 8);
    uint32_t number;
    twc_status status = twc_bands_next(self->bands, &number);
    if (status.code) return status;
    slot *band = &self->slots[number];
    band->level = level;
    band->first = index;
    band->width = width;
    band->rows = height;
    for (uint32_t y = 0; y < height; y++) memcpy(band->pixels + y * row_bytes, pixels + y * stride, row_bytes);
    twc_bands_submit(self->bands);
    return twc_ok();
}

twc_status twc_tiff_bands_finish(twc_tiff_bands *self) { return twc_bands_drain(self->bands); }

/// Chooses the size of a band, and measures the memory that it takes.
static size_t measure(twc_tiff_bands *self) {
    const twc_writer_options *options = &self->writer->base.options;
    size_t pixel = options->channels * (options->depth / 8), side = options->tile_side;
    uint64_t bands = 0, bytes = twc_bands_bytes((uint64_t)options->width * options->height * pixel);
    self->row_bytes = options->width * pixel;
    self->pieces = 1;
    size_t strip = side ? side * side * pixel : self->row_bytes * self->writer->rows_per_strip;
    // Each tile is a band.
    if (!side && bytes > strip) self->pieces = (uint32_t)(bytes / strip);
    for (uint32_t index = 0; side && index <= options->overviews; index++)
        bands += (uint64_t)self->writer->levels[index].across * self->writer->levels[index].down;
    if (!side) bands = (options->height - 1) / ((uint64_t)self->writer->rows_per_strip * self->pieces) + 1;
    // A slot holds pixels, their encoded bytes, and bytes in between. Without compression, threads would not help.
    twc_bands_size(&self->plan, options->compression == TWC_COMPRESSION_NONE ? 1 : options->threads, bands,
        3 * self->pieces * strip);
    return self->pieces * strip;
}

/// Sets the fields that all JPEG strips and tiles share. They must be known before the first is written, and an encoder
/// knows them once it has encoded something.
static twc_status set_jpeg_fields(twc_tiff_bands *self) {
    twc_tiff_writer *writer = self->writer;
    slot *band = &self->slots[0];
    bool is_tile = writer->base.options.tile_side;
    // One row or one pixel is enough for that.
    memset(band->pixels, 0, is_tile ? sizeof(uint64_t) : self->row_bytes);
    twc_status status = is_tile
        ? twc_tiff_encode_tile(writer, &self->encoders[0], band->pixels, 1, 1, &band->bytes)
        : twc_tiff_encode_strip(writer, &self->encoders[0], band->pixels, 1, &band->bytes);
    for (uint32_t index = 0; !status.code && index <= writer->base.options.overviews; index++)
        if (!twc_tiff_copy_jpeg_fields(&self->encoders[0], writer->levels[index].tiff))
            status = twc_tiff_write_failure(writer);
    return status;
}

twc_status twc_tiff_bands_open(twc_tiff_writer *writer) {
    const twc_status no_memory = twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for bands of rows");
    twc_tiff_bands *self = writer->bands = calloc(1, sizeof *self);
    if (!self) return no_memory;
    self->writer = writer;
    size_t bytes = measure(self);
    self->plan.work = work;
    self->plan.put = put;
    self->plan.context = self;
    self->slots = calloc(self->plan.slots, sizeof *self->slots);
    self->encoders = calloc(self->plan.threads, sizeof *self->encoders);
    if (!self->slots || !self->encoders) return no_memory;
    for (uint32_t index = 0; index < self->plan.slots; index++) {
        slot *band = &self->slots[index];
        band->bytes.capacity = bytes / 2 + (64 << 10);
        band->bytes.bytes = malloc(band->bytes.capacity);
        band->pixels = malloc(bytes);
        band->ends = calloc(self->pieces, sizeof *band->ends);
        if (!band->bytes.bytes || !band->pixels || !band->ends) return no_memory;
    }
    for (uint32_t index = 0; index < self->plan.threads; index++) {
        twc_status status = twc_tiff_encoder_open(writer, &self->encoders[index]);
        if (status.code) return status;
    }
    if (writer->base.options.compression == TWC_COMPRESSION_JPEG) {
        twc_status status = set_jpeg_fields(self);
        if (status.code) return status;
    }
    return twc_bands_open(&self->plan, &self->bands);
}

void twc_tiff_bands_close(twc_tiff_bands *self) {
    if (!self) return;
    twc_bands_close(self->bands);
    for (uint32_t index = 0; self->encoders && index < self->plan.threads; index++)
        twc_tiff_encoder_close(&self->encoders[index]);
    for (uint32_t index = 0; self->slots && index < self->plan.slots; index++) {
        free(self->slots[index].pixels);
        free(self->slots[index].bytes.bytes);
        free(self->slots[index].ends);
    }
    free(self->slots);
    free(self->encoders);
    free(self);
}
