// Declarations that the parts of the TIFF writer share.
#ifndef TILEWORK_TIFF_WRITER_H
#define TILEWORK_TIFF_WRITER_H

#include "tiff.h"

typedef struct twc_tiff_writer twc_tiff_writer;
typedef struct twc_tiff_bands twc_tiff_bands;

/// The image, or an overview of it. Each level has a libtiff handle of its own, so that tiles of all levels can come in
/// any order. The handles append to one file, and each sees only its own directory. In the end the directories are
/// chained.
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
    /// The offset of its directory, once it is written.
    uint64_t directory;
    /// A bit for each written tile.
    uint8_t *written;
    uint64_t missing;
} twc_tiff_level;

struct twc_tiff_writer {
    twc_writer base;
    twc_tiff_messages messages;
    twc_tiff_level *levels;
    /// The size of the file so far.
    uint64_t end;
    bool is_big;
    /// Samples of a stored pixel, and bytes of one.
    uint32_t samples;
    uint32_t pixel_bytes;
    uint32_t rows_per_strip;
    /// Rows from which tiles are cut: as many as a tile has.
    uint8_t *rows;
    uint32_t filled;
    twc_tiff_bands *bands;
};

/// Stores a row of pixels.
/// - pixels: are changed if alpha is associated.
void twc_tiff_store_row(const twc_tiff_writer *writer, uint8_t *pixels, uint32_t width, uint8_t *stored);
/// Repeats the last pixel to the right and the last row downwards, so that a tile at the edge compresses well.
void twc_tiff_fill_tile(const twc_tiff_writer *writer, uint8_t *tile, uint32_t width, uint32_t height);

/// Encodes one strip or tile after the other. Belongs to one thread at a time.
typedef struct {
    /// A handle of which only the codec is used.
    twc_tiff_level level;
    twc_tiff_messages messages;
    /// A strip or tile as it is stored.
    uint8_t *stored;
    twc_buffer *to;
    bool is_out_of_memory;
} twc_tiff_encoder;

/// Opens an encoder. It has to be closed even if this fails.
twc_status twc_tiff_encoder_open(twc_tiff_writer *writer, twc_tiff_encoder *encoder);
void twc_tiff_encoder_close(twc_tiff_encoder *encoder);
/// Encodes pixels without gaps, and appends the result to `to`.
twc_status twc_tiff_encode_strip(
    const twc_tiff_writer *writer, twc_tiff_encoder *encoder, uint8_t *pixels, uint32_t rows, twc_buffer *to);
twc_status twc_tiff_encode_tile(
    const twc_tiff_writer *writer, twc_tiff_encoder *encoder, uint8_t *pixels, uint32_t width, uint32_t height,
    twc_buffer *to);
/// Copies the fields that all JPEG strips and tiles share into a directory. The encoder must have encoded one.
bool twc_tiff_copy_jpeg_fields(const twc_tiff_encoder *encoder, TIFF *tiff);

/// Makes `writer->bands`, once its levels are known. The writer closes them, also after a failure.
twc_status twc_tiff_bands_open(twc_tiff_writer *writer);
/// Encodes rows of an image in strips.
twc_status twc_tiff_bands_rows(twc_tiff_bands *bands, const uint8_t *rows, size_t stride, uint32_t count);
/// Encodes the tile of this index. `width` × `height` of its pixels lie in the image.
twc_status twc_tiff_bands_tile(
    twc_tiff_bands *bands, twc_tiff_level *level, uint32_t index, const uint8_t *pixels, size_t stride, uint32_t width,
    uint32_t height);
twc_status twc_tiff_bands_finish(twc_tiff_bands *bands);
void twc_tiff_bands_close(twc_tiff_bands *bands);

/// Opens the handle of a level.
twc_status twc_tiff_level_open(twc_tiff_writer *writer, twc_tiff_level *level);
/// Writes the directories, and chains them.
twc_status twc_tiff_level_finish(twc_tiff_writer *writer);
/// Appends to the file at an even offset, which `*offset` receives.
bool twc_tiff_append(twc_tiff_writer *writer, const void *bytes, size_t count, uint64_t *offset);
/// The reason of a failure of libtiff: the system's, else libtiff's own.
twc_status twc_tiff_write_failure(const twc_tiff_writer *writer);

/// Sets how the pixels of a level are stored.
twc_status twc_tiff_write_layout(twc_tiff_writer *writer, twc_tiff_level *level);
/// Writes all other fields of the first directory.
twc_status twc_tiff_write_metadata(twc_tiff_writer *writer);
/// Writes EXIF's fields and directories.
twc_status twc_tiff_write_exif(twc_tiff_writer *writer, const twc_block *block);
/// Sets a field of any kind. False if libtiff cannot take it.
bool twc_tiff_set_field(TIFF *tiff, uint16_t tag, uint16_t type, uint32_t count, const uint8_t *bytes);
/// Sets a field of fractions that libtiff knows, in the machine's byte order. False if it cannot hold their values.
bool twc_tiff_set_fractions(TIFF *tiff, const TIFFField *field, uint32_t count, const uint8_t *bytes);

#endif
