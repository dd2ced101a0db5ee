// Encodes bands of rows of MCUs in parallel. A restart marker separates any two rows of MCUs, and nothing after it
// depends on the data before it. So the bands' data together is one scan, with the pixels of a file without markers.
#include "../common/bands.h"
#include "jpeg.h"
#include <stdlib.h>
#include <string.h>

/// Smaller images have no markers, because they gain too little.
enum { LEAST_PIXELS = TWC_LEAST_BAND * 4 };

typedef struct {
    uint8_t *rows;
    uint32_t count;
    /// The band's first row of MCUs, in the image.
    uint32_t first;
    uint8_t *bytes;
    size_t capacity;
    /// The part of `bytes` that goes into the file.
    size_t start, end;
    twc_status status;
} slot;

/// The encoder of a thread. It makes a file of each band, and only the scan's data of that file is used.
typedef struct {
    twc_jpeg_state state;
    struct jpeg_compress_struct library;
    struct jpeg_destination_mgr output;
    slot *band;
} encoder;

struct twc_jpeg_bands {
    twc_jpeg_writer *writer;
    twc_bands *bands;
    twc_bands_plan plan;
    uint32_t rows;
    size_t row_bytes;
    slot *slots;
    encoder *encoders;
    slot *filling;
    uint32_t row;
};

static encoder *encoder_of(j_compress_ptr library) {
    return (encoder *)((uint8_t *)library - offsetof(encoder, library));
}

static void begin(j_compress_ptr library) {
    slot *band = encoder_of(library)->band;
    library->dest->next_output_byte = band->bytes;
    library->dest->free_in_buffer = band->capacity;
}

static boolean on_full(j_compress_ptr library) {
    slot *band = encoder_of(library)->band;
    uint8_t *moved = realloc(band->bytes, band->capacity * 2);
    if (!moved)
        twc_jpeg_fail((j_common_ptr)library, twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a band of rows"));
    library->dest->next_output_byte = moved + band->capacity;
    library->dest->free_in_buffer = band->capacity;
    band->bytes = moved;
    band->capacity *= 2;
    return TRUE;
}

static size_t position(const encoder *self) { return self->band->capacity - self->output.free_in_buffer; }

static void end(j_compress_ptr library) { encoder_of(library)->band->end = position(encoder_of(library)); }

/// Numbers the markers. The marker behind a row of MCUs has the lowest three bits of the row's number.
static void number_markers(slot *band) {
    if (band->first % 8) twc_jpeg_shift_restarts(band->bytes + band->start, band->bytes + band->end, band->first);
    if (!band->first) return;
    // The marker between this band and the one before takes the place of the header's last bytes.
    band->start -= 2;
    band->bytes[band->start] = 0xFF;
    band->bytes[band->start + 1] = (uint8_t)(0xD0 | ((band->first - 1) & 7));
}

/// Not inlined, because its variables change after the setjmp of its caller.
__attribute__((noinline)) static void encode(encoder *self, size_t row_bytes) {
    j_compress_ptr library = &self->library;
    slot *band = self->band;
    library->image_height = band->count;
    jpeg_start_compress(library, TRUE);
    library->master->pass_startup(library);
    band->start = position(self);
    while (library->next_scanline < band->count) {
        JSAMPROW rows[16];
        uint32_t part = band->count - library->next_scanline < 16 ? band->count - library->next_scanline : 16;
        for (uint32_t index = 0; index < part; index++)
            rows[index] = band->rows + (library->next_scanline + index) * row_bytes;
        jpeg_write_scanlines(library, rows, part);
    }
    jpeg_finish_compress(library);
    // Drops the end marker, because only the whole file has one.
    band->end -= 2;
    number_markers(band);
}

static void work(void *context, uint32_t thread, uint32_t index) {
    const twc_jpeg_bands *bands = context;
    encoder *self = &bands->encoders[thread];
    self->band = &bands->slots[index];
    self->band->status = twc_ok();
    if (setjmp(self->state.escape)) {
        self->band->status = self->state.status;
        jpeg_abort_compress(&self->library);
        return;
    }
    encode(self, bands->row_bytes);
}

static twc_status put(void *context, uint32_t index) {
    twc_jpeg_bands *self = context;
    const slot *band = &self->slots[index];
    twc_sink *sink = &self->writer->common.sink;
    if (band->status.code) return band->status;
    twc_writer_index_add(&self->writer->common);
    return twc_sink_write(sink, band->bytes + band->start, band->end - band->start) ? twc_ok() : twc_sink_failure(sink);
}

twc_status twc_jpeg_bands_rows(twc_jpeg_bands *self, const uint8_t *rows, size_t stride, uint32_t count) {
    const uint32_t height = self->writer->common.options.height;
    const uint32_t mcu = (uint32_t)self->writer->library.max_v_samp_factor * DCTSIZE;
    for (; count; count--, rows += stride) {
        if (!self->filling) {
            uint32_t index;
            twc_status status = twc_bands_next(self->bands, &index);
            if (status.code) return status;
            self->filling = &self->slots[index];
            self->filling->count = 0;
            self->filling->first = self->row / mcu;
        }
        memcpy(self->filling->rows + self->filling->count++ * self->row_bytes, rows, self->row_bytes);
        if (++self->row < height && self->filling->count < self->rows) continue;
        self->filling = NULL;
        twc_bands_submit(self->bands);
    }
    return twc_ok();
}

twc_status twc_jpeg_bands_finish(twc_jpeg_bands *self) {
    twc_status status = twc_bands_drain(self->bands);
    if (!status.code) twc_writer_index_add(&self->writer->common);
    return status;
}

bool twc_jpeg_has_bands(const twc_writer_options *options) {
    // The number of threads does not matter here: the same image always becomes the same file, and regions need the
    // markers.
    return !options->is_progressive && (uint64_t)options->width * options->height >= LEAST_PIXELS;
}

static twc_status open_encoder(twc_jpeg_bands *bands, encoder *self) {
    twc_jpeg_errors_install(&self->state, (j_common_ptr)&self->library);
    if (setjmp(self->state.escape)) return self->state.status;
    jpeg_create_compress(&self->library);
    self->output = (struct jpeg_destination_mgr){
        .init_destination = begin, .empty_output_buffer = on_full, .term_destination = end};
    self->library.dest = &self->output;
    twc_jpeg_configure(&self->library, &bands->writer->common.options);
    return twc_ok();
}

static uint32_t count_bands(const twc_jpeg_bands *self) {
    return (self->writer->common.options.height - 1) / self->rows + 1;
}

static void measure(twc_jpeg_bands *self) {
    const twc_writer_options *options = &self->writer->common.options;
    const uint32_t mcu = (uint32_t)self->writer->library.max_v_samp_factor * DCTSIZE;
    self->row_bytes = (size_t)options->width * options->channels;
    uint64_t bytes = twc_bands_bytes((uint64_t)self->row_bytes * options->height);
    uint64_t mcus = bytes / (self->row_bytes * mcu);
    self->rows = (mcus ? (uint32_t)mcus : 1) * mcu;
    // Each slot holds rows, and as many bytes for their data.
    twc_bands_size(&self->plan, options->threads, count_bands(self), 2 * self->rows * self->row_bytes);
}

twc_status twc_jpeg_bands_open(twc_jpeg_writer *writer) {
    const twc_status no_memory = twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for bands of rows");
    twc_jpeg_bands *self = writer->bands = calloc(1, sizeof *self);
    if (!self) return no_memory;
    self->writer = writer;
    measure(self);
    if (!twc_writer_index_begin(&writer->common, self->rows, count_bands(self))) return no_memory;
    self->plan.work = work;
    self->plan.put = put;
    self->plan.context = self;
    self->slots = calloc(self->plan.slots, sizeof *self->slots);
    self->encoders = calloc(self->plan.threads, sizeof *self->encoders);
    if (!self->slots || !self->encoders) return no_memory;
    for (uint32_t index = 0; index < self->plan.slots; index++) {
        slot *band = &self->slots[index];
        band->capacity = self->rows * self->row_bytes / 2 + (64 << 10);
        band->rows = malloc(self->rows * self->row_bytes);
        band->bytes = malloc(band->capacity);
        if (!band->rows || !band->bytes) return no_memory;
    }
    for (uint32_t index = 0; index < self->plan.threads; index++) {
        twc_status status = open_encoder(self, &self->encoders[index]);
        if (status.code) return status;
    }
    return twc_bands_open(&self->plan, &self->bands);
}

void twc_jpeg_bands_close(twc_jpeg_bands *self) {
    if (!self) return;
    twc_bands_close(self->bands);
    for (uint32_t index = 0; self->encoders && index < self->plan.threads; index++)
        jpeg_destroy_compress(&self->encoders[index].library);
    for (uint32_t index = 0; self->slots && index < self->plan.slots; index++) {
        free(self->slots[index].rows);
        free(self->slots[index].bytes);
    }
    free(self->slots);
    free(self->encoders);
    free(self);
}
