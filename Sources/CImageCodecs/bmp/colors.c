// Palettes, bit fields, and the rows that are decoded with them.
#include "bmp_reader.h"
#include <string.h>

twc_status twc_bmp_palette(twc_bmp_reader *reader, const uint8_t *header, uint64_t offset) {
    twc_source *source = &reader->common.source;
    twc_info *info = &reader->common.info;
    uint32_t entry = reader->header_bytes == 12 ? 3 : 4, most = 1u << reader->bits;
    uint32_t colors = reader->header_bytes >= 36 ? twc_le32(header + 32) : 0;
    uint64_t start = 14 + (uint64_t)reader->header_bytes;
    if (!colors || colors > most) colors = most;
    if (offset == start) {
        // Some programs do not count the palette in the offset of the pixels.
        twc_note(&reader->common.notes, "the header says that the pixels begin at the palette; they follow it");
        offset = 0;
    }
    if (offset && (offset - start) / entry < colors) colors = (uint32_t)((offset - start) / entry);
    if (!colors) return twc_damage(0, "the palette is missing");
    info->color = TWC_GRAY;
    reader->has_plain_grays = colors == 256;
    for (uint32_t index = 0; index < colors; index++) {
        uint8_t color[4];
        if (twc_source_read(source, color, entry) != entry) return twc_damage(0, "the file ends inside its palette");
        memcpy(reader->palette[index], color, 3);
        if (color[0] != color[1] || color[1] != color[2]) info->color = TWC_PALETTE;
        if (info->color == TWC_PALETTE || color[0] != index) reader->has_plain_grays = false;
    }
    reader->colors = colors;
    reader->data = offset ? offset : start + (uint64_t)colors * entry;
    info->channels = info->color == TWC_GRAY ? 1 : 3;
    return twc_ok();
}

/// Fills in a field. False if the bits of its mask are not adjacent.
static bool set_field(twc_bmp_field *field, uint32_t mask) {
    *field = (twc_bmp_field){.mask = mask};
    if (!mask) return true;
    uint32_t lowest = (uint32_t)__builtin_ctz(mask), most = mask >> lowest;
    if (most & (most + 1)) return false;
    field->bits = (uint32_t)__builtin_popcount(mask);
    field->shift = field->bits > 8 ? lowest + field->bits - 8 : lowest;
    uint32_t values = field->bits < 8 ? most : 255;
    for (uint32_t value = 0; value <= values; value++) field->sample[value] = (uint8_t)(value * 255 / values);
    return true;
}

twc_status twc_bmp_fields(twc_bmp_reader *reader, const uint8_t *header) {
    twc_info *info = &reader->common.info;
    uint32_t masks[4] = {0xFF, 0xFF00, 0xFF0000, 0};
    if (reader->bits == 16) masks[0] = 0x1F, masks[1] = 0x3E0, masks[2] = 0x7C00;
    if (reader->compression != TWC_BMP_RGB) {
        uint8_t behind[16] = {0};
        const uint8_t *stored = header + 40;
        if (reader->header_bytes < 52) {
            size_t wanted = reader->compression == TWC_BMP_ALPHA_FIELDS ? 16 : 12;
            if (twc_source_read(&reader->common.source, behind, wanted) != wanted)
                return twc_damage(0, "the file ends inside its bit fields");
            stored = behind;
        }
        uint32_t said[4] = {twc_le32(stored + 8), twc_le32(stored + 4), twc_le32(stored), twc_le32(stored + 12)};
        if (reader->header_bytes >= 52 && reader->header_bytes < 56) said[3] = 0;
        // A file without any mask has blue, green, red and alpha in 32 bits. Pillow reads it in the same way.
        if (said[0] | said[1] | said[2]) memcpy(masks, said, sizeof masks);
        else if (reader->bits == 32) masks[3] = 0xFF000000;
    }
    uint32_t all = 0, widest = 0;
    for (int index = 0; index < 4; index++) {
        if (!set_field(&reader->fields[index], masks[index]) || (all & masks[index])
            || (reader->bits < 32 && masks[index] >> reader->bits))
            return twc_failure(TWC_UNSUPPORTED, "a BMP file with the bit fields %X, %X, %X, %X cannot be read",
                masks[2], masks[1], masks[0], masks[3]);
        all |= masks[index];
        if (reader->fields[index].bits > widest) widest = reader->fields[index].bits;
    }
    if (widest > 8) twc_note(&reader->common.notes, "samples of %u bits were reduced to 8", widest);
    info->stored_depth = widest > 16 ? 16 : widest;
    info->alpha = masks[3] ? TWC_ALPHA_STRAIGHT : TWC_ALPHA_NONE;
    info->channels = masks[3] ? 4 : 3;
    reader->has_usual_fields = reader->bits >= 24 && masks[0] == 0xFF && masks[1] == 0xFF00 && masks[2] == 0xFF0000
        && (!masks[3] || masks[3] == 0xFF000000);
    reader->fourth_bytes_and = 0xFF;
    return twc_ok();
}

/// Unpacks indices of a byte each. RLE rows are decoded into such indices, too.
static void unpack_bytes(twc_bmp_reader *reader, const uint8_t *stored, uint8_t *row) {
    uint32_t width = reader->common.info.width;
    uint8_t highest = (uint8_t)reader->highest_color;
    if (reader->common.info.channels == 1) {
        for (uint32_t x = 0; x < width; x++) row[x] = reader->palette[stored[x]][0];
    } else {
        for (uint32_t x = 0; x < width; x++, row += 3) {
            const uint8_t *color = reader->palette[stored[x]];
            row[0] = color[0];
            row[1] = color[1];
            row[2] = color[2];
        }
    }
    if (reader->colors == 256) return;
    for (uint32_t x = 0; x < width; x++) highest = stored[x] > highest ? stored[x] : highest;
    reader->highest_color = highest;
}

static void unpack_bits(twc_bmp_reader *reader, const uint8_t *stored, uint8_t *row) {
    uint32_t width = reader->common.info.width, highest = reader->highest_color;
    uint32_t bits = reader->bits, a_byte = 8 / bits, mask = (1u << bits) - 1;
    bool is_gray = reader->common.info.channels == 1;
    for (uint32_t x = 0; x < width; x++) {
        uint32_t index = stored[x / a_byte] >> (8 - bits - x % a_byte * bits) & mask;
        if (index > highest) highest = index;
        memcpy(row, reader->palette[index], is_gray ? 1 : 3);
        row += is_gray ? 1 : 3;
    }
    reader->highest_color = highest;
}

static void unpack_fields(twc_bmp_reader *reader, const uint8_t *stored, uint8_t *row) {
    uint32_t width = reader->common.info.width, channels = reader->common.info.channels, bytes = reader->bits / 8;
    for (uint32_t x = 0; x < width; x++, stored += bytes) {
        uint32_t pixel = bytes == 2 ? twc_le16(stored) : bytes == 3 ? twc_le16(stored) | (uint32_t)stored[2] << 16
            : twc_le32(stored);
        for (uint32_t channel = 0; channel < channels; channel++) {
            const twc_bmp_field *field = &reader->fields[channel];
            *row++ = field->sample[(pixel & field->mask) >> field->shift];
        }
    }
}

void twc_bmp_unpack(twc_bmp_reader *reader, const uint8_t *stored, uint8_t *row) {
    uint32_t width = reader->common.info.width, channels = reader->common.info.channels;
    if (reader->bits == 8 && reader->has_plain_grays) {
        memcpy(row, stored, width);
    } else if (reader->bits == 8 || (reader->bits < 8 && reader->compression != TWC_BMP_RGB)) {
        unpack_bytes(reader, stored, row);
    } else if (reader->bits < 8) {
        unpack_bits(reader, stored, row);
    } else if (!reader->has_usual_fields) {
        unpack_fields(reader, stored, row);
    } else if (reader->bits == channels * 8) {
        memcpy(row, stored, (size_t)width * channels);
    } else {
        uint8_t all = reader->fourth_bytes_and, any = reader->fourth_bytes_or;
        for (size_t x = 0; x < width; x++) {
            row[3 * x] = stored[4 * x];
            row[3 * x + 1] = stored[4 * x + 1];
            row[3 * x + 2] = stored[4 * x + 2];
            all &= stored[4 * x + 3];
            any |= stored[4 * x + 3];
        }
        reader->fourth_bytes_and = all;
        reader->fourth_bytes_or = any;
    }
}
