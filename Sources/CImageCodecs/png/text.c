// Text chunks: tEXt, zTXt and iTXt. Those that hold another block of metadata become that block.
#define _GNU_SOURCE
#include "png_reader.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

static const char xmp_keyword[] = "XML:com.adobe.xmp", raw_keyword[] = "Raw profile type ";

size_t twc_png_keyword(const uint8_t *bytes, size_t count) {
    const uint8_t *end = memchr(bytes, 0, count < 80 ? count : 80);
    return end ? (size_t)(end - bytes) : 0;
}

/// Where the text begins, behind the keyword and what describes the text; 0 if the chunk ends before.
static size_t start_of_text(uint32_t type, const uint8_t *bytes, size_t count, bool *is_compressed) {
    size_t at = twc_png_keyword(bytes, count) + 1;
    *is_compressed = type == TWC_PNG_zTXt;
    if (at == 1 || type == TWC_PNG_tEXt) return at == 1 ? 0 : at;
    if (type == TWC_PNG_zTXt) return count > at ? at + 1 : 0;
    if (count < at + 2) return 0;
    *is_compressed = bytes[at];
    // Behind the flag and the method of compression stand the language and the translated keyword.
    at += 2;
    for (int skipped = 0; skipped < 2; skipped++) {
        const uint8_t *end = memchr(bytes + at, 0, count - at);
        if (!end) return 0;
        at = (size_t)(end - bytes) + 1;
    }
    return at;
}

uint8_t *twc_png_text(
    twc_png_reader *reader, uint32_t type, const char *what, const uint8_t *bytes, size_t count, size_t *length) {
    bool is_compressed;
    size_t at = start_of_text(type, bytes, count, &is_compressed);
    if (!at) {
        twc_note_metadata(&reader->common.notes, "%s was left out: its chunk begins wrongly", what);
        return NULL;
    }
    if (is_compressed) return twc_png_inflate(reader, what, bytes + at, count - at, length);
    *length = count - at;
    uint8_t *text = malloc(*length + 1);
    if (text) memcpy(text, bytes + at, *length);
    else twc_note_metadata(&reader->common.notes, "%s was left out: not enough memory", what);
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

/// Whether the keyword is that of a profile in hexadecimal digits, which is looked at later.
static bool take_raw_profile(twc_png_reader *reader, const twc_png_chunk *chunk, const char *keyword) {
    static const char *const profiles[] = {"exif", "APP1", "xmp", "icc", "icm", "iptc", "8bim"};
    if (strncmp(keyword, raw_keyword, sizeof raw_keyword - 1) != 0) return false;
    for (size_t index = 0; index < sizeof profiles / sizeof *profiles; index++) {
        if (strcmp(keyword + sizeof raw_keyword - 1, profiles[index]) != 0) continue;
        if (reader->raw_profile_count < TWC_PNG_RAW_PROFILES)
            reader->raw_profiles[reader->raw_profile_count++] = *chunk;
        else
            twc_note_thing(&reader->common.notes, "the text %s was left out: there are too many",
                "the texts %s were left out: there are too many", "'%s'", keyword);
        return true;
    }
    return false;
}

void twc_png_take_text(twc_png_reader *reader, const twc_png_chunk *chunk, const uint8_t *bytes) {
    const char *keyword = (const char *)bytes;
    twc_reader *common = &reader->common;
    if (!twc_png_keyword(bytes, chunk->length))
        twc_note_metadata(&common->notes, "a text was left out: its keyword is wrong");
    else if (strcmp(keyword, xmp_keyword) == 0)
        take_xmp(reader, chunk->type, bytes, chunk->length);
    else if (!take_raw_profile(reader, chunk, keyword))
        twc_blocks_add(&common->blocks, &common->notes, TWC_PNG_CHUNK, chunk->type, 0, bytes, chunk->length);
}

/// Whether a text has XMP in it, in its first 64 KiB.
static bool has_xmp(const uint8_t *text, size_t count) {
    static const char *const marks[] = {"<x:xmpmeta", "<rdf:RDF", "<?xpacket"};
    if (count > 64 << 10) count = 64 << 10;
    for (size_t index = 0; index < sizeof marks / sizeof *marks; index++)
        if (memmem(text, count, marks[index], strlen(marks[index]))) return true;
    return false;
}

static bool has_compressed_xmp(const uint8_t *bytes, size_t count) {
    enum { CAPACITY = 64 << 10 };
    z_stream stream = {.next_in = (Bytef *)bytes, .avail_in = (uInt)count};
    uint8_t *text = malloc(CAPACITY);
    // What cannot be looked at is not let through.
    bool is_found = true;
    if (text && inflateInit(&stream) == Z_OK) {
        stream.next_out = text;
        stream.avail_out = CAPACITY;
        inflate(&stream, Z_SYNC_FLUSH);
        is_found = has_xmp(text, CAPACITY - stream.avail_out);
        inflateEnd(&stream);
    }
    free(text);
    return is_found;
}

bool twc_png_text_is_private(uint32_t type, const uint8_t *bytes, size_t count) {
    // ImageMagick writes fields of EXIF under names of their own, and where a file and its thumbnail were.
    static const char *const starts[] = {"exif:", "xmp:", "thumb::", raw_keyword, xmp_keyword};
    char keyword[80] = "";
    size_t length = twc_png_keyword(bytes, count);
    if (length) memcpy(keyword, bytes, length);
    for (size_t index = 0; index < sizeof starts / sizeof *starts; index++)
        if (strncasecmp(keyword, starts[index], strlen(starts[index])) == 0) return true;
    if (twc_is_private_name(keyword)) return true;
    bool is_compressed;
    size_t at = start_of_text(type, bytes, count, &is_compressed);
    if (!at || at > count) return false;
    return is_compressed ? has_compressed_xmp(bytes + at, count - at) : has_xmp(bytes + at, count - at);
}
