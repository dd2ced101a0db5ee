// EXIF goes back to where TIFF has it: descriptions into the first directory, the rest into directories of their own.
#include "tiffwriter.h"
#include <stdlib.h>

/// How the pixels of another file were stored, or what the writer sets itself.
static bool is_structure(uint16_t tag) {
    return tag == TIFFTAG_SUBFILETYPE || tag == TIFFTAG_OSUBFILETYPE || (tag >= 256 && tag <= 266)
        || (tag >= 273 && tag <= 284) || tag == TIFFTAG_RESOLUTIONUNIT || tag == TIFFTAG_ORIENTATION
        || (tag >= 317 && tag <= 347) || (tag >= 512 && tag <= 532) || tag == TIFFTAG_XMLPACKET
        || tag == TIFFTAG_RICHTIFFIPTC || tag == TIFFTAG_ICCPROFILE || tag == TIFFTAG_PHOTOSHOP;
}

static void write_fields(twc_tiff_writer *writer, const twc_tiff_node *node) {
    for (size_t index = 0; index < twc_tiff_node_count(node); index++) {
        uint16_t tag, type;
        uint32_t count;
        const uint8_t *bytes = twc_tiff_node_at(node, index, &tag, &type, &count);
        if (!bytes || is_structure(tag)) continue;
        if (!twc_tiff_set_field(writer->levels[0].tiff, tag, type, count, bytes))
            twc_note(&writer->base.notes, "EXIF field %u could not be written and was left out", tag);
    }
}

/// A sub-directory with all below it, at the end of the file as it is now.
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
