// Writes EXIF to its places in TIFF: descriptions into the first directory, the rest into directories of their own.
#include "tiffwriter.h"
#include <stdlib.h>

/// Fields that say how another file stored its pixels, or that the writer sets itself.
static bool is_structure(uint16_t tag) {
    static const uint16_t tags[] = {
        TIFFTAG_SUBFILETYPE, TIFFTAG_OSUBFILETYPE, TIFFTAG_IMAGEWIDTH, TIFFTAG_IMAGELENGTH, TIFFTAG_BITSPERSAMPLE,
        TIFFTAG_COMPRESSION, TIFFTAG_PHOTOMETRIC, TIFFTAG_FILLORDER, TIFFTAG_STRIPOFFSETS, TIFFTAG_ORIENTATION,
        TIFFTAG_SAMPLESPERPIXEL, TIFFTAG_ROWSPERSTRIP, TIFFTAG_STRIPBYTECOUNTS, TIFFTAG_XRESOLUTION,
        TIFFTAG_YRESOLUTION, TIFFTAG_RESOLUTIONUNIT, TIFFTAG_PLANARCONFIG, TIFFTAG_PREDICTOR, TIFFTAG_COLORMAP,
        TIFFTAG_TILEWIDTH, TIFFTAG_TILELENGTH, TIFFTAG_TILEOFFSETS, TIFFTAG_TILEBYTECOUNTS, TIFFTAG_SUBIFD,
        TIFFTAG_EXTRASAMPLES, TIFFTAG_SAMPLEFORMAT, TIFFTAG_JPEGTABLES, TIFFTAG_YCBCRCOEFFICIENTS,
        TIFFTAG_YCBCRSUBSAMPLING, TIFFTAG_YCBCRPOSITIONING, TIFFTAG_REFERENCEBLACKWHITE, TIFFTAG_XMLPACKET,
        TIFFTAG_RICHTIFFIPTC, TIFFTAG_ICCPROFILE, TIFFTAG_PHOTOSHOP, 0};
    return twc_tiff_is_in(tags, tag) || (tag >= TIFFTAG_JPEGPROC && tag <= TIFFTAG_JPEGACTABLES);
}

/// Fields that would be wrong for this file's pixels: the range of samples, inks, neighbouring pages, and reports of
/// fax machines.
static bool is_untrue(uint16_t tag) {
    static const uint16_t tags[] = {
        TIFFTAG_MINSAMPLEVALUE, TIFFTAG_MAXSAMPLEVALUE, TIFFTAG_SMINSAMPLEVALUE, TIFFTAG_SMAXSAMPLEVALUE,
        TIFFTAG_FREEOFFSETS, TIFFTAG_FREEBYTECOUNTS, TIFFTAG_GROUP3OPTIONS, TIFFTAG_GROUP4OPTIONS, TIFFTAG_BADFAXLINES,
        TIFFTAG_CLEANFAXDATA, TIFFTAG_CONSECUTIVEBADFAXLINES, TIFFTAG_INKSET, TIFFTAG_INKNAMES, TIFFTAG_NUMBEROFINKS,
        TIFFTAG_DOTRANGE, TIFFTAG_PAGENUMBER, TIFFTAG_IMAGEDEPTH, TIFFTAG_TILEDEPTH, 0};
    return twc_tiff_is_in(tags, tag);
}

static void write_fields(twc_tiff_writer *writer, const twc_tiff_node *node) {
    for (size_t index = 0; index < twc_tiff_node_count(node); index++) {
        uint16_t tag, type;
        uint32_t count;
        const uint8_t *bytes = twc_tiff_node_at(node, index, &tag, &type, &count);
        if (!bytes || is_structure(tag)) continue;
        if (is_untrue(tag))
            twc_note_thing(&writer->base.notes, "EXIF field %s was left out: it would be untrue of the result",
                "EXIF fields %s were left out: they would be untrue of the result", "%u", tag);
        else if (!twc_tiff_set_field(writer->levels[0].tiff, tag, type, count, bytes))
            twc_note_thing(&writer->base.notes, "EXIF field %s was left out: TIFF cannot hold it",
                "EXIF fields %s were left out: TIFF cannot hold them", "%u", tag);
    }
}

/// Writes a sub-directory with everything below it, at the current end of the file.
static twc_status write_child(twc_tiff_writer *writer, const twc_tiff_node *node, uint16_t tag) {
    const twc_tiff_node *child = twc_tiff_node_child(node, tag);
    if (!child || !twc_tiff_node_count(child)) return twc_ok();
    size_t count;
    uint64_t offset = writer->end + (writer->end & 1);
    TIFF *tiff = writer->levels[0].tiff;
    uint8_t *bytes = twc_tiff_node_write(child, offset, TIFFIsBigEndian(tiff), writer->is_big, &count);
    if (!bytes) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for EXIF");
    bool is_written = twc_tiff_append(writer, bytes, count, &offset) && TIFFSetField(tiff, tag, offset);
    free(bytes);
    return is_written ? twc_ok() : twc_tiff_write_failure(writer);
}

static bool has_maker_note(const twc_tiff_node *node) {
    const twc_tiff_node *exif = twc_tiff_node_child(node, TIFFTAG_EXIFIFD);
    for (size_t index = 0; exif && index < twc_tiff_node_count(exif); index++) {
        uint16_t tag, type;
        uint32_t count;
        twc_tiff_node_at(exif, index, &tag, &type, &count);
        if (tag == EXIFTAG_MAKERNOTE) return true;
    }
    return false;
}

twc_status twc_tiff_write_exif(twc_tiff_writer *writer, const twc_block *block) {
    twc_tiff_input input = {.bytes = block->bytes, .size = block->count};
    uint64_t first;
    size_t budget = TWC_MAXIMUM_METADATA;
    twc_tiff_node *node = twc_tiff_read_header(&input, &first)
        ? twc_tiff_node_read(&input, first, NULL, 2, &budget, &writer->base.notes) : NULL;
    if (!node) {
        twc_note(&writer->base.notes, "EXIF that cannot be read was left out");
        return twc_ok();
    }
    if (has_maker_note(node))
        twc_note(&writer->base.notes, "the EXIF maker note was moved; positions inside it may be wrong now");
    write_fields(writer, node);
    twc_status status = write_child(writer, node, TIFFTAG_EXIFIFD);
    if (!status.code) status = write_child(writer, node, TIFFTAG_GPSIFD);
    twc_tiff_node_free(node);
    return status;
}
