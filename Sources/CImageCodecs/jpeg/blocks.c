// Writes blocks of metadata as segments. A segment holds 65,533 bytes.
#include "jpeg.h"
#include <stdlib.h>
#include <string.h>

enum { SEGMENT = 65533, PIECES = 255 };

/// Writes a segment of up to three parts and `padding` zeros.
static void put(
    twc_jpeg_writer *writer, int number, const void *name, size_t name_count, const void *head, size_t head_count,
    const uint8_t *bytes, size_t count, size_t padding) {
    j_compress_ptr library = &writer->library;
    jpeg_write_m_header(library, JPEG_APP0 + number, (unsigned)(name_count + head_count + count + padding));
    for (size_t index = 0; index < name_count; index++) jpeg_write_m_byte(library, ((const uint8_t *)name)[index]);
    for (size_t index = 0; index < head_count; index++) jpeg_write_m_byte(library, ((const uint8_t *)head)[index]);
    for (size_t index = 0; index < count; index++) jpeg_write_m_byte(library, bytes[index]);
    for (size_t index = 0; index < padding; index++) jpeg_write_m_byte(library, 0);
}

static void leave_out(twc_jpeg_writer *writer, const char *what, size_t count) {
    twc_note(&writer->common.notes, "the %s of %zu bytes was left out: a JPEG file cannot hold that much", what, count);
}

static void write_exif(twc_jpeg_writer *writer, const twc_block *block) {
    if (block->count > SEGMENT - 6) leave_out(writer, "EXIF block", block->count);
    else put(writer, 1, "Exif\0", 6, NULL, 0, block->bytes, block->count, 0);
}

static void write_extended_xmp(twc_jpeg_writer *writer, const twc_block *extension, const char *digits) {
    static const char name[] = "http://ns.adobe.com/xmp/extension/";
    enum { PIECE = SEGMENT - sizeof name - 40 };
    uint8_t head[40];
    memcpy(head, digits, 32);
    for (size_t at = 0; at < extension->count; at += PIECE) {
        size_t part = extension->count - at < PIECE ? extension->count - at : PIECE;
        for (int index = 0; index < 4; index++) {
            head[32 + index] = (uint8_t)(extension->count >> 8 * (3 - index));
            head[36 + index] = (uint8_t)(at >> 8 * (3 - index));
        }
        put(writer, 1, name, sizeof name, head, sizeof head, extension->bytes + at, part, 0);
    }
}

static void write_xmp(twc_jpeg_writer *writer, const twc_block *block) {
    static const char name[] = "http://ns.adobe.com/xap/1.0/";
    if (block->count <= SEGMENT - sizeof name) {
        put(writer, 1, name, sizeof name, NULL, 0, block->bytes, block->count, 0);
        return;
    }
    // The writer owns the packet, because the library may leave this function by longjmp.
    twc_buffer *packet = &writer->packet;
    twc_block extension;
    char digits[33];
    packet->count = 0;
    if (!twc_jpeg_xmp_split(block, packet, &extension, digits)) {
        leave_out(writer, "XMP packet", block->count);
        return;
    }
    put(writer, 1, name, sizeof name, NULL, 0, packet->bytes, packet->count, 0);
    write_extended_xmp(writer, &extension, digits);
}

static void write_icc(twc_jpeg_writer *writer, const twc_block *block) {
    enum { PIECE = SEGMENT - 14 };
    size_t pieces = (block->count + PIECE - 1) / PIECE;
    if (pieces > PIECES) leave_out(writer, "ICC profile", block->count);
    else if (block->count) jpeg_write_icc_profile(&writer->library, block->bytes, (unsigned)block->count);
}

/// Writes one Photoshop resource. A long one continues in further segments.
static void write_iptc(twc_jpeg_writer *writer, const twc_block *block) {
    static const char name[] = "Photoshop 3.0";
    enum { HEAD = 12, PIECE = SEGMENT - sizeof name - HEAD - 1 };
    uint8_t head[HEAD] = {'8', 'B', 'I', 'M', 0x04, 0x04, 0, 0};
    for (int index = 0; index < 4; index++) head[8 + index] = (uint8_t)(block->count >> 8 * (3 - index));
    size_t at = 0;
    do {
        size_t part = block->count - at < PIECE ? block->count - at : PIECE;
        // Resources have an even length.
        size_t padding = at + part == block->count && block->count % 2;
        put(writer, 13, name, sizeof name, head, at ? 0 : HEAD, block->bytes + at, part, padding);
        at += part;
    } while (at < block->count);
}

void twc_jpeg_write_blocks(twc_jpeg_writer *writer) {
    // EXIF comes first, because many readers look for it only directly behind JFIF's segment.
    static const struct {
        twc_block_kind kind;
        void (*write)(twc_jpeg_writer *writer, const twc_block *block);
    } steps[] = {{TWC_EXIF, write_exif}, {TWC_XMP, write_xmp}, {TWC_IPTC, write_iptc}, {TWC_ICC, write_icc}};
    const twc_blocks *blocks = &writer->common.blocks;
    for (size_t step = 0; step < sizeof steps / sizeof *steps; step++) {
        const twc_block *block = twc_blocks_first(blocks->blocks, blocks->count, steps[step].kind);
        if (block) steps[step].write(writer, block);
    }
}
