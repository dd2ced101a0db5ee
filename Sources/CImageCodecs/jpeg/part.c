// Some rows of a file with restart markers, composed into a file of their own.
#include "jpeg.h"

/// Whether the bands lie where the index says. The header has been read.
static bool fits(
    twc_source *source, const struct jpeg_decompress_struct *library, const twc_row_index *index,
    const twc_row_bands *bands, uint32_t *first_restart) {
    const uint32_t side = (uint32_t)library->max_v_samp_factor * DCTSIZE;
    uint32_t per_row;
    // With a single band there is no marker to check.
    if (index->count == 2) return true;
    if (!twc_jpeg_restarts_suit(library, &per_row) || index->band_rows % side) return false;
    *first_restart = (uint32_t)((uint64_t)(bands->top / side) * per_row & 7);
    if (!bands->first) return true;
    uint8_t marker[2] = {0};
    twc_source_seek(source, bands->offset);
    return twc_source_read(source, marker, 2) == 2 && marker[0] == 0xFF
        && marker[1] == JPEG_RST0 + ((*first_restart - 1) & 7);
}

twc_status twc_jpeg_open_rows(
    twc_source *source, const twc_reader_options *options, const twc_row_index *index, uint32_t first, uint32_t end,
    twc_part *part, twc_reader **opened) {
    twc_buffer header = {.count = 0};
    size_t at;
    bool has_header = index->count > 1
        && twc_jpeg_restarts_header(source, index->offsets[0], &header, &at) && at + 2 <= header.count;
    part->head = header.bytes;
    if (source->error) return twc_system_failure(source->error, "the file cannot be read");
    if (!has_header) return twc_row_index_failure("no header of a baseline JPEG file ends where its first band begins");
    const uint32_t height = twc_be16(header.bytes + at);
    twc_row_bands bands;
    // Smooth upsampling reads the rows above and below, too.
    twc_status status = twc_row_index_find(index, source->size, height, first, end, 1, &bands);
    if (status.code) return status;
    header.bytes[at] = (uint8_t)((bands.bottom - bands.top) >> 8);
    header.bytes[at + 1] = (uint8_t)(bands.bottom - bands.top);
    part->tail[0] = 0xFF;
    part->tail[1] = JPEG_EOI;
    twc_source composed;
    // A band begins with the marker that separates it from the band before.
    status = twc_part_compose(
        part, &bands, height, first, end, header.count, bands.first ? 2 : 0, 2, source->file, &composed);
    twc_reader *common;
    if (!status.code) status = twc_jpeg_open(&composed, options, &common);
    if (status.code) return status;
    twc_jpeg_reader *reader = (twc_jpeg_reader *)common;
    if (!fits(source, &reader->library, index, &bands, &reader->first_restart)) {
        twc_reader_close(common);
        return source->error ? twc_system_failure(source->error, "the file cannot be read")
            : twc_row_index_failure("a band does not begin behind a restart marker");
    }
    reader->library.marker->next_restart_num = (int)reader->first_restart;
    *opened = common;
    return status;
}
