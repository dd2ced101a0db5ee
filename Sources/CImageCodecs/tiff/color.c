// Turns stored samples into gray, BGR or BGRA of 8 or 16 bits.
#include "tiff.h"
#include <stdlib.h>
#include <string.h>

/// A table from values of `bits` to values of 8 or 16 bits, rounded. The largest value becomes the largest.
static uint16_t *make_scale(uint32_t bits, uint32_t depth, bool is_inverted) {
    uint32_t most = (1u << bits) - 1, target = depth == 8 ? 255 : 65535;
    uint16_t *scale = malloc(((size_t)most + 1) * sizeof *scale);
    for (uint32_t value = 0; scale && value <= most; value++) {
        uint32_t from = is_inverted ? most - value : value;
        scale[value] = most == target ? (uint16_t)from : (uint16_t)(((uint64_t)from * target + most / 2) / most);
    }
    return scale;
}

/// Whether a 16-bit color has more than 8 bits of precision. Programs store 8-bit colors times 256 or times 257.
static bool is_finer(uint16_t color) { return (color & 0xFF) && (color & 0xFF) != color >> 8; }

/// Reads the color map. Entries have 16 bits, but old programs wrote 8. The largest entry shows how many they have.
static twc_status read_palette(twc_tiff_reader *reader) {
    uint16_t *red, *green, *blue;
    size_t count = (size_t)1 << reader->layout.bits;
    if (!TIFFGetField(reader->tiff, TIFFTAG_COLORMAP, &red, &green, &blue))
        return twc_damage(0, "the file has no color map");
    uint16_t most = 0;
    bool is_fine = false;
    for (size_t index = 0; index < count; index++) {
        most |= red[index] | green[index] | blue[index];
        is_fine |= is_finer(red[index]) || is_finer(green[index]) || is_finer(blue[index]);
    }
    uint32_t shift = most > 255 ? 8 : 0;
    if (shift && is_fine) twc_note(&reader->base.notes, "colors of the palette were reduced to 8 bits");
    reader->palette = malloc(count * sizeof *reader->palette);
    if (!reader->palette) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a color map");
    for (size_t index = 0; index < count; index++) {
        reader->palette[index][0] = (uint8_t)(blue[index] >> shift);
        reader->palette[index][1] = (uint8_t)(green[index] >> shift);
        reader->palette[index][2] = (uint8_t)(red[index] >> shift);
    }
    return twc_ok();
}

static bool is_finite(const float *values, int count) {
    for (int index = 0; index < count; index++)
        if (!(values[index] > -1e6f && values[index] < 1e6f)) return false;
    return true;
}

static twc_status prepare_ycbcr(twc_tiff_reader *reader) {
    float *luma = NULL, *range = NULL;
    if (!TIFFGetFieldDefaulted(reader->tiff, TIFFTAG_YCBCRCOEFFICIENTS, &luma)
        || !TIFFGetFieldDefaulted(reader->tiff, TIFFTAG_REFERENCEBLACKWHITE, &range) || !is_finite(luma, 3)
        || !is_finite(range, 6) || luma[1] == 0)
        return twc_damage(0, "the coefficients of YCbCr colors are not numbers");
    // The tables lie behind the structure: 4 of bytes, 2 of int, 3 of int32_t, with 256 values each.
    reader->ycbcr = malloc(sizeof *reader->ycbcr + sizeof(long) + 256 * (4 + 2 * sizeof(int) + 3 * sizeof(int32_t)));
    if (!reader->ycbcr) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for color tables");
    if (TIFFYCbCrToRGBInit(reader->ycbcr, luma, range) < 0)
        return twc_damage(0, "the coefficients of YCbCr colors cannot be used");
    return twc_ok();
}

static void prepare_cmyk(twc_tiff_reader *reader) {
    twc_reader *base = &reader->base;
    const twc_block *profile = twc_blocks_first(base->blocks.blocks, base->blocks.count, TWC_ICC);
    reader->cmyk = twc_cmyk_open(profile, base->info.depth, false, &base->notes);
}

/// - what: the conversion.
static void note_conversion(twc_tiff_reader *reader, const char *what) {
    const twc_blocks *blocks = &reader->base.blocks;
    bool has_profile = twc_blocks_first(blocks->blocks, blocks->count, TWC_ICC) != NULL;
    twc_note(&reader->base.notes, has_profile
            ? "%s; the profile of the file was left out: it is not for the converted colors" : "%s", what);
}

static twc_status prepare_lab(twc_tiff_reader *reader) {
    note_conversion(reader, "CIE L*a*b* colors were converted to sRGB");
    // Three samples and three colors, of at most two bytes each.
    reader->inks = malloc((size_t)reader->base.info.width * 12);
    reader->lab = twc_lab_open(reader->base.info.depth);
    return reader->inks && reader->lab ? twc_ok() : twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for colors");
}

twc_status twc_tiff_prepare_colors(twc_tiff_reader *reader) {
    const twc_tiff_layout *layout = &reader->layout;
    const twc_info *info = &reader->base.info;
    bool is_inverted = layout->photometric == PHOTOMETRIC_MINISWHITE;
    reader->color_scale = make_scale(layout->bits, info->depth, is_inverted);
    bool has_own = is_inverted && layout->alpha >= 0;
    reader->alpha_scale = has_own ? make_scale(layout->bits, info->depth, false) : reader->color_scale;
    reader->samples = malloc((size_t)info->width * layout->samples * sizeof *reader->samples);
    if (!reader->color_scale || !reader->alpha_scale || !reader->samples)
        return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a row of samples");
    if (layout->compression == COMPRESSION_PIXARLOG && !(reader->code_scale = twc_tiff_pixarlog_scale(layout->bits)))
        return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a scale of colors");
    if (layout->is_log)
        note_conversion(reader, "the high dynamic range of the image (SGI LogLuv) was reduced to 8 bits; what is "
            "brighter than white became white");
    if (info->color == TWC_PALETTE) return read_palette(reader);
    if (info->color == TWC_YCBCR && !layout->is_jpeg_rgb) return prepare_ycbcr(reader);
    if (info->color == TWC_LAB) return prepare_lab(reader);
    if (info->color != TWC_CMYK) return twc_ok();
    // Four inks and three colors, of at most two bytes each.
    reader->inks = malloc((size_t)info->width * 14);
    if (!reader->inks) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a row of inks");
    prepare_cmyk(reader);
    return twc_ok();
}

void twc_tiff_spread(const twc_tiff_layout *layout, const uint8_t *clumps, size_t rows, uint8_t *pixels) {
    uint32_t across = layout->across_subsampling, down = layout->down_subsampling;
    size_t clump = across * down + 2, clump_row = ((layout->block_width - 1) / across + 1) * clump;
    for (size_t row = 0; row < rows; row++) {
        const uint8_t *line = clumps + row / down * clump_row;
        const uint8_t *lumas = line + row % down * across;
        uint8_t *pixel = pixels + row * layout->row_bytes;
        for (uint32_t x = 0; x < layout->block_width; x++, pixel += 3) {
            size_t at = x / across * clump;
            pixel[0] = lumas[at + x % across];
            pixel[1] = line[at + clump - 2];
            pixel[2] = line[at + clump - 1];
        }
    }
}
