// The header, the palette and the transparency of a PNG file, and the layout of the rows that follow from them.
#include "png_reader.h"
#include <string.h>

static bool is_depth_of(uint8_t depth, uint8_t color_type) {
    switch (color_type) {
        case PNG_COLOR_TYPE_GRAY: return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
        case PNG_COLOR_TYPE_PALETTE: return depth == 1 || depth == 2 || depth == 4 || depth == 8;
        case PNG_COLOR_TYPE_RGB:
        case PNG_COLOR_TYPE_GRAY_ALPHA:
        case PNG_COLOR_TYPE_RGB_ALPHA: return depth == 8 || depth == 16;
        default: return false;
    }
}

twc_status twc_png_header(twc_png_reader *reader, const uint8_t *bytes, uint32_t length) {
    twc_info *info = &reader->common.info;
    if (length != 13) return twc_damage(0, "the chunk IHDR has %u bytes, not 13", length);
    if (info->width) return twc_damage(0, "the file has two chunks IHDR");
    if (!is_depth_of(bytes[8], bytes[9]))
        return twc_damage(0, "the header says %u bits a sample with color type %u", bytes[8], bytes[9]);
    if (bytes[10] || bytes[11])
        return twc_failure(TWC_UNSUPPORTED, "a PNG file with compression %u and filter %u cannot be read", bytes[10],
            bytes[11]);
    if (bytes[12] > 1) return twc_failure(TWC_UNSUPPORTED, "a PNG file with interlacing %u cannot be read", bytes[12]);
    twc_status status = twc_check_size(&reader->common.options, twc_be32(bytes), twc_be32(bytes + 4));
    if (status.code) return status;
    if (twc_be32(bytes) > INT32_MAX || twc_be32(bytes + 4) > INT32_MAX)
        return twc_damage(0, "the header says a size that PNG does not allow");
    memcpy(reader->header, bytes, sizeof reader->header);
    info->format = TWC_PNG;
    info->width = info->block_width = twc_be32(bytes);
    info->height = twc_be32(bytes + 4);
    info->stored_depth = bytes[8];
    reader->color_type = bytes[9];
    reader->is_interlaced = bytes[12] == 1;
    return twc_ok();
}

twc_status twc_png_colors(twc_png_reader *reader, uint32_t type, const uint8_t *bytes, uint32_t length) {
    if (type == TWC_PNG_PLTE) {
        if (reader->has_palette) return twc_damage(0, "the file has two palettes");
        if (length == 0 || length > 768 || length % 3) return twc_damage(0, "the palette has %u bytes", length);
        memcpy(reader->palette, bytes, length);
        reader->palette_bytes = length;
        reader->has_palette = true;
        // In gray files a palette means nothing. In color files it is a suggestion for devices with few colors.
        if (reader->color_type != PNG_COLOR_TYPE_PALETTE)
            twc_note(&reader->common.notes, "a palette was ignored, since pixels do not refer to it");
        return twc_ok();
    }
    if (reader->has_transparency) return twc_damage(0, "the file has two chunks tRNS");
    if (length > 256) return twc_damage(0, "the chunk tRNS has %u bytes", length);
    memcpy(reader->transparency, bytes, length);
    reader->transparency_bytes = length;
    reader->has_transparency = true;
    return twc_ok();
}

/// Checks the transparency against the color type.
static twc_status check_transparency(twc_png_reader *reader) {
    twc_notes *notes = &reader->common.notes;
    if (!reader->has_transparency) return twc_ok();
    if (reader->color_type & PNG_COLOR_MASK_ALPHA) {
        twc_note(notes, "the chunk tRNS was ignored, since the pixels have alpha of their own");
        reader->has_transparency = false;
    } else if (reader->color_type == PNG_COLOR_TYPE_PALETTE) {
        if (reader->transparency_bytes > reader->palette_bytes / 3) {
            twc_note(notes, "the chunk tRNS has more entries than the palette, which were ignored");
            reader->transparency_bytes = reader->palette_bytes / 3;
        }
        reader->has_transparency = reader->transparency_bytes > 0;
    } else {
        uint32_t expected = reader->color_type == PNG_COLOR_TYPE_GRAY ? 2 : 6;
        if (reader->transparency_bytes < expected)
            return twc_damage(0, "the chunk tRNS has %u bytes, not %u", reader->transparency_bytes, expected);
        if (reader->transparency_bytes > expected)
            twc_note(notes, "the chunk tRNS has %u bytes, of which %u were used", reader->transparency_bytes, expected);
        reader->transparency_bytes = expected;
    }
    return twc_ok();
}

twc_status twc_png_layout(twc_png_reader *reader) {
    twc_info *info = &reader->common.info;
    if (reader->color_type == PNG_COLOR_TYPE_PALETTE) {
        if (!reader->has_palette) return twc_damage(0, "the palette is missing");
        uint32_t most = 3u << info->stored_depth;
        if (reader->palette_bytes > most) {
            twc_note(&reader->common.notes, "the palette has %u colors, of which pixels can use %u",
                reader->palette_bytes / 3, most / 3);
            reader->palette_bytes = most;
        }
    }
    twc_status status = check_transparency(reader);
    if (status.code) return status;
    bool has_alpha = (reader->color_type & PNG_COLOR_MASK_ALPHA) || reader->has_transparency;
    bool is_gray = !(reader->color_type & PNG_COLOR_MASK_COLOR);
    info->color = reader->color_type == PNG_COLOR_TYPE_PALETTE ? TWC_PALETTE : is_gray ? TWC_GRAY : TWC_RGB;
    info->alpha = has_alpha ? TWC_ALPHA_STRAIGHT : TWC_ALPHA_NONE;
    info->is_gray_alpha = is_gray && has_alpha;
    info->channels = has_alpha ? 4 : is_gray ? 1 : 3;
    info->depth = info->stored_depth == 16 ? 16 : 8;
    info->needs_all_data = info->needs_whole_buffer = reader->is_interlaced;
    if (info->color == TWC_PALETTE) {
        reader->index_start = twc_row_bytes(info) - info->width;
        for (uint32_t index = 0; index < 256; index++) {
            uint8_t *color = reader->colors[index];
            const uint8_t *stored = reader->palette + 3 * index;
            bool has_color = index < reader->palette_bytes / 3;
            for (int channel = 0; channel < 3; channel++) color[channel] = has_color ? stored[2 - channel] : 0;
            color[3] = index < reader->transparency_bytes ? reader->transparency[index] : 255;
        }
    }
    const twc_block *exif = twc_blocks_first(reader->common.blocks.blocks, reader->common.blocks.count, TWC_EXIF);
    if (exif) info->orientation = twc_exif_orientation(exif->bytes, exif->count);
    if (exif && !reader->has_density) info->density = twc_exif_density(exif->bytes, exif->count);
    return twc_ok();
}
