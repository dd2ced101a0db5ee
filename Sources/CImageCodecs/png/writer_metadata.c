// Writes the chunks of metadata, which stand before the pixels.
#include "../common/density.h"
#include "png_writer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/// Kinds of chunks that are written unchanged. Those that describe colors come first, as PNG requires.
static const struct {
    char name[5];
    /// The length of such a chunk; 0 if it varies.
    uint32_t length;
} kinds[] = {{"cICP", 4}, {"mDCV", 24}, {"cLLI", 8}, {"sRGB", 1}, {"gAMA", 4}, {"cHRM", 32}, {"tEXt", 0}, {"zTXt", 0},
    {"iTXt", 0}, {"tIME", 7}};
enum { KINDS = sizeof kinds / sizeof *kinds, COLOR_KINDS = 6 };

static uint32_t tag_of(const char name[5]) { return twc_be32((const uint8_t *)name); }

twc_status twc_png_check_blocks(const twc_png_writer *writer) {
    for (size_t index = 0; index < writer->common.blocks.count; index++) {
        const twc_block *block = &writer->common.blocks.blocks[index];
        if (block->kind == TWC_ICC || block->kind == TWC_EXIF || block->kind == TWC_XMP || block->kind == TWC_IPTC)
            continue;
        bool has_place = false;
        for (size_t kind = 0; kind < KINDS && block->kind == TWC_PNG_CHUNK; kind++)
            if (block->tag == tag_of(kinds[kind].name))
                has_place = !kinds[kind].length || kinds[kind].length == block->count;
        if (!has_place) return twc_failure(TWC_MISUSE, "a block of metadata that a PNG file has no place for");
    }
    return twc_ok();
}

/// Reserves capacity for more bytes of the current chunk.
static uint8_t *reserve(twc_png_writer *writer, size_t more) {
    if (more > writer->chunk_capacity - writer->chunk_count) {
        size_t capacity = writer->chunk_count + more;
        uint8_t *grown = realloc(writer->chunk, capacity);
        if (!grown) png_error(writer->png, "not enough memory");
        writer->chunk = grown;
        writer->chunk_capacity = capacity;
    }
    return writer->chunk + writer->chunk_count;
}

static void append(twc_png_writer *writer, const void *bytes, size_t count) {
    uint8_t *to = reserve(writer, count ? count : 1);
    if (count) memcpy(to, bytes, count);
    writer->chunk_count += count;
}

static void append_compressed(twc_png_writer *writer, const uint8_t *bytes, size_t count) {
    uLongf length = compressBound(count);
    uint8_t *to = reserve(writer, length);
    if (compress2(to, &length, bytes, count, Z_BEST_COMPRESSION) != Z_OK) png_error(writer->png, "not enough memory");
    writer->chunk_count += length;
}

static void put(twc_png_writer *writer, const char *name) {
    png_write_chunk(writer->png, (png_const_bytep)name, writer->chunk, writer->chunk_count);
    writer->chunk_count = 0;
}

/// Writes IPTC, which has no chunk type in PNG, as a text with the records in a Photoshop resource. exiftool, exiv2 and
/// ImageMagick read it.
static void put_iptc(twc_png_writer *writer, const twc_block *block) {
    static const char keyword[] = "Raw profile type iptc\0", digits[] = "0123456789abcdef";
    uint8_t resource[12] = {'8', 'B', 'I', 'M', 4, 4, 0, 0, (uint8_t)(block->count >> 24),
        (uint8_t)(block->count >> 16), (uint8_t)(block->count >> 8), (uint8_t)block->count};
    size_t length = sizeof resource + block->count + block->count % 2;
    // The writer owns the text, so that it is freed after an error of libpng.
    char *text = writer->text = malloc(40 + length * 2 + length / 36 + 2);
    if (!text) png_error(writer->png, "not enough memory");
    size_t at = (size_t)sprintf(text, "\niptc\n%8zu", length);
    for (size_t index = 0; index < length; index++) {
        size_t behind = index - sizeof resource;
        uint8_t byte = index < sizeof resource ? resource[index] : behind < block->count ? block->bytes[behind] : 0;
        if (index % 36 == 0) text[at++] = '\n';
        text[at++] = digits[byte >> 4];
        text[at++] = digits[byte & 15];
    }
    text[at++] = '\n';
    append(writer, keyword, sizeof keyword);
    append_compressed(writer, (const uint8_t *)text, at);
    put(writer, "zTXt");
}

static void put_density(twc_png_writer *writer) {
    twc_density density = writer->common.options.density;
    uint32_t x, y;
    uint8_t chunk[9] = {0};
    if (twc_density_to_metres(density, &x, &y)) {
        chunk[8] = 1;
    } else if (density.unit == TWC_UNIT_NONE && density.x > 0 && density.y > 0) {
        // Numbers that are not whole keep three digits, since only their ratio matters.
        double scale = density.x == (uint32_t)density.x && density.y == (uint32_t)density.y ? 1 : 1000;
        bool is_small = density.x * scale + 0.5 < INT32_MAX && density.y * scale + 0.5 < INT32_MAX;
        x = is_small ? (uint32_t)(density.x * scale + 0.5) : 0;
        y = is_small ? (uint32_t)(density.y * scale + 0.5) : 0;
    }
    if (!x || !y) {
        twc_note_density(&writer->common.notes, density, "PNG");
        return;
    }
    png_save_uint_32(chunk, x);
    png_save_uint_32(chunk + 4, y);
    append(writer, chunk, sizeof chunk);
    put(writer, "pHYs");
}

static void put_verbatim(twc_png_writer *writer, size_t from, size_t to) {
    const twc_blocks *blocks = &writer->common.blocks;
    for (size_t kind = from; kind < to; kind++)
        for (size_t index = 0; index < blocks->count; index++) {
            const twc_block *block = &blocks->blocks[index];
            if (block->kind != TWC_PNG_CHUNK || block->tag != tag_of(kinds[kind].name)) continue;
            // PNG allows only one of the two. The profile is more precise.
            if (block->tag == tag_of("sRGB") && twc_blocks_first(blocks->blocks, blocks->count, TWC_ICC))
                twc_note(&writer->common.notes, "the chunk sRGB was left out, since the ICC profile takes its place");
            else
                png_write_chunk(writer->png, (png_const_bytep)kinds[kind].name, block->bytes, block->count);
        }
}

void twc_png_write_metadata(twc_png_writer *writer) {
    const twc_blocks *blocks = &writer->common.blocks;
    const twc_block *block;
    static const char xmp[] = "XML:com.adobe.xmp\0\0\0\0", profile[] = "ICC Profile\0";
    if ((block = twc_blocks_first(blocks->blocks, blocks->count, TWC_ICC))) {
        append(writer, profile, sizeof profile);
        append_compressed(writer, block->bytes, block->count);
        put(writer, "iCCP");
    }
    put_verbatim(writer, 0, COLOR_KINDS);
    put_density(writer);
    if ((block = twc_blocks_first(blocks->blocks, blocks->count, TWC_EXIF))) {
        append(writer, block->bytes, block->count);
        put(writer, "eXIf");
    }
    if ((block = twc_blocks_first(blocks->blocks, blocks->count, TWC_XMP))) {
        append(writer, xmp, sizeof xmp);
        append(writer, block->bytes, block->count);
        put(writer, "iTXt");
    }
    if ((block = twc_blocks_first(blocks->blocks, blocks->count, TWC_IPTC))) put_iptc(writer, block);
    put_verbatim(writer, COLOR_KINDS, KINDS);
}
