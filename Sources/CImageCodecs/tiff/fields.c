// Writes the fields of a directory.
#include "tiffwriter.h"
#include <stdlib.h>
#include <string.h>

/// Sets compression, predictor and quality.
static bool set_compression(twc_tiff_writer *writer, TIFF *tiff) {
    const twc_writer_options *options = &writer->base.options;
    int level = options->level ? (int)options->level : 1;
    switch (options->compression) {
        case TWC_COMPRESSION_NONE: return TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
        case TWC_COMPRESSION_LZW:
            return TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_LZW)
                && TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
        case TWC_COMPRESSION_DEFLATE:
            return TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE)
                && TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL)
                && TIFFSetField(tiff, TIFFTAG_ZIPQUALITY, level);
        case TWC_COMPRESSION_ZSTD:
            return TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ZSTD)
                && TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL)
                && TIFFSetField(tiff, TIFFTAG_ZSTD_LEVEL, level);
        case TWC_COMPRESSION_JPEG:
            return TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_JPEG)
                && TIFFSetField(tiff, TIFFTAG_JPEGQUALITY, options->quality ? (int)options->quality : 95);
    }
    return false;
}

static bool set_color(twc_tiff_writer *writer, TIFF *tiff) {
    const twc_writer_options *options = &writer->base.options;
    uint16_t alpha = options->is_alpha_associated ? EXTRASAMPLE_ASSOCALPHA : EXTRASAMPLE_UNASSALPHA;
    bool is_gray = writer->samples < 3;
    if (options->compression == TWC_COMPRESSION_JPEG && !is_gray) {
        int side = options->subsampling == TWC_SUBSAMPLING_444 ? 1 : 2;
        return TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_YCBCR)
            && TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB)
            && TIFFSetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, side, side);
    }
    return TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, is_gray ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB)
        && (writer->samples % 2 || TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &alpha));
}

twc_status twc_tiff_write_layout(twc_tiff_writer *writer, twc_tiff_level *level) {
    const twc_writer_options *options = &writer->base.options;
    TIFF *tiff = level->tiff;
    bool is_set = (!level->index || TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE))
        && TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, level->width)
        && TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, level->height)
        && TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, options->depth)
        && TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, writer->samples)
        && TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT)
        && TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG)
        && TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT)
        && set_compression(writer, tiff) && set_color(writer, tiff);
    if (options->tile_side)
        is_set = is_set && TIFFSetField(tiff, TIFFTAG_TILEWIDTH, options->tile_side)
            && TIFFSetField(tiff, TIFFTAG_TILELENGTH, options->tile_side);
    else
        is_set = is_set && TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, writer->rows_per_strip);
    return is_set ? twc_ok() : twc_tiff_write_failure(writer);
}

/// Sets a field that libtiff does not know, as an array of its type.
static bool set_unknown(TIFF *tiff, uint16_t tag, uint16_t type, uint32_t count, const uint8_t *bytes) {
    static char name[] = "";
    if (type == TIFF_RATIONAL || type == TIFF_SRATIONAL || !twc_tiff_type_size(type)) return false;
    bool is_text = type == TIFF_ASCII;
    TIFFFieldInfo info = {.field_tag = tag, .field_readcount = is_text ? TIFF_VARIABLE : TIFF_VARIABLE2,
        .field_writecount = is_text ? TIFF_VARIABLE : TIFF_VARIABLE2, .field_type = (TIFFDataType)type,
        .field_bit = FIELD_CUSTOM, .field_oktochange = 1, .field_passcount = !is_text, .field_name = name};
    if (TIFFMergeFieldInfo(tiff, &info, 1) != 0) return false;
    return is_text ? TIFFSetField(tiff, tag, bytes) : TIFFSetField(tiff, tag, count, bytes);
}

bool twc_tiff_set_field(TIFF *tiff, uint16_t tag, uint16_t type, uint32_t count, const uint8_t *bytes) {
    const TIFFField *field = TIFFFindField(tiff, tag, TIFF_ANY);
    if (!count) return true;
    if (!field) return set_unknown(tiff, tag, type, count, bytes);
    if (TIFFFieldDataType(field) != (TIFFDataType)type) return false;
    if (type == TIFF_RATIONAL || type == TIFF_SRATIONAL) return twc_tiff_set_fractions(tiff, field, count, bytes);
    if (type == TIFF_ASCII && !TIFFFieldPassCount(field)) return TIFFSetField(tiff, tag, bytes);
    if (TIFFFieldPassCount(field) && TIFFFieldWriteCount(field) == TIFF_VARIABLE2)
        return TIFFSetField(tiff, tag, count, bytes);
    if (TIFFFieldPassCount(field) && TIFFFieldWriteCount(field) == TIFF_VARIABLE && count <= UINT16_MAX)
        return TIFFSetField(tiff, tag, (int)count, bytes);
    return false;
}

/// Sets the field of a block. Text needs a zero at its end, and libtiff keeps only what stands before the first zero.
static bool set_block_field(twc_tiff_writer *writer, const twc_block *block) {
    uint32_t size = twc_tiff_type_size(block->type);
    if (!size || block->count % size || block->tag > UINT16_MAX || block->count / size > UINT32_MAX) return false;
    uint8_t *copy = malloc(block->count + 1);
    if (!copy) return false;
    memcpy(copy, block->bytes, block->count);
    copy[block->count] = 0;
    bool is_set = twc_tiff_set_field(writer->levels[0].tiff, (uint16_t)block->tag, (uint16_t)block->type,
        (uint32_t)(block->count / size), copy);
    if (is_set && block->type == TIFF_ASCII && strlen((char *)copy) + 1 < block->count)
        twc_note_thing(&writer->base.notes, "text behind the first zero of TIFF field %s was left out",
            "text behind the first zero of TIFF fields %s was left out", "%u", block->tag);
    free(copy);
    return is_set;
}

/// Sets the IPTC field. libtiff treats IPTC as numbers of four bytes, so zeros pad the last number.
static bool set_iptc(TIFF *tiff, const twc_block *block) {
    size_t count = (block->count + 3) / 4;
    uint8_t *copy = calloc(count ? count : 1, 4);
    if (!copy) return false;
    memcpy(copy, block->bytes, block->count);
    const TIFFField *field = TIFFFieldWithTag(tiff, TIFFTAG_RICHTIFFIPTC);
    bool is_numbers = field && TIFFFieldDataType(field) == TIFF_LONG;
    bool is_set = TIFFSetField(tiff, TIFFTAG_RICHTIFFIPTC, (uint32_t)(is_numbers ? count : block->count), copy);
    free(copy);
    return is_set;
}

static bool set_density(twc_tiff_writer *writer, TIFF *tiff) {
    const twc_density *density = &writer->base.options.density;
    if (!(density->x > 0 && density->y > 0)) return true;
    uint16_t unit = density->unit == TWC_UNIT_INCH ? RESUNIT_INCH
        : density->unit == TWC_UNIT_CENTIMETRE ? RESUNIT_CENTIMETER : RESUNIT_NONE;
    return TIFFSetField(tiff, TIFFTAG_XRESOLUTION, density->x) && TIFFSetField(tiff, TIFFTAG_YRESOLUTION, density->y)
        && TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, unit);
}

static twc_status write_block(twc_tiff_writer *writer, const twc_block *block) {
    TIFF *tiff = writer->levels[0].tiff;
    bool is_set = true;
    if (block->count > TWC_MAXIMUM_METADATA) return twc_failure(TWC_MISUSE, "a block of metadata is too large");
    switch (block->kind) {
        case TWC_ICC: is_set = TIFFSetField(tiff, TIFFTAG_ICCPROFILE, (uint32_t)block->count, block->bytes); break;
        case TWC_XMP: is_set = TIFFSetField(tiff, TIFFTAG_XMLPACKET, (uint32_t)block->count, block->bytes); break;
        case TWC_IPTC: is_set = set_iptc(tiff, block); break;
        case TWC_EXIF: return twc_tiff_write_exif(writer, block);
        case TWC_TIFF_FIELD: is_set = set_block_field(writer, block); break;
        default: return twc_failure(TWC_MISUSE, "a block of metadata that a TIFF file has no place for");
    }
    if (!is_set && block->kind == TWC_TIFF_FIELD)
        twc_note_thing(&writer->base.notes, "TIFF field %s could not be written and was left out",
            "TIFF fields %s could not be written and were left out", "%u", block->tag);
    else if (!is_set)
        return twc_tiff_write_failure(writer);
    return twc_ok();
}

/// EXIF comes first, so that the more exact fields of other blocks replace its fields.
twc_status twc_tiff_write_metadata(twc_tiff_writer *writer) {
    const twc_blocks *blocks = &writer->base.blocks;
    for (int pass = 0; pass < 2; pass++)
        for (size_t index = 0; index < blocks->count; index++) {
            if ((blocks->blocks[index].kind == TWC_EXIF) == pass) continue;
            twc_status status = write_block(writer, &blocks->blocks[index]);
            if (status.code) return status;
        }
    return set_density(writer, writer->levels[0].tiff) ? twc_ok() : twc_tiff_write_failure(writer);
}
