// Makes blocks of the metadata in the page's directory.
#include "tiff.h"
#include <stdlib.h>
#include <string.h>

static const bool is_machine_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

/// Tags of the first directory that describe the image, and EXIF's sub-directories. Tags that describe how it is stored
/// are not among them.
static const uint16_t exif_tags[] = {
    TIFFTAG_DOCUMENTNAME, TIFFTAG_IMAGEDESCRIPTION, TIFFTAG_MAKE, TIFFTAG_MODEL, TIFFTAG_ORIENTATION,
    TIFFTAG_XRESOLUTION, TIFFTAG_YRESOLUTION, TIFFTAG_RESOLUTIONUNIT, TIFFTAG_SOFTWARE, TIFFTAG_DATETIME,
    TIFFTAG_ARTIST, TIFFTAG_HOSTCOMPUTER, TIFFTAG_WHITEPOINT, TIFFTAG_PRIMARYCHROMATICITIES, 18246, 18249,
    TIFFTAG_COPYRIGHT, TIFFTAG_EXIFIFD, TIFFTAG_GPSIFD, 40091, 40092, 40093, 40094, 40095, 0};

/// Fields of GeoTIFF and GDAL.
static const uint16_t kept_fields[] = {33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113, 0};

/// The bytes of a field, which the caller frees. Null if there are none, or if they are left out with a note.
/// - name: what the bytes are.
static uint8_t *bytes_of(twc_tiff_reader *reader, const twc_tiff_entry *entry, const char *name) {
    const char *why;
    uint8_t *bytes = entry && entry->bytes ? twc_tiff_entry_bytes(&reader->input, entry, &why) : NULL;
    if (bytes || !entry || !entry->bytes) return bytes;
    // A profile matters to a caller who wants no metadata, too.
    (entry->tag == TIFFTAG_ICCPROFILE ? twc_note : twc_note_metadata)(
        &reader->base.notes, "%s (TIFF field %u, %llu bytes) was left out: %s", name, entry->tag,
        (unsigned long long)entry->bytes, why);
    return NULL;
}

/// Adds the bytes of a field as a block.
static void add_bytes(twc_tiff_reader *reader, uint16_t tag, twc_block_kind kind, const char *name) {
    const twc_tiff_entry *entry = twc_tiff_find(&reader->directory, tag);
    uint8_t *bytes = bytes_of(reader, entry, name);
    if (!bytes) return;
    twc_blocks_add(&reader->base.blocks, &reader->base.notes, kind, 0, 0, bytes, (size_t)entry->bytes);
    free(bytes);
}

/// The length of whole records, without padding of the last number. `*is_cut`: the last record is longer than the data.
static size_t iptc_length(const uint8_t *bytes, size_t count, bool *is_cut) {
    size_t at = 0;
    while (count - at >= 5 && bytes[at] == 0x1C) {
        size_t size = twc_be16(bytes + at + 3);
        *is_cut = !(size & 0x8000) && size > count - at - 5;
        // If the highest bit is set, the size itself is longer. Such records are kept unchanged.
        if (size & 0x8000 || *is_cut) return count;
        at += 5 + size;
    }
    *is_cut = at < count && bytes[at] == 0x1C;
    return count - at < 4 && !*is_cut ? at : count;
}

/// Adds records, unless Photoshop's resources have them already: ImageMagick 6 writes only a quarter of the records
/// into the field for IPTC.
static void choose_iptc(twc_tiff_reader *reader, const uint8_t *bytes, size_t count, bool is_cut) {
    twc_reader *base = &reader->base;
    twc_blocks *blocks = &base->blocks;
    const twc_block *other = twc_blocks_first(blocks->blocks, blocks->count, TWC_IPTC);
    size_t common = !other ? 0 : other->count < count ? other->count : count;
    bool is_same = other && memcmp(other->bytes, bytes, common) == 0;
    if (is_same && common == count) return;
    if (other && !is_same)
        twc_note_metadata(&base->notes, "a second IPTC block (TIFF field %u) was left out",
            is_cut ? TIFFTAG_RICHTIFFIPTC : TIFFTAG_PHOTOSHOP);
    if (other && is_cut && !is_same) return;
    if (is_cut) twc_note_metadata(&base->notes, "the last record of the IPTC data is cut off");
    if (other) twc_blocks_remove(blocks, (size_t)(other - blocks->blocks));
    twc_blocks_add(blocks, &base->notes, TWC_IPTC, 0, 0, bytes, count);
}

/// Adds the IPTC block. Records begin with 0x1C. Some programs declare them as numbers of 4 bytes, and swap their
/// bytes.
static void add_iptc(twc_tiff_reader *reader) {
    const twc_tiff_entry *entry = twc_tiff_find(&reader->directory, TIFFTAG_RICHTIFFIPTC);
    uint8_t *bytes = bytes_of(reader, entry, "the IPTC data");
    if (!bytes) return;
    size_t count = (size_t)entry->bytes;
    if (entry->type == TIFF_LONG && bytes[0] != 0x1C && bytes[3] == 0x1C) twc_tiff_swap(bytes, TIFF_LONG, entry->count);
    bool is_cut = false;
    if (bytes[0] == 0x1C) {
        count = iptc_length(bytes, count, &is_cut);
        choose_iptc(reader, bytes, count, is_cut);
    } else {
        twc_note_metadata(&reader->base.notes, "IPTC data that has no records was left out");
    }
    free(bytes);
}

/// Fields that say how the image is stored, that are true of the source's pixels only, or that are read as blocks.
static const uint16_t known_fields[] = {
    TIFFTAG_SUBFILETYPE, TIFFTAG_OSUBFILETYPE, TIFFTAG_IMAGEWIDTH, TIFFTAG_IMAGELENGTH, TIFFTAG_BITSPERSAMPLE,
    TIFFTAG_COMPRESSION, TIFFTAG_PHOTOMETRIC, TIFFTAG_THRESHHOLDING, TIFFTAG_CELLWIDTH, TIFFTAG_CELLLENGTH,
    TIFFTAG_FILLORDER, TIFFTAG_STRIPOFFSETS, TIFFTAG_SAMPLESPERPIXEL, TIFFTAG_ROWSPERSTRIP, TIFFTAG_STRIPBYTECOUNTS,
    TIFFTAG_MINSAMPLEVALUE, TIFFTAG_MAXSAMPLEVALUE, TIFFTAG_PLANARCONFIG, TIFFTAG_FREEOFFSETS, TIFFTAG_FREEBYTECOUNTS,
    TIFFTAG_GRAYRESPONSEUNIT, TIFFTAG_GRAYRESPONSECURVE, TIFFTAG_GROUP3OPTIONS, TIFFTAG_GROUP4OPTIONS,
    TIFFTAG_PREDICTOR, TIFFTAG_COLORMAP, TIFFTAG_HALFTONEHINTS, TIFFTAG_TILEWIDTH,
    TIFFTAG_TILELENGTH, TIFFTAG_TILEOFFSETS, TIFFTAG_TILEBYTECOUNTS, TIFFTAG_BADFAXLINES, TIFFTAG_CLEANFAXDATA,
    TIFFTAG_CONSECUTIVEBADFAXLINES, TIFFTAG_SUBIFD, TIFFTAG_INKSET, TIFFTAG_INKNAMES, TIFFTAG_NUMBEROFINKS,
    TIFFTAG_DOTRANGE, TIFFTAG_EXTRASAMPLES, TIFFTAG_SAMPLEFORMAT, TIFFTAG_SMINSAMPLEVALUE, TIFFTAG_SMAXSAMPLEVALUE,
    TIFFTAG_JPEGTABLES, TIFFTAG_JPEGPROC, TIFFTAG_JPEGIFOFFSET, TIFFTAG_JPEGIFBYTECOUNT, TIFFTAG_JPEGRESTARTINTERVAL,
    TIFFTAG_JPEGLOSSLESSPREDICTORS, TIFFTAG_JPEGPOINTTRANSFORM, TIFFTAG_JPEGQTABLES, TIFFTAG_JPEGDCTABLES,
    TIFFTAG_JPEGACTABLES, TIFFTAG_YCBCRCOEFFICIENTS, TIFFTAG_YCBCRSUBSAMPLING, TIFFTAG_YCBCRPOSITIONING,
    TIFFTAG_REFERENCEBLACKWHITE, TIFFTAG_XMLPACKET, TIFFTAG_IMAGEDEPTH, TIFFTAG_TILEDEPTH, TIFFTAG_RICHTIFFIPTC,
    TIFFTAG_PHOTOSHOP, TIFFTAG_ICCPROFILE, TIFFTAG_INTEROPERABILITYIFD, TIFFTAG_LERC_PARAMETERS, 0};

/// Notes the other fields: private fields of programs, and the few TIFF fields that results do not get.
static void note_others(twc_tiff_reader *reader) {
    const twc_tiff_directory *directory = &reader->directory;
    for (uint32_t index = 0; index < directory->count; index++) {
        uint16_t tag = directory->entries[index].tag;
        if (twc_tiff_is_in(known_fields, tag) || twc_tiff_is_in(exif_tags, tag) || twc_tiff_is_in(kept_fields, tag))
            continue;
        twc_note_thing(&reader->base.notes, "the TIFF field %s was left out", "the TIFF fields %s were left out", "%u",
            tag);
    }
    const twc_tiff_entry *children = twc_tiff_find(directory, TIFFTAG_SUBIFD);
    if (children)
        twc_note(&reader->base.notes, "images in sub-directories of the TIFF file (%llu) were left out",
            (unsigned long long)children->count);
}

/// Takes IPTC from Photoshop's resources, and the resolution if it has no field.
static void add_photoshop(twc_tiff_reader *reader) {
    twc_reader *base = &reader->base;
    const twc_tiff_entry *entry = twc_tiff_find(&reader->directory, TIFFTAG_PHOTOSHOP);
    uint8_t *bytes = bytes_of(reader, entry, "the data of Photoshop");
    if (!bytes) return;
    twc_photoshop_add(&base->blocks, &base->notes, bytes, (size_t)entry->bytes, "TIFF field 34377");
    if (!(base->info.density.x > 0)) base->info.density = twc_photoshop_density(bytes, (size_t)entry->bytes);
    free(bytes);
}

static void add_fields(twc_tiff_reader *reader) {
    twc_reader *base = &reader->base;
    for (const uint16_t *tag = kept_fields; *tag; tag++) {
        const twc_tiff_entry *entry = twc_tiff_find(&reader->directory, *tag);
        uint8_t *bytes = bytes_of(reader, entry, *tag < 42112 ? "GeoTIFF data" : "GDAL data");
        if (!bytes) continue;
        if (reader->input.is_big_endian != is_machine_big_endian) twc_tiff_swap(bytes, entry->type, entry->count);
        twc_blocks_add(
            &base->blocks, &base->notes, TWC_TIFF_FIELD, *tag, entry->type, bytes, (size_t)entry->bytes);
        free(bytes);
    }
}

/// Whether the directory says more than orientation and resolution, which are in `info`.
static bool has_exif(const twc_tiff_directory *directory) {
    for (const uint16_t *tag = exif_tags; *tag; tag++)
        if (*tag != TIFFTAG_ORIENTATION && *tag != TIFFTAG_XRESOLUTION && *tag != TIFFTAG_YRESOLUTION
            && *tag != TIFFTAG_RESOLUTIONUNIT && twc_tiff_find(directory, *tag))
            return true;
    return false;
}

static void add_exif(twc_tiff_reader *reader) {
    twc_reader *base = &reader->base;
    size_t budget = 16 << 20, count = 0;
    if (!has_exif(&reader->directory)) return;
    twc_tiff_node *node = twc_tiff_node_read(&reader->input, reader->offset, exif_tags, 2, &budget, &base->notes);
    if (!node) return;
    bool is_big_endian = reader->input.is_big_endian;
    uint8_t *directories = twc_tiff_node_write(node, 8, is_big_endian, false, &count);
    uint8_t *block = directories ? malloc(count + 8) : NULL;
    if (block) {
        memcpy(block, is_big_endian ? "MM\0*\0\0\0\10" : "II*\0\10\0\0\0", 8);
        memcpy(block + 8, directories, count);
        twc_blocks_add(&base->blocks, &base->notes, TWC_EXIF, 0, 0, block, count + 8);
    } else {
        twc_note_metadata(&base->notes, "EXIF was left out: not enough memory");
    }
    free(block);
    free(directories);
    twc_tiff_node_free(node);
}

static void read_density(twc_tiff_reader *reader) {
    twc_density *density = &reader->base.info.density;
    density->x = twc_tiff_rational(&reader->input, twc_tiff_find(&reader->directory, TIFFTAG_XRESOLUTION));
    density->y = twc_tiff_rational(&reader->input, twc_tiff_find(&reader->directory, TIFFTAG_YRESOLUTION));
    if (!(density->x > 0 && density->y > 0)) {
        *density = (twc_density){0};
        return;
    }
    uint64_t unit = twc_tiff_field(&reader->input, &reader->directory, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
    density->unit = unit == RESUNIT_INCH ? TWC_UNIT_INCH : unit == RESUNIT_CENTIMETER ? TWC_UNIT_CENTIMETRE
        : TWC_UNIT_NONE;
}

void twc_tiff_read_metadata(twc_tiff_reader *reader) {
    if (reader->directory.lost)
        twc_note(&reader->base.notes, "fields of the directory that cannot be read (%u) were left out",
            reader->directory.lost);
    read_density(reader);
    add_bytes(reader, TIFFTAG_ICCPROFILE, TWC_ICC, "the ICC profile");
    add_exif(reader);
    add_bytes(reader, TIFFTAG_XMLPACKET, TWC_XMP, "the XMP data");
    add_photoshop(reader);
    add_iptc(reader);
    add_fields(reader);
    note_others(reader);
}
