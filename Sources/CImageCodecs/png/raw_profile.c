// Profiles in text chunks, in hexadecimal digits, as ImageMagick and others write them: "\nexif\n     120\n4578…".
#include "png_reader.h"
#include <stdlib.h>
#include <string.h>

static int digit_of(uint8_t letter) {
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return -1;
}

static bool is_space(uint8_t letter) { return letter == ' ' || (letter >= '\t' && letter <= '\r'); }

/// Decodes a text in place. False if it is not of this form, or not as long as it says.
static bool decode(uint8_t *text, size_t count, size_t *decoded) {
    size_t at = 1, done = 0, digits = 0;
    uint64_t length = 0;
    if (!count || text[0] != '\n') return false;
    while (at < count && text[at] != '\n') at++;
    while (at < count && is_space(text[at])) at++;
    for (; at < count && text[at] >= '0' && text[at] <= '9' && length < UINT32_MAX; at++)
        length = length * 10 + (uint64_t)(text[at] - '0');
    if (at == count || text[at] != '\n') return false;
    for (; at < count; at++) {
        if (is_space(text[at])) continue;
        int digit = digit_of(text[at]);
        if (digit < 0) return false;
        // Two digits become a byte that lies before them.
        text[done] = (uint8_t)(digits % 2 ? text[done] | digit : digit << 4);
        done += digits++ % 2;
    }
    *decoded = done;
    return digits % 2 == 0 && done == length;
}

/// The IPTC records in Photoshop's resources; null if there are none.
static const uint8_t *iptc_in(const uint8_t *bytes, size_t count, size_t *found) {
    size_t at = 0;
    while (count - at >= 12 && memcmp(bytes + at, "8BIM", 4) == 0) {
        uint32_t kind = twc_be16(bytes + at + 4);
        // The name has its length before it, and both are padded to even bytes.
        size_t name = ((size_t)bytes[at + 6] + 2) & ~(size_t)1;
        if (count - at < 6 + name + 4) return NULL;
        uint32_t length = twc_be32(bytes + at + 6 + name);
        at += 6 + name + 4;
        if (length > count - at) return NULL;
        if (kind == 0x0404) {
            *found = length;
            return bytes + at;
        }
        at += length;
        if (length % 2 && at < count) at++;
    }
    return NULL;
}

/// What the bytes are, without the prefixes that they have in JPEG; 0 if nothing that is kept.
static int kind_of(const char *name, const uint8_t **bytes, size_t *count) {
    static const char xmp[] = "http://ns.adobe.com/xap/1.0/";
    if (strcmp(name, "exif") == 0 || strcmp(name, "APP1") == 0 || strcmp(name, "xmp") == 0) {
        if (*count > sizeof xmp && memcmp(*bytes, xmp, sizeof xmp) == 0) {
            *bytes += sizeof xmp, *count -= sizeof xmp;
            return TWC_XMP;
        }
        if (strcmp(name, "xmp") == 0) return TWC_XMP;
        if (*count > 6 && memcmp(*bytes, "Exif\0\0", 6) == 0) *bytes += 6, *count -= 6;
        return *count >= 8 && (memcmp(*bytes, "II*\0", 4) == 0 || memcmp(*bytes, "MM\0*", 4) == 0) ? TWC_EXIF : 0;
    }
    if (strcmp(name, "icc") == 0 || strcmp(name, "icm") == 0)
        return *count >= 132 && memcmp(*bytes + 36, "acsp", 4) == 0 ? TWC_ICC : 0;
    if (*count && **bytes == 0x1C) return TWC_IPTC;
    *bytes = iptc_in(*bytes, *count, count);
    return *bytes ? TWC_IPTC : 0;
}

/// Turns a chunk's data into the text behind its keyword, which the caller frees.
static uint8_t *text_of(twc_png_reader *reader, const twc_png_chunk *chunk, const char *what, size_t *count) {
    uint8_t *bytes, *text = NULL;
    if (twc_png_read_chunk(reader, chunk, &bytes) != TWC_PNG_DATA_OK) return NULL;
    size_t keyword = strlen((const char *)bytes) + 1;
    if (keyword > chunk->length) keyword = chunk->length;
    if (chunk->type == TWC_PNG_zTXt) {
        if (chunk->length > keyword && bytes[keyword] == 0)
            text = twc_png_inflate(reader, what, bytes + keyword + 1, chunk->length - keyword - 1, count);
        free(bytes);
        return text;
    }
    *count = chunk->length - keyword;
    memmove(bytes, bytes + keyword, *count);
    return bytes;
}

static void take(twc_png_reader *reader, const twc_png_chunk *chunk) {
    twc_notes *notes = &reader->common.notes;
    twc_blocks *blocks = &reader->common.blocks;
    char name[8] = {0}, what[40];
    // Behind "Raw profile type ".
    twc_source_seek(&reader->common.source, chunk->offset + 8 + 17);
    twc_source_read(&reader->common.source, name, 5);
    strcpy(what, "the text 'Raw profile type ");
    strcat(strcat(what, name), "'");

    size_t count = 0, decoded;
    uint8_t *text = text_of(reader, chunk, what, &count);
    if (!text) return;
    if (!decode(text, count, &decoded)) {
        twc_note_metadata(notes, "%s was left out: its digits are damaged", what);
    } else {
        const uint8_t *bytes = text;
        int kind = kind_of(name, &bytes, &decoded);
        if (!kind) twc_note_metadata(notes, "%s was left out: there is no such profile in it", what);
        else if (twc_blocks_first(blocks->blocks, blocks->count, (twc_block_kind)kind))
            twc_note_metadata(notes, "%s was left out: the file has another such block", what);
        else twc_blocks_add(blocks, notes, (twc_block_kind)kind, 0, 0, bytes, decoded);
    }
    free(text);
}

void twc_png_raw_profiles(twc_png_reader *reader) {
    for (size_t index = 0; index < reader->raw_profile_count; index++) take(reader, &reader->raw_profiles[index]);
}
