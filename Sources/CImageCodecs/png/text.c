// Text chunks: tEXt, zTXt and iTXt. A chunk that holds another block of metadata becomes that block.
#include "png_reader.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t twc_png_keyword(const uint8_t *bytes, size_t count) {
    const uint8_t *end = memchr(bytes, 0, count < 80 ? count : 80);
    return end ? (size_t)(end - bytes) : 0;
}

size_t twc_png_start_of_text(uint32_t type, const uint8_t *bytes, size_t count, bool *is_compressed) {
    size_t at = twc_png_keyword(bytes, count) + 1;
    *is_compressed = type == TWC_PNG_zTXt;
    if (at == 1 || type == TWC_PNG_tEXt) return at == 1 ? 0 : at;
    if (type == TWC_PNG_zTXt) return count > at ? at + 1 : 0;
    if (count < at + 2) return 0;
    *is_compressed = bytes[at];
    // The language and the translated keyword follow the flag and the method of compression.
    at += 2;
    for (int skipped = 0; skipped < 2; skipped++) {
        const uint8_t *end = memchr(bytes + at, 0, count - at);
        if (!end) return 0;
        at = (size_t)(end - bytes) + 1;
    }
    return at;
}

/// The decompressed text; null with the reason in `fault`.
static uint8_t *read_text(
    twc_png_reader *reader, uint32_t type, const uint8_t *bytes, size_t count, size_t *length, char fault[48]) {
    bool is_compressed;
    size_t at = twc_png_start_of_text(type, bytes, count, &is_compressed), after = twc_png_keyword(bytes, count) + 1;
    const char *reason = "its chunk begins wrongly";
    uint8_t flag = at && type == TWC_PNG_iTXt ? bytes[after] : 0;
    uint8_t method = !at || !is_compressed ? 0 : type == TWC_PNG_iTXt ? bytes[after + 1] : bytes[after];
    uint8_t *text = NULL;
    if (flag > 1) {
        snprintf(fault, 48, "its compression flag is %u", flag);
        return NULL;
    }
    if (method) {
        snprintf(fault, 48, "there is no compression method %u", method);
        return NULL;
    }
    if (at && is_compressed) {
        text = twc_png_inflate(reader, bytes + at, count - at, length, &reason);
    } else if (at) {
        *length = count - at;
        text = malloc(*length + 1);
        if (text) memcpy(text, bytes + at, *length);
        else reason = "not enough memory";
    }
    if (!text) snprintf(fault, 48, "%s", reason);
    return text;
}

uint8_t *twc_png_text(
    twc_png_reader *reader, uint32_t type, const char *what, const uint8_t *bytes, size_t count, size_t *length) {
    char fault[48];
    uint8_t *text = read_text(reader, type, bytes, count, length, fault);
    if (!text) twc_note_metadata(&reader->common.notes, "%s was left out: %s", what, fault);
    return text;
}

static void take_xmp(twc_png_reader *reader, uint32_t type, const uint8_t *bytes, size_t count) {
    twc_reader *common = &reader->common;
    size_t length;
    if (twc_blocks_first(common->blocks.blocks, common->blocks.count, TWC_XMP)) {
        twc_note_metadata(&common->notes, "a second XMP packet was left out");
        return;
    }
    uint8_t *packet = twc_png_text(reader, type, "the XMP packet", bytes, count, &length);
    if (packet) twc_blocks_add(&common->blocks, &common->notes, TWC_XMP, 0, 0, packet, length);
    free(packet);
}

/// Whether the keyword is that of a profile in hexadecimal digits. Such chunks are decoded after all others.
static bool take_raw_profile(twc_png_reader *reader, const twc_png_chunk *chunk, const char *keyword) {
    static const char *const profiles[] = {"exif", "APP1", "xmp", "icc", "icm", "iptc", "8bim"};
    if (strncmp(keyword, TWC_PNG_RAW_KEYWORD, sizeof TWC_PNG_RAW_KEYWORD - 1) != 0) return false;
    for (size_t index = 0; index < sizeof profiles / sizeof *profiles; index++) {
        if (strcmp(keyword + sizeof TWC_PNG_RAW_KEYWORD - 1, profiles[index]) != 0) continue;
        if (reader->raw_profile_count < TWC_PNG_RAW_PROFILES)
            reader->raw_profiles[reader->raw_profile_count++] = *chunk;
        else
            twc_note_quote(&reader->common.notes, "the text %s was left out: there are too many",
                "the texts %s were left out: there are too many", "'%s'", keyword);
        return true;
    }
    return false;
}

/// Whether bytes are valid UTF-8, without overlong encodings and surrogates.
static bool is_utf8(const uint8_t *bytes, size_t count) {
    for (size_t at = 0; at < count;) {
        uint8_t first = bytes[at];
        size_t more = first < 0x80 ? 0 : first < 0xC2 ? 4 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : first < 0xF5 ? 3 : 4;
        if (more > count - at - 1 || more == 4) return false;
        for (size_t index = 1; index <= more; index++)
            if ((bytes[at + index] & 0xC0) != 0x80) return false;
        uint8_t second = more ? bytes[at + 1] : 0;
        if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90)
            || (first == 0xF4 && second > 0x8F))
            return false;
        at += 1 + more;
    }
    return true;
}

/// Whether a text can be read, so that keeping its chunk makes sense. A note says why not.
static bool is_sound(twc_png_reader *reader, const twc_png_chunk *chunk, const uint8_t *bytes) {
    size_t keyword = twc_png_keyword(bytes, chunk->length), length, kept = reader->inflated;
    char fault[48] = "";
    // Inspecting a text does not use up the limit for kept metadata. Beyond its own limit, texts are kept without
    // inspection.
    if (reader->inspected >= TWC_MAXIMUM_METADATA) return true;
    reader->inflated = reader->inspected;
    uint8_t *text = read_text(reader, chunk->type, bytes, chunk->length, &length, fault);
    reader->inspected = reader->inflated;
    reader->inflated = kept;
    if (reader->inspected >= TWC_MAXIMUM_METADATA) {
        free(text);
        return true;
    }
    if (text && chunk->type != TWC_PNG_iTXt) {
        if (memchr(text, 0, length)) strcpy(fault, "it has a zero byte in it");
    } else if (text) {
        // The keyword is Latin-1. Everything behind it is UTF-8, except the flag and the method of compression.
        bool is_compressed;
        size_t first = keyword + 3, start = twc_png_start_of_text(chunk->type, bytes, chunk->length, &is_compressed);
        if (!is_utf8(bytes + first, start - first) || !is_utf8(text, length)) strcpy(fault, "it is not UTF-8");
    }
    free(text);
    if (!*fault) return true;
    char name[80] = "";
    for (size_t at = 0; at < keyword; at++) name[at] = bytes[at] < 127 && isprint(bytes[at]) ? (char)bytes[at] : '?';
    twc_note_quoting(&reader->common.notes, "a text was left out: it cannot be read", "the text '%s' was left out: %s",
        name, fault);
    return false;
}

void twc_png_take_text(twc_png_reader *reader, const twc_png_chunk *chunk, const uint8_t *bytes) {
    const char *keyword = (const char *)bytes;
    twc_reader *common = &reader->common;
    if (!twc_png_keyword(bytes, chunk->length))
        twc_note_metadata(&common->notes, "a text was left out: its keyword is wrong");
    else if (strcmp(keyword, TWC_PNG_XMP_KEYWORD) == 0)
        take_xmp(reader, chunk->type, bytes, chunk->length);
    else if (!take_raw_profile(reader, chunk, keyword) && is_sound(reader, chunk, bytes))
        twc_blocks_add(&common->blocks, &common->notes, TWC_PNG_CHUNK, chunk->type, 0, bytes, chunk->length);
}
