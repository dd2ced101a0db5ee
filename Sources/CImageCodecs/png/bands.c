// The pixels of a PNG file: bands of rows are filtered and compressed separately, as pieces of one zlib stream. Neither
// their number nor the file's bytes depend on the number of threads.
#include "deflate.h"
#include "filter.h"
#include "png_writer.h"
#include "stored.h"
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/// The length and the type in front of a chunk's data.
enum { HEAD = 8 };

typedef struct {
    /// The last row of the band before, then the given rows. They are converted in place to the form that PNG stores.
    uint8_t *rows;
    uint32_t count;
    bool is_first, is_last;
    uint8_t *filtered;
    size_t filtered_count;
    uint32_t sum;
    /// A chunk without the last bytes of its data and its checksum. No data if it did not fit, which cannot happen.
    uint8_t *chunk;
    size_t data_count;
} slot;

struct twc_png_bands {
    twc_png_writer *writer;
    twc_bands *bands;
    uint32_t rows, level;
    size_t row_bytes, stored_bytes, step, chunk_capacity;
    twc_bands_plan plan;
    slot *slots;
    twc_png_deflater **deflaters;
    /// A filtered row for each thread.
    uint8_t **scratch;
    /// The last row of the band before.
    uint8_t *last;
    slot *filling;
    uint64_t row;
    uint32_t sum;
};

static void filter(const twc_png_bands *self, slot *band, uint8_t *scratch) {
    size_t stride = self->row_bytes;
    const twc_writer_options *options = &self->writer->common.options;
    for (uint32_t row = 0; row <= band->count; row++) twc_png_store_row(options, band->rows + row * stride);
    twc_png_filter chosen = self->level > 1 ? TWC_FILTER_NONE
        : twc_png_filter_of_band(band->rows, band->count, stride, self->stored_bytes, self->step, scratch);
    for (uint32_t row = 0; row < band->count; row++) {
        const uint8_t *above = band->rows + row * stride;
        uint8_t *to = band->filtered + row * (self->stored_bytes + 1);
        // The first row of a band does not refer to the row above, so that the band can be read alone.
        bool is_apart = !row && !band->is_first;
        twc_png_filter used = is_apart && chosen == TWC_FILTER_UP ? TWC_FILTER_SUB : chosen;
        if (self->level < 2) twc_png_filter_row(used, above + stride, above, self->stored_bytes, self->step, to);
        else twc_png_filter_best(
            above + stride, is_apart ? NULL : above, self->stored_bytes, self->step, to, scratch);
    }
    band->filtered_count = band->count * (self->stored_bytes + 1);
}

static void work(void *context, uint32_t thread, uint32_t index) {
    const twc_png_bands *self = context;
    slot *band = &self->slots[index];
    filter(self, band, self->scratch[thread]);
    band->sum = isal_adler32(1, band->filtered, band->filtered_count);
    uint8_t *data = band->chunk + HEAD;
    // zlib headers: a window of 32 KiB, a rough compression level, and check bits.
    static const uint8_t heads[3][2] = {{0x78, 0x01}, {0x78, 0x5E}, {0x78, 0xDA}};
    size_t head = band->is_first ? 2 : 0;
    memcpy(data, heads[self->level < 2 ? 0 : self->level < 6 ? 1 : 2], head);
    size_t count = twc_png_deflate(self->deflaters[thread], band->filtered, band->filtered_count, band->is_last,
        data + head, self->chunk_capacity - HEAD - head);
    band->data_count = count ? head + count : 0;
    memcpy(band->chunk + 4, "IDAT", 4);
    twc_put_be32(band->chunk + HEAD + band->data_count, crc32_gzip_refl(0, band->chunk + 4, 4 + band->data_count));
}

static twc_status put(void *context, uint32_t index) {
    twc_png_bands *self = context;
    slot *band = &self->slots[index];
    if (!band->data_count) return twc_failure(TWC_MISUSE, "compressed rows exceed their largest size");
    uint8_t *end = band->chunk + HEAD + band->data_count;
    self->sum = band->is_first ? band->sum
        : (uint32_t)adler32_combine(self->sum, band->sum, (z_off_t)band->filtered_count);
    if (band->is_last) {
        // The Adler-32 sum of all bands ends the stream.
        uint32_t check = twc_be32(end);
        twc_put_be32(end, self->sum);
        twc_put_be32(end + 4, crc32_gzip_refl(check, end, 4));
        band->data_count += 4;
        end += 4;
    }
    twc_put_be32(band->chunk, (uint32_t)band->data_count);
    twc_sink *sink = &self->writer->common.sink;
    twc_writer_index_add(&self->writer->common);
    return twc_sink_write(sink, band->chunk, (size_t)(end + 4 - band->chunk)) ? twc_ok() : twc_sink_failure(sink);
}

static twc_status begin_band(twc_png_bands *self) {
    uint32_t index;
    twc_status status = twc_bands_next(self->bands, &index);
    if (status.code) return status;
    slot *band = self->filling = &self->slots[index];
    band->is_first = !self->row;
    band->count = 0;
    memcpy(band->rows, self->last, self->row_bytes);
    return status;
}

twc_status twc_png_bands_rows(twc_png_bands *self, const uint8_t *rows, size_t stride, uint32_t count) {
    for (; count; count--, rows += stride) {
        twc_status status = self->filling ? twc_ok() : begin_band(self);
        if (status.code) return status;
        slot *band = self->filling;
        memcpy(band->rows + ++band->count * self->row_bytes, rows, self->row_bytes);
        band->is_last = ++self->row == self->writer->common.options.height;
        if (band->count < self->rows && !band->is_last) continue;
        memcpy(self->last, rows, self->row_bytes);
        self->filling = NULL;
        twc_bands_submit(self->bands);
    }
    return twc_ok();
}

twc_status twc_png_bands_finish(twc_png_bands *self) {
    twc_status status = twc_bands_drain(self->bands);
    if (!status.code) twc_writer_index_add(&self->writer->common);
    return status;
}

static uint32_t count_bands(const twc_png_bands *self) {
    return (self->writer->common.options.height - 1) / self->rows + 1;
}

/// Chooses the number of rows in a band, and measures the memory that it takes.
static void measure(twc_png_bands *self) {
    const twc_writer_options *options = &self->writer->common.options;
    self->level = options->level;
    self->row_bytes = (size_t)options->width * options->channels * (options->depth / 8);
    self->step = (options->is_gray_alpha ? 2 : options->channels) * (options->depth / 8);
    self->stored_bytes = (size_t)options->width * self->step;
    uint64_t rows = twc_bands_bytes((uint64_t)self->stored_bytes * options->height) / self->stored_bytes;
    self->rows = rows < 1 ? 1 : rows < options->height ? (uint32_t)rows : options->height;
    size_t filtered = self->rows * (self->stored_bytes + 1);
    // One head before the data; after it, the sum of the stream and the checksum of the chunk.
    self->chunk_capacity = twc_png_deflate_bound(filtered) + HEAD + 2;
    twc_bands_size(&self->plan, options->threads, count_bands(self),
        (self->rows + 1) * self->row_bytes + filtered + self->chunk_capacity);
}

twc_status twc_png_bands_open(twc_png_writer *writer) {
    twc_png_bands *self = writer->bands = calloc(1, sizeof *self);
    const twc_status no_memory = twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for bands of rows");
    if (!self) return no_memory;
    self->writer = writer;
    measure(self);
    if (!twc_writer_index_begin(&writer->common, self->rows, count_bands(self))) return no_memory;
    self->plan.work = work;
    self->plan.put = put;
    self->plan.context = self;
    self->slots = calloc(self->plan.slots, sizeof *self->slots);
    self->deflaters = calloc(self->plan.threads, sizeof *self->deflaters);
    self->scratch = calloc(self->plan.threads, sizeof *self->scratch);
    self->last = calloc(1, self->row_bytes);
    if (!self->slots || !self->deflaters || !self->scratch || !self->last) return no_memory;
    for (uint32_t index = 0; index < self->plan.slots; index++) {
        slot *band = &self->slots[index];
        band->rows = malloc((self->rows + 1) * self->row_bytes);
        band->filtered = malloc(self->rows * (self->stored_bytes + 1));
        band->chunk = malloc(self->chunk_capacity + 8);
        if (!band->rows || !band->filtered || !band->chunk) return no_memory;
    }
    for (uint32_t index = 0; index < self->plan.threads; index++) {
        self->deflaters[index] = twc_png_deflater_open(self->level);
        self->scratch[index] = malloc(self->stored_bytes + 1);
        if (!self->deflaters[index] || !self->scratch[index]) return no_memory;
    }
    return twc_bands_open(&self->plan, &self->bands);
}

void twc_png_bands_close(twc_png_bands *self) {
    if (!self) return;
    twc_bands_close(self->bands);
    for (uint32_t index = 0; self->slots && index < self->plan.slots; index++) {
        free(self->slots[index].rows);
        free(self->slots[index].filtered);
        free(self->slots[index].chunk);
    }
    for (uint32_t index = 0; self->deflaters && index < self->plan.threads; index++)
        twc_png_deflater_close(self->deflaters[index]);
    for (uint32_t index = 0; self->scratch && index < self->plan.threads; index++) free(self->scratch[index]);
    free(self->slots);
    free(self->deflaters);
    free(self->scratch);
    free(self->last);
    free(self);
}
