// The stream that libpng reads. It has only the chunks that make pixels.
#include "png_reader.h"
#include <string.h>
#include <zlib.h>

uint32_t twc_png_put_chunk(uint8_t *to, uint32_t type, const uint8_t *bytes, uint32_t length) {
    twc_put_be32(to, length);
    twc_put_be32(to + 4, type);
    if (length) memcpy(to + 8, bytes, length);
    twc_put_be32(to + 8 + length, (uint32_t)crc32(0, to + 4, 4 + length));
    return 12 + length;
}

/// Appends a chunk to the bytes that libpng reads next.
static void put_chunk(twc_png_reader *reader, uint32_t type, const uint8_t *bytes, uint32_t length) {
    reader->memory_count += twc_png_put_chunk(reader->memory + reader->memory_count, type, bytes, length);
}

void twc_png_begin_stream(twc_png_reader *reader) {
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    memcpy(reader->memory, signature, sizeof signature);
    reader->memory_count = sizeof signature;
    put_chunk(reader, TWC_PNG_IHDR, reader->header, sizeof reader->header);
    if (reader->color_type == PNG_COLOR_TYPE_PALETTE)
        put_chunk(reader, TWC_PNG_PLTE, reader->palette, reader->palette_bytes);
    if (reader->has_transparency && reader->color_type != PNG_COLOR_TYPE_PALETTE)
        put_chunk(reader, TWC_PNG_tRNS, reader->transparency, reader->transparency_bytes);
    reader->stream = reader->stream_end = reader->first_data;
}

uint32_t twc_png_incomplete_row(const twc_png_reader *reader) {
    uint32_t row = png_get_current_row_number(reader->png);
    if (!reader->is_interlaced) return row;
    // The last of the seven passes fills the odd rows. The pass before it completes the even rows.
    int pass = png_get_current_pass_number(reader->png);
    if (pass > 6) return reader->common.info.height;
    return pass == 6 ? row : pass == 5 && row > 0 ? 1 : 0;
}

/// Goes to the next chunk of pixels. Its head gets the length of the data that exists, so that a truncated chunk is
/// read as far as it goes.
static void next_chunk(twc_png_reader *reader) {
    twc_source *source = &reader->common.source;
    uint8_t frame[8];
    reader->memory_count = reader->memory_done = 0;
    while (reader->stream <= reader->last_data) {
        twc_source_seek(source, reader->stream);
        if (twc_source_read(source, frame, 8) != 8) break;
        uint64_t left = source->size - reader->stream - 8, length = twc_be32(frame);
        if (twc_be32(frame + 4) != TWC_PNG_IDAT) {
            twc_note(&reader->common.notes, "a chunk between those of the pixels was ignored");
            reader->stream += 12 + length;
            continue;
        }
        if (length > left) length = left;
        twc_put_be32(reader->memory, (uint32_t)length);
        memcpy(reader->memory + 4, frame + 4, 4);
        reader->memory_count = 8;
        reader->stream += 8;
        reader->stream_end = reader->stream + length + 4;
        reader->chunk_row = twc_png_incomplete_row(reader);
        return;
    }
    reader->has_stream_ended = true;
    put_chunk(reader, TWC_PNG_IEND, NULL, 0);
}

bool twc_png_has_more(twc_png_reader *reader) {
    uint64_t offset = reader->stream, bytes = 0;
    uint8_t frame[8];
    while (!reader->has_stream_ended && offset <= reader->last_data && bytes <= 8) {
        twc_source_seek(&reader->common.source, offset);
        if (twc_source_read(&reader->common.source, frame, 8) != 8) break;
        if (twc_be32(frame + 4) == TWC_PNG_IDAT) bytes += twc_be32(frame);
        offset += 12 + (uint64_t)twc_be32(frame);
    }
    return bytes > 8;
}

void twc_png_read_stream(png_structp png, png_bytep bytes, size_t count) {
    twc_png_reader *reader = png_get_io_ptr(png);
    while (count) {
        size_t part = reader->memory_count - reader->memory_done;
        if (part) {
            if (part > count) part = count;
            memcpy(bytes, reader->memory + reader->memory_done, part);
            reader->memory_done += part;
        } else if (reader->stream < reader->stream_end) {
            part = reader->stream_end - reader->stream > count ? count : (size_t)(reader->stream_end - reader->stream);
            twc_source_seek(&reader->common.source, reader->stream);
            if (twc_source_read(&reader->common.source, bytes, part) != part) {
                reader->is_out_of_data = true;
                png_error(png, "the file ends");
            }
            reader->stream += part;
        } else {
            next_chunk(reader);
        }
        bytes += part;
        count -= part;
    }
}
