// Some rows of a file, read without the other rows. TIFF and BMP can begin at any row. PNG and JPEG files with an index
// of bands are read as a composed file: their header with a smaller height, and the bands that have the rows. So the
// format's own reader makes all checks that it makes for untrusted files.
#include "codec.h"
#include <stdlib.h>

twc_status twc_row_index_failure(const char *what) {
    return twc_failure(TWC_DAMAGED, "the index of rows does not fit the file: %s", what);
}

static twc_status no_such_rows(uint32_t first, uint32_t end, uint32_t height) {
    return twc_failure(TWC_DAMAGED, "rows %u to %u are not in the file, which has %u rows", first, end - 1, height);
}

twc_status twc_row_index_find(
    const twc_row_index *index, uint64_t size, uint32_t height, uint32_t first, uint32_t end, uint32_t margin,
    twc_row_bands *bands) {
    if (first >= end || end > height)
        return no_such_rows(first, end, height);
    const uint32_t rows = index->band_rows;
    if (!rows || index->count != (height - 1) / rows + (size_t)2)
        return twc_row_index_failure("it has another number of bands");
    const uint32_t count = (uint32_t)(index->count - 1);
    const uint32_t top = first > margin ? first - margin : 0, bottom = height - end > margin ? end + margin : height;
    const uint32_t band_end = (bottom - 1) / rows + 1;
    bands->first = top / rows;
    bands->has_last = band_end == count;
    bands->top = bands->first * rows;
    bands->bottom = bands->has_last ? height : band_end * rows;
    bands->offset = index->offsets[bands->first];
    bands->end = index->offsets[band_end];
    return bands->offset < bands->end && bands->end <= size ? twc_ok()
        : twc_row_index_failure("a band lies outside of it");
}

twc_status twc_part_compose(
    twc_part *part, const twc_row_bands *bands, uint32_t height, uint32_t first, uint32_t end, size_t head,
    size_t skipped, size_t tail, int file, twc_source *composed) {
    uint64_t count = bands->end - bands->offset;
    if (count < skipped) return twc_row_index_failure("a band has no bytes");
    count -= skipped;
    part->first = first - bands->top;
    part->end = end - bands->top;
    part->above = bands->top;
    part->below = height - bands->bottom;
    part->pieces[0] = (twc_piece){.count = head, .bytes = part->head};
    part->pieces[1] = (twc_piece){.start = head, .count = count, .offset = bands->offset + skipped};
    part->pieces[2] = (twc_piece){.start = head + count, .count = tail, .bytes = part->tail};
    return twc_source_compose(composed, file, part->pieces, 3);
}

/// Opens a reader that can begin at the first wanted row itself.
static twc_status open_at(
    int file, const twc_reader_options *options, uint32_t first, uint32_t end, twc_part *part, twc_reader **result) {
    twc_reader *reader;
    twc_status status = twc_reader_open(file, options, &reader);
    if (status.code) return status;
    const twc_info *info = &reader->info;
    if (first >= end || end > info->height)
        status = no_such_rows(first, end, info->height);
    else if (!reader->can_seek || info->orientation != 1)
        status = twc_failure(TWC_UNSUPPORTED, "rows of this file cannot be read without those above them");
    if (status.code) {
        twc_reader_close(reader);
        return status;
    }
    reader->next_row = part->first = first;
    part->end = end;
    *result = reader;
    return status;
}

static twc_status open_part(
    int file, const twc_reader_options *options, const twc_row_index *index, uint32_t first, uint32_t end,
    twc_part *part, twc_reader **reader) {
    uint8_t head[16];
    twc_source source;
    twc_status status = twc_source_open(&source, file);
    if (status.code) return status;
    int format = twc_format_of(head, twc_source_read(&source, head, sizeof head));
    bool has_bands = (format == TWC_PNG || format == TWC_JPEG) && options->page <= 0 && !source.error;
    if (has_bands && !index)
        status = twc_failure(TWC_UNSUPPORTED, "rows of this file cannot be read without an index of its bands");
    else if (has_bands)
        status = (format == TWC_PNG ? twc_png_open_rows : twc_jpeg_open_rows)(
            &source, options, index, first, end, part, reader);
    twc_source_close(&source);
    return has_bands ? status : open_at(file, options, first, end, part, reader);
}

twc_status twc_reader_open_rows(
    int file, const twc_reader_options *options, uint32_t first, uint32_t count, const twc_row_index *index,
    twc_reader **result) {
    *result = NULL;
    if (!count || count > UINT32_MAX - first) return twc_failure(TWC_MISUSE, "rows that no image has");
    twc_part *part = calloc(1, sizeof *part);
    if (!part) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a reader");
    twc_reader *reader = NULL;
    twc_status status = open_part(file, options, index, first, first + count, part, &reader);
    if (status.code) {
        twc_part_free(part);
        return status;
    }
    part->info = reader->info;
    part->info.height = count;
    part->info.has_regions = false;
    reader->part = part;
    *result = reader;
    return status;
}

uint32_t twc_rows_left(const twc_reader *reader) {
    const twc_part *part = reader->part;
    if (!part) return reader->info.height - reader->next_row;
    if (reader->next_row >= part->end) return 0;
    return part->end - (reader->next_row < part->first ? part->first : reader->next_row);
}

static twc_status drop_rows(twc_reader *reader, uint32_t end) {
    if (reader->next_row >= end) return twc_ok();
    size_t bytes = twc_row_bytes(&reader->info);
    uint8_t *row = malloc(bytes);
    twc_status status = row ? twc_ok() : twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a row");
    for (; !status.code && reader->next_row < end; reader->next_row += !status.code)
        status = reader->methods->rows(reader, row, bytes, 1);
    free(row);
    return status;
}

twc_status twc_part_begin(twc_reader *reader) {
    return reader->part ? drop_rows(reader, reader->part->first) : twc_ok();
}

twc_status twc_part_end(twc_reader *reader) {
    const twc_part *part = reader->part;
    if (!part || !part->head || reader->next_row < part->end) return twc_ok();
    twc_status status = drop_rows(reader, reader->info.height);
    if (!status.code && reader->methods->finish) status = reader->methods->finish(reader);
    if (status.code || !reader->notes.count) return status;
    // A composed file gives no notes if the index belongs to the file.
    return twc_failure(TWC_DAMAGED, "rows %u to %u are damaged, or the index of rows does not fit the file: %.140s",
        part->above, part->above + reader->info.height - 1, reader->notes.entries[0].text);
}

void twc_part_free(twc_part *part) {
    if (part) free(part->head);
    free(part);
}
