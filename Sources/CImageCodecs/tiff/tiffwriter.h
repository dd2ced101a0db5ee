// What the parts of the TIFF writer share.
#ifndef TILEWORK_TIFF_WRITER_H
#define TILEWORK_TIFF_WRITER_H

#include "tiff.h"

typedef struct twc_tiff_writer twc_tiff_writer;

/// The image, or an overview of it. Each has a libtiff handle of its own, so that tiles of all levels can come in any
/// order: handles append to one file, and each believes that its directory is the only one. In the end we chain them.
typedef struct {
    twc_tiff_writer *writer;
    TIFF *tiff;
    uint32_t index;
    uint32_t width;
    uint32_t height;
    uint32_t across;
    uint32_t down;
    /// Where libtiff reads or writes next.
    uint64_t position;
    /// Where its directory is, once it is written.
    uint64_t directory;
    /// A bit for each tile that was written.
    uint8_t *written;
    uint64_t missing;
} twc_tiff_level;

struct twc_tiff_writer {
    twc_writer base;
    twc_tiff_messages messages;
    twc_tiff_level *levels;
    /// Bytes of the file.
    uint64_t end;
    bool is_big;
    /// Samples of a stored pixel, and bytes of one.
    uint32_t samples;
    uint32_t pixel_bytes;
    uint32_t rows_per_strip;
    /// Rows as stored: of a strip, or of the whole width as high as a tile.
    uint8_t *band;
    uint32_t band_rows;
    uint32_t filled;
    /// A tile as stored, and a row of pixels to multiply by alpha.
    uint8_t *tile;
    uint8_t *row;
};

/// Opens the handle of a level.
twc_status twc_tiff_level_open(twc_tiff_writer *writer, twc_tiff_level *level);
/// Writes the directories, and chains them.
twc_status twc_tiff_level_finish(twc_tiff_writer *writer);
/// Appends to the file at an even place, which `*offset` is set to.
bool twc_tiff_append(twc_tiff_writer *writer, const void *bytes, size_t count, uint64_t *offset);
/// After libtiff has failed: the system's reason, or its own.
twc_status twc_tiff_write_failure(const twc_tiff_writer *writer);

/// How the pixels of a level are stored.
twc_status twc_tiff_write_layout(twc_tiff_writer *writer, twc_tiff_level *level);
/// Everything else that the first directory says.
twc_status twc_tiff_write_metadata(twc_tiff_writer *writer);
/// EXIF's fields and directories.
twc_status twc_tiff_write_exif(twc_tiff_writer *writer, const twc_block *block);
/// A field of any kind. False if libtiff cannot take it.
bool twc_tiff_set_field(TIFF *tiff, uint16_t tag, uint16_t type, uint32_t count, const uint8_t *bytes);

#endif
