// Decodes files with restart markers in bands side by side. Each band becomes a file of its own with a reader of its
// own, so all checks are made. The file has one more row of MCUs above and below, because smooth upsampling reads them.
// If a band is irregular, the whole file is decoded from its start like any other, and its reader reports what is
// wrong.
#include "../common/bands.h"
#include "jpeg.h"
#include <stdlib.h>
#include <string.h>

/// Images with fewer pixels gain too little. A band has at least LEAST_ROWS rows of MCUs, so that the two extra rows
/// cost little.
enum { LEAST_PIXELS = TWC_LEAST_BAND * 4, LEAST_ROWS = TWC_LEAST_BAND < 1 << 16 ? 1 : 8, BYTES = TWC_LEAST_BAND * 12 };

typedef struct {
    /// The composed file of the band. Its reader takes it over.
    uint8_t *file;
    size_t count;
    /// How many rows above the band are decoded and dropped.
    uint32_t skipped;
    uint32_t rows;
    uint32_t height;
    bool is_last;
    uint8_t *pixels;
    bool is_sound;
} slot;

struct twc_jpeg_readbands {
    twc_jpeg_reader *reader;
    twc_bands *bands;
    twc_bands_plan plan;
    twc_jpeg_restarts restarts;
    twc_buffer header;
    /// Where the header has the height.
    size_t height;
    /// Rows of MCUs in a band, and how many of them are extra rows above and below.
    uint32_t mcus, overlap;
    uint32_t side;
    size_t row_bytes;
    slot *slots;
    /// A row for each thread.
    uint8_t **scratch;
    /// The first row of MCUs that was not handed over yet, and the number of bands handed over and not yet taken.
    uint32_t next, pending;
    slot *current;
    uint32_t given;
};

static bool decode(const twc_jpeg_readbands *self, slot *band, uint8_t *scratch) {
    const twc_info *whole = &self->reader->common.info;
    // The source never reads from a file, because everything is in its buffer.
    twc_source source = {.file = -1, .size = band->count, .filled = band->count, .buffer = band->file};
    twc_reader_options options = self->reader->common.options;
    twc_reader *reader;
    options.scratch = -1;
    options.threads = 1;
    band->file = NULL;
    twc_status status = twc_jpeg_open(&source, &options, &reader);
    if (status.code) return false;
    bool is_sound = reader->info.width == whole->width && reader->info.height == band->height
        && reader->info.channels == whole->channels && reader->info.color == whole->color;
    for (uint32_t row = 0; is_sound && row < band->skipped; row++)
        is_sound = !reader->methods->rows(reader, scratch, self->row_bytes, 1).code;
    if (is_sound) is_sound = !reader->methods->rows(reader, band->pixels, self->row_bytes, band->rows).code;
    reader->next_row = band->skipped + band->rows;
    if (is_sound && band->is_last) is_sound = !reader->methods->finish(reader).code;
    is_sound = is_sound && !reader->notes.count;
    twc_reader_close(reader);
    return is_sound;
}

static void work(void *context, uint32_t thread, uint32_t index) {
    const twc_jpeg_readbands *self = context;
    self->slots[index].is_sound = decode(self, &self->slots[index], self->scratch[thread]);
}

static twc_status put(void *context, uint32_t index) {
    twc_jpeg_readbands *self = context;
    self->current = &self->slots[index];
    self->given = 0;
    return self->current->is_sound ? twc_ok() : twc_damage(0, "a band is not sound");
}

/// Composes the file of the next band. False if it cannot be read, or without memory.
static bool fill(twc_jpeg_readbands *self, slot *band) {
    const twc_jpeg_restarts *restarts = &self->restarts;
    const uint32_t height = self->reader->common.info.height, first = self->next;
    uint32_t end = restarts->rows - first > self->mcus ? first + self->mcus : restarts->rows;
    uint32_t top = first > self->overlap ? first - self->overlap : 0;
    uint32_t bottom = restarts->rows - end > self->overlap ? end + self->overlap : restarts->rows;
    uint64_t from = restarts->offsets[top * restarts->per_row], to = restarts->offsets[bottom * restarts->per_row] - 2;
    twc_source *source = &self->reader->common.source;
    const uint64_t before = source->offset;
    band->skipped = (first - top) * self->side;
    band->rows = (end == restarts->rows ? height : end * self->side) - first * self->side;
    band->height = (bottom == restarts->rows ? height : bottom * self->side) - top * self->side;
    band->is_last = end == restarts->rows;
    band->count = self->header.count + (size_t)(to - from) + 2;
    band->file = malloc(band->count);
    if (!band->file) return false;
    memcpy(band->file, self->header.bytes, self->header.count);
    band->file[self->height] = (uint8_t)(band->height >> 8);
    band->file[self->height + 1] = (uint8_t)band->height;
    uint8_t *data = band->file + self->header.count;
    twc_source_seek(source, from);
    bool is_read = twc_source_read(source, data, (size_t)(to - from)) == to - from;
    twc_source_seek(source, before);
    data[to - from] = 0xFF;
    data[to - from + 1] = JPEG_EOI;
    // Restart markers count from 0 in each file.
    twc_jpeg_shift_restarts(data, data + (to - from), 0u - (self->reader->first_restart + top * restarts->per_row));
    self->next = end;
    return is_read;
}

/// Waits for the next decoded band.
static bool next_band(twc_jpeg_readbands *self) {
    self->current = NULL;
    // One slot belongs to the band whose rows are being given.
    while (self->next < self->restarts.rows && self->pending + 1 < self->plan.slots) {
        uint32_t index;
        if (twc_bands_next(self->bands, &index).code) return false;
        if (!fill(self, &self->slots[index])) return false;
        twc_bands_submit(self->bands);
        self->pending++;
    }
    self->pending--;
    return !twc_bands_put(self->bands).code;
}

uint32_t twc_jpeg_readbands_rows(twc_jpeg_readbands *self, uint8_t *rows, size_t stride, uint32_t count) {
    uint32_t done = 0;
    while (done < count) {
        if ((!self->current || self->given == self->current->rows) && !next_band(self)) break;
        memcpy(rows + done++ * stride, self->current->pixels + self->given++ * self->row_bytes, self->row_bytes);
    }
    return done;
}

static bool open_bands(twc_jpeg_readbands *self) {
    twc_jpeg_reader *reader = self->reader;
    if (!twc_jpeg_restarts_find(reader, &self->restarts)
        || !twc_jpeg_restarts_header(
            &reader->common.source, twc_jpeg_offset(reader), &self->header, &self->height))
        return false;
    self->side = (uint32_t)reader->library.max_v_samp_factor * DCTSIZE;
    self->overlap = reader->library.max_v_samp_factor > 1;
    self->row_bytes = twc_row_bytes(&reader->common.info);
    uint64_t mcus = BYTES / (self->row_bytes * self->side);
    self->mcus = mcus > LEAST_ROWS ? (uint32_t)mcus : LEAST_ROWS;
    // The file of a band can be as large as its pixels.
    twc_bands_size(&self->plan, reader->common.options.threads, (self->restarts.rows - 1) / self->mcus + 1,
        2 * self->row_bytes * self->side * self->mcus);
    if (self->plan.slots < 2) return false;
    self->plan.work = work;
    self->plan.put = put;
    self->plan.context = self;
    self->slots = calloc(self->plan.slots, sizeof *self->slots);
    self->scratch = calloc(self->plan.threads, sizeof *self->scratch);
    if (!self->slots || !self->scratch) return false;
    for (uint32_t index = 0; index < self->plan.slots; index++)
        if (!(self->slots[index].pixels = malloc(self->row_bytes * self->side * self->mcus))) return false;
    for (uint32_t index = 0; index < self->plan.threads; index++)
        if (!(self->scratch[index] = malloc(self->row_bytes))) return false;
    return !twc_bands_open(&self->plan, &self->bands).code;
}

twc_jpeg_readbands *twc_jpeg_readbands_open(twc_jpeg_reader *reader) {
    const twc_info *info = &reader->common.info;
    if (reader->common.options.threads < 2 || (uint64_t)info->width * info->height < LEAST_PIXELS) return NULL;
    twc_jpeg_readbands *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->reader = reader;
    if (open_bands(self)) return self;
    twc_jpeg_readbands_close(self);
    return NULL;
}

void twc_jpeg_readbands_close(twc_jpeg_readbands *self) {
    if (!self) return;
    twc_bands_close(self->bands);
    for (uint32_t index = 0; self->slots && index < self->plan.slots; index++) {
        free(self->slots[index].file);
        free(self->slots[index].pixels);
    }
    for (uint32_t index = 0; self->scratch && index < self->plan.threads; index++) free(self->scratch[index]);
    free(self->slots);
    free(self->scratch);
    free(self->restarts.offsets);
    free(self->header.bytes);
    free(self);
}
