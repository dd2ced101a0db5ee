// Metadata in chunks: profile, EXIF, XMP, texts, resolution and color.
#include "../common/density.h"
#include "png_reader.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

uint8_t *twc_png_inflate(
    twc_png_reader *reader, const uint8_t *bytes, size_t count, size_t *inflated, const char **fault) {
    size_t limit = TWC_MAXIMUM_METADATA - reader->inflated, capacity = 16 << 10;
    uint8_t *out = NULL;
    const char *reason = NULL;
    z_stream stream = {.next_in = (Bytef *)bytes, .avail_in = (uInt)count};
    if (inflateInit(&stream) != Z_OK) reason = "not enough memory";
    for (int code = Z_OK; !reason && code != Z_STREAM_END;) {
        size_t done = stream.total_out;
        if (capacity <= done) capacity *= 2;
        if (capacity > limit) capacity = limit;
        uint8_t *more = done < capacity ? realloc(out, capacity) : NULL;
        if (!more) {
            reason = done == limit ? "it becomes too large" : "not enough memory";
            break;
        }
        out = more;
        stream.next_out = out + done;
        stream.avail_out = (uInt)(capacity - done);
        code = inflate(&stream, Z_NO_FLUSH);
        // No progress means that data at the end is missing.
        if (code != Z_STREAM_END && (code != Z_OK || (!stream.avail_in && stream.avail_out)))
            reason = "its compression is damaged";
    }
    *inflated = stream.total_out;
    reader->inflated += stream.total_out;
    inflateEnd(&stream);
    if (!reason) return out;
    *fault = reason;
    free(out);
    return NULL;
}

static bool has(twc_png_reader *reader, twc_block_kind kind) {
    return twc_blocks_first(reader->common.blocks.blocks, reader->common.blocks.count, kind) != NULL;
}

static void add(twc_png_reader *reader, twc_block_kind kind, uint32_t tag, const uint8_t *bytes, size_t count) {
    twc_blocks_add(&reader->common.blocks, &reader->common.notes, kind, tag, 0, bytes, count);
}

static void take_profile(twc_png_reader *reader, const uint8_t *bytes, size_t count) {
    twc_notes *notes = &reader->common.notes;
    size_t name = twc_png_keyword(bytes, count), inflated;
    if (has(reader, TWC_ICC)) {
        twc_note(notes, "a second ICC profile was left out");
        return;
    }
    if (!name || count < name + 2 || bytes[name + 1] != 0) {
        twc_note(notes, "the ICC profile was left out: its chunk begins wrongly");
        return;
    }
    const char *fault;
    uint8_t *profile = twc_png_inflate(reader, bytes + name + 2, count - name - 2, &inflated, &fault);
    if (!profile) {
        twc_note(notes, "the ICC profile was left out: %s", fault);
        return;
    }
    if (inflated < 132 || memcmp(profile + 36, "acsp", 4) != 0) {
        twc_note(notes, "the ICC profile was left out: its header is wrong");
    } else {
        if (twc_be32(profile) != inflated)
            twc_note(notes, "the ICC profile says that it has %u bytes; it has %zu", twc_be32(profile), inflated);
        add(reader, TWC_ICC, 0, profile, inflated);
    }
    free(profile);
}

static void take_exif(twc_png_reader *reader, const uint8_t *bytes, size_t count) {
    // Some programs write the prefix that an EXIF block has in JPEG.
    if (count > 6 && memcmp(bytes, "Exif\0\0", 6) == 0) bytes += 6, count -= 6;
    if (has(reader, TWC_EXIF)) twc_note_metadata(&reader->common.notes, "a second EXIF block was left out");
    else if (count < 8 || !twc_begins_structure(bytes))
        twc_note_metadata(&reader->common.notes, "the EXIF block was left out: it does not begin as one");
    else add(reader, TWC_EXIF, 0, bytes, count);
}

static void take_density(twc_png_reader *reader, const uint8_t *bytes) {
    twc_density *density = &reader->common.info.density;
    uint32_t x = twc_be32(bytes), y = twc_be32(bytes + 4);
    if (reader->has_density) return;
    reader->has_density = true;
    if (!x || !y) {
        twc_note_metadata(&reader->common.notes, "the chunk pHYs was left out: it says %u×%u pixels", x, y);
        return;
    }
    if (bytes[8] > 1)
        twc_note_metadata(&reader->common.notes,
            "the chunk pHYs has the unknown unit %u: its numbers were kept as the pixels' aspect", bytes[8]);
    *density = bytes[8] == 1 ? twc_density_of_metres(x, y) : (twc_density){x, y, TWC_UNIT_NONE};
}

/// Whether the chromaticities are impossible: white without brightness, primaries on one line, or a number out of
/// range.
static bool is_no_gamut(const uint8_t *bytes) {
    double at[8];
    for (int index = 0; index < 8; index++) {
        if (twc_be32(bytes + 4 * index) > INT32_MAX) return true;
        at[index] = twc_be32(bytes + 4 * index);
    }
    return at[1] == 0 || (at[4] - at[2]) * (at[7] - at[3]) == (at[6] - at[2]) * (at[5] - at[3]);
}

/// Keeps a chunk as it is, unless it is a duplicate or has impossible values.
static void take_verbatim(twc_png_reader *reader, uint32_t type, const char *name, const uint8_t *bytes, size_t count) {
    twc_notes *notes = &reader->common.notes;
    for (size_t index = 0; index < reader->common.blocks.count; index++)
        if (reader->common.blocks.blocks[index].tag == type) {
            twc_png_note_of(type)(notes, "a second chunk %s was left out", name);
            return;
        }
    if (type == TWC_PNG_gAMA && (!twc_be32(bytes) || twc_be32(bytes) > INT32_MAX))
        twc_note(notes, "the chunk gAMA was left out: its gamma is %u", twc_be32(bytes));
    else if (type == TWC_PNG_cHRM && is_no_gamut(bytes))
        twc_note(notes, "the chunk cHRM was left out: no colors have these coordinates");
    else if (type == TWC_PNG_sRGB && *bytes > 3)
        twc_note(notes, "the chunk sRGB was left out: there is no rendering intent %u", *bytes);
    else
        add(reader, TWC_PNG_CHUNK, type, bytes, count);
}

/// The length that a kind always has; 0 if it varies.
static uint32_t length_of(uint32_t type) {
    switch (type) {
        case TWC_PNG_pHYs: return 9;
        case TWC_PNG_tIME: return 7;
        case TWC_PNG_gAMA: return 4;
        case TWC_PNG_cHRM: return 32;
        case TWC_PNG_sRGB: return 1;
        case TWC_PNG_cICP: return 4;
        case TWC_PNG_mDCV: return 24;
        case TWC_PNG_cLLI: return 8;
        default: return 0;
    }
}

twc_noting *twc_png_note_of(uint32_t type) {
    bool is_about_color = type == TWC_PNG_iCCP || type == TWC_PNG_gAMA || type == TWC_PNG_cHRM || type == TWC_PNG_sRGB
        || type == TWC_PNG_cICP || type == TWC_PNG_mDCV || type == TWC_PNG_cLLI;
    return is_about_color ? twc_note : twc_note_metadata;
}

bool twc_png_is_wanted(twc_png_reader *reader, uint32_t type) {
    char name[] = {(char)(type >> 24), (char)(type >> 16), (char)(type >> 8), (char)type, 0};
    if (length_of(type) || type == TWC_PNG_iCCP || type == TWC_PNG_eXIf || type == TWC_PNG_tEXt || type == TWC_PNG_zTXt
        || type == TWC_PNG_iTXt)
        return true;
    size_t used = strlen(reader->left_out);
    if (strstr(reader->left_out, name)) return false;
    if (used + 12 < sizeof reader->left_out) {
        if (used) strcpy(reader->left_out + used, ", ");
        strcat(reader->left_out, name);
    } else if (reader->left_out[used - 1] != '.') {
        strcpy(reader->left_out + used, ", ...");
    }
    return false;
}

void twc_png_metadata(twc_png_reader *reader, const twc_png_chunk *chunk, const uint8_t *bytes) {
    uint32_t type = chunk->type, length = length_of(type);
    char name[] = {(char)(type >> 24), (char)(type >> 16), (char)(type >> 8), (char)type, 0};
    if (length && chunk->length != length) {
        twc_png_note_of(type)(&reader->common.notes, "the chunk %s was left out: it has %u bytes, not %u", name,
            chunk->length, length);
        return;
    }
    switch (type) {
        case TWC_PNG_iCCP: take_profile(reader, bytes, chunk->length); break;
        case TWC_PNG_eXIf: take_exif(reader, bytes, chunk->length); break;
        case TWC_PNG_pHYs: take_density(reader, bytes); break;
        case TWC_PNG_tEXt:
        case TWC_PNG_zTXt:
        case TWC_PNG_iTXt: twc_png_take_text(reader, chunk, bytes); break;
        default: take_verbatim(reader, type, name, bytes, chunk->length);
    }
}
