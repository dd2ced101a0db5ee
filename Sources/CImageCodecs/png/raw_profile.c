// Profiles in text chunks as hexadecimal digits, as ImageMagick and others write them: "\nexif\n     120\n4578…".
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

/// Decodes a text in place. False if it has another form, or another length than it says.
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
        // Two digits become one byte, so bytes never overwrite digits that are still needed.
        text[done] = (uint8_t)(digits % 2 ? text[done] | digit : digit << 4);
        done += digits++ % 2;
    }
    *decoded = done;
    return digits % 2 == 0 && done == length;
}

/// The kind of block, without the prefix that it has in JPEG; 0 if its kind is not kept.
static int kind_of(const char *name, const uint8_t **bytes, size_t *count) {
    static const char xmp[] = "http://ns.adobe.com/xap/1.0/";
    if (strcmp(name, "exif") == 0 || strcmp(name, "APP1") == 0 || strcmp(name, "xmp") == 0) {
        if (*count > sizeof xmp && memcmp(*bytes, xmp, sizeof xmp) == 0) {
            *bytes += sizeof xmp, *count -= sizeof xmp;
            return TWC_XMP;
        }
        if (strcmp(name, "xmp") == 0) return TWC_XMP;
        if (*count > 6 && memcmp(*bytes, "Exif\0\0", 6) == 0) *bytes += 6, *count -= 6;
        return *count >= 8 && twc_begins_structure(*bytes) ? TWC_EXIF : 0;
    }
    if (strcmp(name, "icc") == 0 || strcmp(name, "icm") == 0)
        return *count >= 132 && memcmp(*bytes + 36, "acsp", 4) == 0 ? TWC_ICC : 0;
    return *count && **bytes == 0x1C ? TWC_IPTC : 0;
}

static void take(twc_png_reader *reader, const twc_png_chunk *chunk) {
    twc_notes *notes = &reader->common.notes;
    twc_blocks *blocks = &reader->common.blocks;
    char name[8] = {0}, what[40];
    // Skips the chunk's head and "Raw profile type ".
    twc_source_seek(&reader->common.source, chunk->offset + 8 + 17);
    twc_source_read(&reader->common.source, name, 5);
    strcpy(what, "the text 'Raw profile type ");
    strcat(strcat(what, name), "'");

    size_t count = 0, decoded;
    uint8_t *bytes, *text = NULL;
    if (twc_png_read_chunk(reader, chunk, &bytes) == TWC_PNG_DATA_OK) {
        text = twc_png_text(reader, chunk->type, what, bytes, chunk->length, &count);
        free(bytes);
    }
    if (!text) return;
    if (!decode(text, count, &decoded)) {
        twc_note_metadata(notes, "%s was left out: its digits are damaged", what);
    } else if ((name[0] == 'i' || name[0] == '8') && decoded >= 4 && memcmp(text, "8BIM", 4) == 0) {
        twc_photoshop_add(blocks, notes, text, decoded, what);
    } else {
        const uint8_t *block = text;
        int kind = kind_of(name, &block, &decoded);
        if (!kind) twc_note_metadata(notes, "%s was left out: there is no such profile in it", what);
        else if (twc_blocks_first(blocks->blocks, blocks->count, (twc_block_kind)kind))
            twc_note_metadata(notes, "%s was left out: the file has another such block", what);
        else twc_blocks_add(blocks, notes, (twc_block_kind)kind, 0, 0, block, decoded);
    }
    free(text);
}

void twc_png_raw_profiles(twc_png_reader *reader) {
    for (size_t index = 0; index < reader->raw_profile_count; index++) take(reader, &reader->raw_profiles[index]);
}
