// Single rows of strips. Uncompressed rows are read directly from the file. If a strip is too large to be decoded as a
// whole, libtiff decodes it row by row.
#include "tiff.h"
#include <stdlib.h>

static twc_status prepare(twc_tiff_reader *reader) {
    const twc_tiff_layout *layout = &reader->layout;
    if (reader->decoded) return twc_ok();
    reader->plane_bytes = (layout->row_bytes + 15) & ~(size_t)15;
    reader->decoded = malloc(reader->plane_bytes * layout->planes);
    return reader->decoded ? twc_ok() : twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a row");
}

/// Reads the bytes of a part of a row in one plane, to their place in the row.
static twc_status read_plane(
    twc_tiff_reader *reader, uint32_t plane, uint32_t row, size_t first, size_t end, uint8_t *bytes) {
    const twc_tiff_layout *layout = &reader->layout;
    uint32_t strip = row / layout->block_height, index = plane * layout->down + strip;
    twc_tiff_place place = twc_tiff_locate(reader, index);
    if (place.is_missing) return twc_tiff_missing(reader, index, strip * layout->block_height);
    if (place.is_sparse) {
        for (size_t at = first; at < end; at++) bytes[at] = 0;
        twc_note(&reader->base.notes, "strips that the file does not store were filled with zeros");
        return twc_ok();
    }
    uint64_t skipped = (uint64_t)(row % layout->block_height) * layout->row_bytes;
    if (skipped + layout->row_bytes > place.count)
        return twc_damage(row, "the data of strip %u ends at row %u of %u", index, row, reader->base.info.height);
    if (!twc_tiff_read_at(&reader->input, place.offset + skipped + first, bytes + first, end - first))
        return reader->base.source.error ? twc_system_failure(reader->base.source.error, "the file cannot be read")
            : twc_damage(row, "the data of strip %u cannot be read", index);
    if (layout->fill_order == FILLORDER_LSB2MSB) TIFFReverseBits(bytes + first, (tmsize_t)(end - first));
    if (layout->bits == 16 && TIFFIsByteSwapped(reader->tiff))
        TIFFSwabArrayOfShort((uint16_t *)(bytes + first), (tmsize_t)((end - first) / 2));
    return twc_ok();
}

/// Reads a row by libtiff. Damage is reported from the strip's first row on, because it can begin anywhere before the
/// row that shows it: a checksum comes last, and wrong codes can look valid for long.
static twc_status read_scanline(twc_tiff_reader *reader, uint32_t row) {
    uint32_t strip = row / reader->layout.block_height, top = strip * reader->layout.block_height;
    if (strip >= reader->places) return twc_tiff_missing(reader, strip, top);
    twc_tiff_messages_reset(&reader->messages);
    bool is_read = TIFFReadScanline(reader->tiff, reader->decoded, row, 0) > 0;
    if (reader->base.source.error) return twc_system_failure(reader->base.source.error, "the file cannot be read");
    if (is_read && !reader->messages.errors && !reader->messages.warnings) return twc_ok();
    return twc_damage(top, "the data of strip %u, from row %u on, is damaged: %s", strip, top,
        twc_tiff_reason(&reader->messages));
}

twc_status twc_tiff_read_row(twc_tiff_reader *reader, uint32_t row, uint32_t x, uint32_t width, uint8_t *pixels) {
    const twc_tiff_layout *layout = &reader->layout;
    twc_status status = prepare(reader);
    if (!status.code && layout->mode == TWC_TIFF_SCANLINES) status = read_scanline(reader, row);
    uint64_t bits = (uint64_t)layout->bits * (layout->planes > 1 ? 1 : layout->samples);
    size_t first = (size_t)(x * bits / 8), end = (size_t)(((x + width) * bits + 7) / 8);
    for (uint32_t plane = 0; !status.code && layout->mode == TWC_TIFF_ROWS && plane < layout->planes; plane++)
        status = read_plane(reader, plane, row, first, end, reader->decoded + plane * reader->plane_bytes);
    if (!status.code) twc_tiff_convert_row(reader, reader->decoded, reader->plane_bytes, x, width, pixels);
    return status;
}
