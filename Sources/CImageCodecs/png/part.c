// Some rows of a file whose bands are chunks of pixels, composed into a file of their own.
#include "png_reader.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/// The signature and IHDR; and the longest chunk that `make_head` adds to them.
enum { HEAD = 8 + 25, CHUNK = 12 + 2 };

/// Whether a file begins with the header that our writer makes: without palette and interlacing.
static bool has_header(const uint8_t *head) {
    static const uint8_t begin[16] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
    const uint8_t *header = head + sizeof begin;
    return memcmp(head, begin, sizeof begin) == 0 && twc_be32(header + 13) == crc32(0, head + 12, 17)
        && header[9] != PNG_COLOR_TYPE_PALETTE && !header[12];
}

/// Makes the header, with another height. If the first band is left out, adds the start of the zlib stream, which only
/// that band has.
static size_t make_head(twc_part *part, const twc_row_bands *bands) {
    // The zlib header: a window of 32 KiB, and check bits.
    static const uint8_t stream[2] = {0x78, 0x01};
    const uint32_t height = bands->bottom - bands->top;
    uint8_t header[13];
    memcpy(header, part->head + 16, sizeof header);
    for (int index = 0; index < 4; index++) header[4 + index] = (uint8_t)(height >> (24 - 8 * index));
    size_t count = 8 + twc_png_put_chunk(part->head + 8, TWC_PNG_IHDR, header, sizeof header);
    if (bands->first) count += twc_png_put_chunk(part->head + count, TWC_PNG_IDAT, stream, sizeof stream);
    return count;
}

/// Makes the end of the file. If the last band is left out, adds the end of the zlib stream, which only that band has.
static size_t make_tail(twc_part *part, const twc_row_bands *bands) {
    // An empty last block, and a sum that is not checked. They are needed because libpng wants more bytes once zlib has
    // taken all of them, even if zlib has more rows to give.
    static const uint8_t stream[6] = {0x03, 0x00};
    size_t count = bands->has_last ? 0 : twc_png_put_chunk(part->tail, TWC_PNG_IDAT, stream, sizeof stream);
    return count + twc_png_put_chunk(part->tail + count, TWC_PNG_IEND, NULL, 0);
}

twc_status twc_png_open_rows(
    twc_source *source, const twc_reader_options *options, const twc_row_index *index, uint32_t first, uint32_t end,
    twc_part *part, twc_reader **reader) {
    part->head = calloc(1, HEAD + CHUNK);
    if (!part->head) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a reader");
    twc_source_seek(source, 0);
    bool is_ours = twc_source_read(source, part->head, HEAD) == HEAD && has_header(part->head);
    if (source->error) return twc_system_failure(source->error, "the file cannot be read");
    if (!is_ours) return twc_row_index_failure("its header is damaged, or is of another kind");
    const uint32_t height = twc_be32(part->head + 20);
    twc_row_bands bands;
    twc_status status = twc_row_index_find(index, source->size, height, first, end, 0, &bands);
    if (status.code) return status;
    uint8_t frame[8];
    twc_source_seek(source, bands.offset);
    if (twc_source_read(source, frame, 8) < 8 || twc_be32(frame + 4) != TWC_PNG_IDAT)
        return twc_row_index_failure("a band does not begin with a chunk of pixels");
    size_t head = make_head(part, &bands), tail = make_tail(part, &bands);
    twc_source composed;
    status = twc_part_compose(part, &bands, height, first, end, head, 0, tail, source->file, &composed);
    // The sum at the end of the last band covers all bands, also those that are left out.
    return status.code ? status
        : twc_png_open_stream(&composed, options, bands.first || !bands.has_last, reader);
}
