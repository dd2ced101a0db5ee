// Decodes a strip or tile. libtiff's decoders stop once their output is full. Only what follows shows whether the data
// was sound, so most decoders are asked for one byte more than there should be.
#include "tiff.h"
#include <stdlib.h>
#include <string.h>

static bool reserve(uint8_t **bytes, size_t *capacity, size_t count) {
    if (count <= *capacity) return true;
    uint8_t *more = realloc(*bytes, count);
    if (!more) return false;
    *bytes = more;
    *capacity = count;
    return true;
}

static bool is_deflate(const twc_tiff_layout *layout) {
    return layout->compression == COMPRESSION_DEFLATE || layout->compression == COMPRESSION_ADOBE_DEFLATE;
}

static bool is_stream(const twc_tiff_layout *layout) {
    return layout->compression == COMPRESSION_LZW || layout->compression == COMPRESSION_ZSTD
        || layout->compression == COMPRESSION_LZMA || is_deflate(layout);
}

/// The bytes of a block's rows. The last strip may have fewer rows than the others.
static size_t expected_bytes(const twc_tiff_reader *reader, uint32_t row) {
    const twc_tiff_layout *layout = &reader->layout;
    uint32_t top = row * layout->block_height, left = reader->base.info.height - top;
    if (layout->is_tiled || left >= layout->block_height) return layout->block_bytes;
    return (size_t)TIFFVStripSize64(reader->tiff, left);
}

static bool run(twc_tiff_reader *reader, uint32_t index, size_t stored, uint8_t *output, size_t count) {
    twc_tiff_messages_reset(&reader->messages);
    return TIFFReadFromUserBuffer(
        reader->tiff, index, reader->stored, (tmsize_t)stored, output, (tmsize_t)count);
}

/// Whether the decoder gave all bytes and then found the end of its data, checksum included.
static bool ended_in_time(const twc_tiff_messages *messages) {
    return messages->errors == 1 && strstr(messages->first, "(short 1 bytes)");
}

/// Asks for one byte too many, which has to fail. The size `full` is accepted too, because some last strips have the
/// rows of a whole strip.
static bool decode_stream(
    twc_tiff_reader *reader, uint32_t index, size_t stored, uint8_t *output, size_t expected, size_t full) {
    if (!run(reader, index, stored, output, expected + 1)) {
        if (!ended_in_time(&reader->messages)) return false;
    } else {
        if (full == expected || run(reader, index, stored, output, full + 1) || !ended_in_time(&reader->messages)) {
            twc_tiff_messages_reset(&reader->messages);
            return false;
        }
    }
    // After a failure libtiff does not swap bytes.
    if (reader->layout.bits == 16 && TIFFIsByteSwapped(reader->tiff))
        TIFFSwabArrayOfShort((uint16_t *)output, (tmsize_t)(expected / 2));
    twc_tiff_messages_reset(&reader->messages);
    return true;
}

/// Deflate. libtiff verifies the checksum only if the size is exactly right, and does not say whether it did.
static bool decode_deflate(
    twc_tiff_reader *reader, uint32_t index, size_t stored, uint8_t *output, size_t expected, size_t full) {
    bool is_swapped = reader->layout.bits == 16 && TIFFIsByteSwapped(reader->tiff);
    if (reader->layout.fill_order == FILLORDER_MSB2LSB && !is_swapped && stored > 4
        && run(reader, index, stored, output, expected)
        && twc_tiff_adler(output, expected) == twc_be32(reader->stored + stored - 4))
        return true;
    return decode_stream(reader, index, stored, output, expected, full);
}

static bool decode_none(twc_tiff_reader *reader, size_t stored, uint8_t *output, size_t expected) {
    // Checked before anything is copied, because a tile may claim to be far larger than the file.
    if (stored < expected) return false;
    memcpy(output, reader->stored, expected);
    if (reader->layout.fill_order == FILLORDER_LSB2MSB) TIFFReverseBits(output, (tmsize_t)expected);
    if (reader->layout.bits == 16 && TIFFIsByteSwapped(reader->tiff))
        TIFFSwabArrayOfShort((uint16_t *)output, (tmsize_t)(expected / 2));
    return true;
}

/// Uses our own decoders.
static bool unpack(twc_tiff_reader *reader, size_t stored, uint8_t *output, size_t expected) {
    const twc_tiff_layout *layout = &reader->layout;
    size_t rows = expected / layout->row_bytes;
    if (layout->fill_order == FILLORDER_LSB2MSB) TIFFReverseBits(reader->stored, (tmsize_t)stored);
    switch (layout->compression) {
        case COMPRESSION_NEXT: return twc_tiff_unpack_next(layout, reader->stored, stored, output, rows);
        case COMPRESSION_PIXARLOG: return twc_tiff_unpack_pixarlog(reader, reader->stored, stored, output, expected);
        default: return twc_tiff_unpack_thunder(layout, reader->stored, stored, output, rows);
    }
}

bool twc_tiff_run_quietly(twc_tiff_reader *reader, uint32_t index, size_t stored, uint8_t *output, size_t count) {
    memset(output, 0, count);
    return run(reader, index, stored, output, count) && !reader->messages.errors && !reader->messages.warnings;
}

static bool decode(twc_tiff_reader *reader, uint32_t index, size_t stored, uint8_t *output, size_t expected) {
    const twc_tiff_layout *layout = &reader->layout;
    size_t full = layout->block_bytes;
    twc_tiff_messages_reset(&reader->messages);
    if (layout->compression == COMPRESSION_NONE) return decode_none(reader, stored, output, expected);
    if (is_deflate(layout)) return decode_deflate(reader, index, stored, output, expected, full);
    if (is_stream(layout)) return decode_stream(reader, index, stored, output, expected, full);
    if (layout->compression == COMPRESSION_NEXT || layout->compression == COMPRESSION_THUNDERSCAN
        || layout->compression == COMPRESSION_PIXARLOG)
        return unpack(reader, stored, output, expected);
    // In the usual order of bits, libtiff reverses the bits of JBIG data. In the other order it does not.
    if (layout->compression == COMPRESSION_JBIG
        && !twc_tiff_jbig_fits(reader->stored, stored, layout->fill_order == FILLORDER_MSB2LSB, layout->block_width,
            (uint32_t)(expected / layout->row_bytes)))
        return false;
    if (layout->compression == COMPRESSION_CCITTRLEW)
        return twc_tiff_decode_word_aligned(reader, index, stored, output, expected);
    return twc_tiff_run_quietly(reader, index, stored, output, expected);
}

/// Whether the length of the data is right. PackBits and SGI's LogLuv have no end mark, so their lengths have to add
/// up.
static bool has_right_length(const twc_tiff_reader *reader, size_t stored, size_t expected) {
    const twc_tiff_layout *layout = &reader->layout;
    if (layout->fill_order != FILLORDER_MSB2LSB) return true;
    size_t rows = expected / layout->row_bytes, full = layout->block_bytes / layout->row_bytes;
    switch (layout->compression) {
        case COMPRESSION_PACKBITS:
            return twc_tiff_packbits_fits(reader->stored, stored, expected, layout->block_bytes);
        case COMPRESSION_SGILOG:
            return twc_tiff_log_fits(
                reader->stored, stored, layout->block_width, layout->samples == 1 ? 2 : 4, rows, full);
        // 24-bit LogLuv has as many bytes a pixel as it has samples of 8 bits.
        case COMPRESSION_SGILOG24: return stored - expected <= 3 || stored - layout->block_bytes <= 3;
        default: return true;
    }
}

static twc_status describe_damage(
    twc_tiff_reader *reader, uint32_t index, int64_t row, size_t stored, size_t expected) {
    const twc_tiff_messages *messages = &reader->messages;
    const char *name = twc_tiff_block_name(&reader->layout);
    if (reader->layout.compression == COMPRESSION_NONE)
        return twc_damage(row, "the data of %s %u ends after %zu of %zu bytes", name, index, stored, expected);
    if (messages->errors || messages->warnings)
        return twc_damage(row, "the data of %s %u, from row %lld on, is damaged: %s", name, index,
            (long long)row, twc_tiff_reason(messages));
    return twc_damage(row, "the data of %s %u, from row %lld on, is damaged: its length does not fit its size",
        name, index, (long long)row);
}

/// Decodes one plane of a block.
static twc_status decode_plane(twc_tiff_reader *reader, uint32_t index, int64_t top, size_t expected, uint8_t *output) {
    const char *name = twc_tiff_block_name(&reader->layout);
    twc_tiff_place place = twc_tiff_locate(reader, index);
    if (place.is_missing) return twc_tiff_missing(reader, index, (uint32_t)top);
    if (place.is_sparse) {
        memset(output, 0, expected);
        twc_note(&reader->base.notes, "%ss that the file does not store were filled with zeros", name);
        return twc_ok();
    }
    if (!place.count)
        return twc_damage(top, "the data of %s %u, from row %lld on, lies beyond the end of the file", name,
            index, (long long)top);
    // Compression never makes data larger than this, so more bytes would be junk.
    uint64_t limit = (uint64_t)reader->layout.block_bytes * 4 + (1 << 20);
    size_t stored = (size_t)(place.count < limit ? place.count : limit);
    if (!reserve(&reader->stored, &reader->stored_capacity, stored))
        return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a %s of %zu bytes", name, stored);
    if (!twc_tiff_read_at(&reader->input, place.offset, reader->stored, stored))
        return reader->base.source.error ? twc_system_failure(reader->base.source.error, "the file cannot be read")
            : twc_damage(top, "the data of %s %u cannot be read", name, index);
    if (!decode(reader, index, stored, output, expected)
        || (!place.is_estimated && !has_right_length(reader, stored, expected)))
        return describe_damage(reader, index, top, stored, expected);
    if (place.is_cut)
        twc_note(&reader->base.notes, "the length that the file says of its last %s reaches beyond its end",
            name);
    return twc_ok();
}

twc_status twc_tiff_decode_block(twc_tiff_reader *reader, uint32_t column, uint32_t row) {
    const twc_tiff_layout *layout = &reader->layout;
    size_t expected = expected_bytes(reader, row);
    bool is_spread = layout->across_subsampling > 1 || layout->down_subsampling > 1;
    size_t spread = is_spread ? layout->row_bytes * layout->block_height : 0;
    if (!reader->decoded) {
        // 16 bytes more than needed, and a multiple of 16, so that planes stay aligned.
        reader->plane_bytes = (layout->block_bytes + 32) & ~(size_t)15;
        reader->decoded = malloc(reader->plane_bytes * layout->planes + spread);
        if (!reader->decoded) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a block of pixels");
    }
    for (uint32_t plane = 0; plane < layout->planes; plane++) {
        uint32_t index = (plane * layout->down + row) * layout->across + column;
        uint8_t *output = reader->decoded + plane * reader->plane_bytes;
        twc_status status = decode_plane(reader, index, (int64_t)row * layout->block_height, expected, output);
        if (status.code) return status;
        if (!is_spread) twc_tiff_undo_predictor(layout, output, expected / layout->row_bytes);
    }
    if (is_spread) {
        uint32_t left = reader->base.info.height - row * layout->block_height;
        uint32_t rows = !layout->is_tiled && left < layout->block_height ? left : layout->block_height;
        twc_tiff_spread(layout, reader->decoded, rows, reader->decoded + reader->plane_bytes);
    }
    return twc_ok();
}
