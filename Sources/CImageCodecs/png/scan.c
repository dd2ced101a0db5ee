// Walks over the chunks of a PNG file from the first to the last, without decoding pixels.
#include "png_reader.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MAXIMUM_SIDE_CHUNKS = 10000 };

twc_png_data twc_png_read_chunk(twc_png_reader *reader, const twc_png_chunk *chunk, uint8_t **bytes) {
    twc_source *source = &reader->common.source;
    uint8_t frame[4];
    *bytes = malloc((size_t)chunk->length + 1);
    if (!*bytes) return TWC_PNG_DATA_NO_MEMORY;
    (*bytes)[chunk->length] = 0;
    twc_source_seek(source, chunk->offset + 8);
    bool is_whole = twc_source_read(source, *bytes, chunk->length) == chunk->length
        && twc_source_read(source, frame, 4) == 4;
    if (is_whole) {
        uint32_t sum = twc_be32(frame);
        frame[0] = (uint8_t)(chunk->type >> 24);
        frame[1] = (uint8_t)(chunk->type >> 16);
        frame[2] = (uint8_t)(chunk->type >> 8);
        frame[3] = (uint8_t)chunk->type;
        // A null pointer would make zlib begin a new checksum, so an empty chunk has an address.
        if (crc32(crc32(0, frame, 4), *bytes, chunk->length) == sum) return TWC_PNG_DATA_OK;
    }
    free(*bytes);
    *bytes = NULL;
    return TWC_PNG_DATA_BROKEN;
}

static void name_of(uint32_t type, char name[5]) {
    for (int index = 0; index < 4; index++) name[index] = (char)(type >> (24 - 8 * index));
    name[4] = 0;
}

/// Reads the next chunk's length and type. False if there is no further chunk.
static bool read_frame(twc_source *source, uint64_t offset, twc_png_chunk *chunk) {
    uint8_t frame[8];
    twc_source_seek(source, offset);
    if (twc_source_read(source, frame, 8) != 8) return false;
    *chunk = (twc_png_chunk){.type = twc_be32(frame + 4), .length = twc_be32(frame), .offset = offset};
    for (int index = 4; index < 8; index++)
        if (!isalpha(frame[index]) || frame[index] > 127) return false;
    return chunk->length <= INT32_MAX;
}

/// Takes a chunk that pixels depend on.
static twc_status take_critical(twc_png_reader *reader, const twc_png_chunk *chunk) {
    uint8_t *bytes;
    char name[5];
    name_of(chunk->type, name);
    // The longest valid ones have 768 bytes.
    twc_png_data data = chunk->length > 4096 ? TWC_PNG_DATA_BROKEN : twc_png_read_chunk(reader, chunk, &bytes);
    if (data == TWC_PNG_DATA_NO_MEMORY) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a chunk");
    if (data == TWC_PNG_DATA_BROKEN)
        return twc_damage(0, "the chunk %s is damaged: its checksum or length is wrong", name);
    twc_status status = twc_ok();
    if (chunk->type == TWC_PNG_IHDR) status = twc_png_header(reader, bytes, chunk->length);
    else if (chunk->type == TWC_PNG_PLTE || chunk->type == TWC_PNG_tRNS)
        status = twc_png_colors(reader, chunk->type, bytes, chunk->length);
    else if (chunk->type == TWC_PNG_acTL) status = twc_failure(TWC_UNSUPPORTED, "an animated PNG file cannot be read");
    else if (memcmp(name, "CgBI", 4) == 0)
        status = twc_failure(TWC_UNSUPPORTED, "a PNG file in Apple's CgBI format cannot be read");
    else status = twc_failure(TWC_UNSUPPORTED, "a PNG file with the unknown critical chunk %s cannot be read", name);
    free(bytes);
    return status;
}

static void take_ancillary(twc_png_reader *reader, const twc_png_chunk *chunk) {
    twc_notes *notes = &reader->common.notes;
    uint8_t *bytes;
    char name[5];
    // The number is limited, so that the time for a file is bounded.
    if (reader->side_chunks++ >= MAXIMUM_SIDE_CHUNKS) {
        twc_note_metadata(notes, "chunks after the first %d beside the pixels were left out", MAXIMUM_SIDE_CHUNKS);
        return;
    }
    if (!twc_png_is_wanted(reader, chunk->type)) return;
    name_of(chunk->type, name);
    if (chunk->length > TWC_MAXIMUM_METADATA) {
        twc_png_note_of(chunk->type)(
            notes, "the chunk %s of %u bytes was left out: it is too large", name, chunk->length);
        return;
    }
    twc_png_data data = twc_png_read_chunk(reader, chunk, &bytes);
    if (data == TWC_PNG_DATA_OK) {
        twc_png_metadata(reader, chunk, bytes);
        free(bytes);
    } else {
        twc_png_note_of(chunk->type)(notes, "the chunk %s was left out: %s", name,
            data == TWC_PNG_DATA_BROKEN ? "its checksum is wrong" : "not enough memory");
    }
}

static bool is_critical(const twc_png_reader *reader, uint32_t type) {
    // Transparency is part of the pixels.
    return !(type >> 24 & 0x20) || (!reader->has_data && (type == TWC_PNG_tRNS || type == TWC_PNG_acTL));
}

/// Takes one whole chunk.
static twc_status take(twc_png_reader *reader, const twc_png_chunk *chunk) {
    if (chunk->type == TWC_PNG_IDAT) {
        if (!reader->has_data) reader->first_data = chunk->offset;
        reader->has_data = true;
        reader->last_data = chunk->offset;
        return twc_ok();
    }
    if (chunk->type == TWC_PNG_IEND) {
        uint8_t *bytes = NULL;
        if (chunk->length || twc_png_read_chunk(reader, chunk, &bytes) == TWC_PNG_DATA_BROKEN)
            twc_note(&reader->common.notes, "the end marker (the chunk IEND) is damaged");
        free(bytes);
        reader->has_end = true;
        return twc_ok();
    }
    if (!is_critical(reader, chunk->type)) {
        take_ancillary(reader, chunk);
        return twc_ok();
    }
    if (!reader->has_data) return take_critical(reader, chunk);
    // A chunk behind the pixels cannot change them.
    char name[5];
    name_of(chunk->type, name);
    twc_note(&reader->common.notes, "the chunk %s behind the pixels was ignored", name);
    return twc_ok();
}

twc_status twc_png_scan(twc_png_reader *reader) {
    twc_source *source = &reader->common.source;
    twc_png_chunk chunk;
    reader->end = 8;
    while (!reader->has_end && read_frame(source, reader->end, &chunk)) {
        if (reader->end == 8 && chunk.type != TWC_PNG_IHDR && chunk.type != TWC_PNG_TYPE('C', 'g', 'B', 'I'))
            return twc_damage(0, "the file does not begin with the chunk IHDR");
        bool is_whole = chunk.length <= source->size - chunk.offset - 8
            && source->size - chunk.offset - 8 - chunk.length >= 4;
        // Pixels of an incomplete chunk are read as far as they go.
        if (!is_whole && chunk.type != TWC_PNG_IDAT) break;
        twc_status status = take(reader, &chunk);
        if (status.code) return status;
        if (!is_whole) break;
        reader->end = chunk.offset + 12 + chunk.length;
    }
    if (source->error) return twc_system_failure(source->error, "the file cannot be read");
    if (!reader->common.info.width) return twc_damage(0, "the chunk IHDR is missing");
    if (!reader->has_data)
        return twc_damage(0, "pixel data is missing: the file has no chunk IDAT up to byte %llu",
            (unsigned long long)reader->end);
    twc_png_raw_profiles(reader);
    if (reader->left_out[0])
        twc_note_metadata(&reader->common.notes,
            strchr(reader->left_out, ',') ? "the PNG chunks %s were left out" : "the PNG chunk %s was left out",
            reader->left_out);
    return twc_png_layout(reader);
}
