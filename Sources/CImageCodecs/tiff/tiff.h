// Declarations that the TIFF reader and writer share. Our own code reads directories first, so that sizes and kinds are
// checked before libtiff sees them. libtiff decodes and encodes strips and tiles.
#ifndef TILEWORK_TIFF_H
#define TILEWORK_TIFF_H

#include "directory.h"
#include <tiffio.h>

// MARK: Pages

typedef struct {
    /// The number of images that are neither masks nor overviews.
    uint32_t pages;
    uint32_t masks;
    uint32_t overviews;
    /// The page that is read, and the offset of its directory.
    uint32_t page;
    uint64_t offset;
    /// How many of the overviews follow this page.
    uint32_t own_overviews;
    /// The offset of the wanted overview's directory; 0 if there is none.
    uint64_t overview_offset;
} twc_tiff_pages;

/// Finds a page (-1 for the first), or an overview of it (1 for the one that follows it, 0 for the page itself).
twc_status twc_tiff_find_page(
    const twc_tiff_input *input, uint64_t first, int32_t wanted, uint32_t overview, twc_tiff_pages *pages,
    twc_notes *notes);

// MARK: Messages

/// libtiff's messages since the last reset.
typedef struct {
    uint32_t errors;
    uint32_t warnings;
    /// The first warning that is not harmless, and the first error.
    char warning[160];
    char first[160];
} twc_tiff_messages;

void twc_tiff_messages_reset(twc_tiff_messages *messages);
/// Options for libtiff that collect its messages and limit its memory. Null if there is no memory.
TIFFOpenOptions *twc_tiff_options(twc_tiff_messages *messages);
/// The reason of a failure: the first error, else the warning.
const char *twc_tiff_reason(const twc_tiff_messages *messages);

// MARK: Reading

enum {
    /// Larger strips are decoded row by row. Larger tiles are refused.
    TWC_TIFF_MAXIMUM_STRIP = 64 << 20,
    TWC_TIFF_MAXIMUM_TILE = 256 << 20,
    /// Tiles with longer sides must be at most twice as long as the image, or small in total.
    TWC_TIFF_USUAL_TILE_SIDE = 8192,
    /// The size of the cache for rows of decoded blocks.
    TWC_TIFF_CACHE = 128 << 20,
    TWC_TIFF_MAXIMUM_BAND = 512 << 20
};

typedef enum { TWC_TIFF_BLOCKS, TWC_TIFF_ROWS, TWC_TIFF_SCANLINES } twc_tiff_mode;

typedef struct {
    uint16_t bits;
    uint16_t samples;
    uint16_t photometric;
    uint16_t compression;
    uint16_t predictor;
    uint16_t fill_order;
    bool is_planar;
    bool is_tiled;
    bool is_jpeg_rgb;
    /// SGI's LogLuv. libtiff converts it to RGB or gray of 8 bits.
    bool is_log;
    /// The number of color samples. Samples after them are extra.
    uint16_t colors;
    /// Which sample is alpha; -1 if none is.
    int32_t alpha;
    /// For YCbCr without JPEG.
    uint16_t across_subsampling;
    uint16_t down_subsampling;
    uint32_t block_width;
    uint32_t block_height;
    uint32_t across;
    uint32_t down;
    /// How many planes are stored separately: 1, or as many as there are samples.
    uint32_t planes;
    /// Bytes of a decoded row of a block in a plane, and of the block as libtiff decodes it.
    size_t row_bytes;
    size_t block_bytes;
    twc_tiff_mode mode;
} twc_tiff_layout;

/// The name of the unit of storage, for messages.
static inline const char *twc_tiff_block_name(const twc_tiff_layout *layout) {
    return layout->is_tiled ? "tile" : "strip";
}

/// Old-style JPEG: the composed JPEG stream, and its reader.
typedef struct {
    twc_piece *pieces;
    size_t count;
    /// Markers that are not in the file.
    uint8_t *header;
    size_t header_bytes;
    twc_reader *reader;
} twc_tiff_old_jpeg;

typedef struct {
    /// The number of the row of blocks plus 1; 0 if empty.
    uint32_t row;
    uint8_t *pixels;
} twc_tiff_slot;

typedef struct {
    twc_reader base;
    TIFF *tiff;
    twc_tiff_messages messages;
    twc_tiff_input input;
    twc_tiff_directory directory;
    /// The offset of this directory, and of the one that libtiff reads.
    uint64_t offset;
    uint64_t offset_for_libtiff;
    /// Bytes that libtiff sees behind the end of the file: a repaired directory.
    uint8_t *addition;
    uint64_t addition_offset;
    size_t addition_bytes;
    twc_tiff_layout layout;
    bool has_counts;
    /// Whether a field for the depth of the image or of a tile cannot be read.
    bool has_broken_depth;
    /// How many values are in the array of strips or tiles that libtiff reads. libtiff takes missing values for zeros.
    uint64_t places;
    /// A strip or tile as it is stored.
    uint8_t *stored;
    size_t stored_capacity;
    /// Decoded planes of a block, `plane_bytes` apart.
    uint8_t *decoded;
    size_t plane_bytes;
    /// Samples of a row, and inks or L*a*b* of a row.
    uint16_t *samples;
    uint8_t *inks;
    /// Tables from stored values to values of 8 or 16 bits, for colors and for alpha. They differ if 0 is white.
    uint16_t *color_scale;
    uint16_t *alpha_scale;
    /// For the codes of PixarLog.
    uint16_t *code_scale;
    uint8_t (*palette)[3];
    TIFFYCbCrToRGB *ycbcr;
    twc_cmyk *cmyk;
    twc_lab *lab;
    twc_tiff_old_jpeg *old_jpeg;
    twc_tiff_slot *slots;
    uint32_t slot_rows;
} twc_tiff_reader;

/// Checks the directory before libtiff reads it.
twc_status twc_tiff_check(twc_tiff_reader *reader);
/// Shows libtiff a copy of the directory without the depth of volumes. If it `needs_counts`, the copy has lengths of
/// strips or tiles, which are all 0.
twc_status twc_tiff_repair(twc_tiff_reader *reader, bool needs_counts);
/// Fills in the layout and `info` from the values that libtiff has read.
twc_status twc_tiff_describe(twc_tiff_reader *reader);
/// Refuses a page whose directory contradicts the stored data.
twc_status twc_tiff_check_contradictions(twc_tiff_reader *reader);
twc_status twc_tiff_prepare_colors(twc_tiff_reader *reader);
void twc_tiff_read_metadata(twc_tiff_reader *reader);

/// Finds the pieces of an old-style JPEG stream.
twc_status twc_tiff_compose_old_jpeg(twc_tiff_reader *reader, twc_tiff_old_jpeg *jpeg);
/// Opens the stream, and fills in `info`.
twc_status twc_tiff_open_old_jpeg(twc_tiff_reader *reader);
twc_status twc_tiff_old_jpeg_rows(twc_tiff_reader *reader, uint8_t *rows, size_t stride, uint32_t count);
twc_status twc_tiff_old_jpeg_finish(twc_tiff_reader *reader);
void twc_tiff_old_jpeg_close(twc_tiff_old_jpeg *jpeg);

/// Decodes the planes of a block into `reader->decoded`.
twc_status twc_tiff_decode_block(twc_tiff_reader *reader, uint32_t column, uint32_t row);
/// Where the stored bytes of a strip or tile are.
typedef struct {
    uint64_t offset;
    /// Bytes that the file has; 0 if it has none.
    uint64_t count;
    /// Whether the file does not say where the data is.
    bool is_missing;
    /// Whether the file says that it does not store the data.
    bool is_sparse;
    /// Whether the file does not say how many bytes there are.
    bool is_estimated;
    /// Whether the file says that there are more bytes than there are.
    bool is_cut;
} twc_tiff_place;

twc_tiff_place twc_tiff_locate(twc_tiff_reader *reader, uint32_t index);
/// Damage: the strip or tile is missing. `row` is the row of the image where it begins.
twc_status twc_tiff_missing(const twc_tiff_reader *reader, uint32_t index, uint32_t row);
void twc_tiff_undo_predictor(const twc_tiff_layout *layout, uint8_t *bytes, size_t rows);
/// Whether PackBits data gives exactly `expected` bytes, or `full` bytes.
bool twc_tiff_packbits_fits(const uint8_t *bytes, size_t count, size_t expected, size_t full);
/// Whether data of SGI's LogLuv (except the 24-bit kind) has exactly `strings` strings in each row, of `width` bytes
/// each. It may have `rows` or `full_rows` rows.
bool twc_tiff_log_fits(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t strings, size_t rows, size_t full_rows);
/// Whether the header of JBIG data says that it is one plane of this size. The decoder allocates what the header says.
/// - is_reversed: the lowest bit of each byte comes first.
bool twc_tiff_jbig_fits(const uint8_t *bytes, size_t count, bool is_reversed, uint32_t width, uint32_t height);
uint32_t twc_tiff_adler(const uint8_t *bytes, size_t count);
/// Decode the rows of a block. False if the data is not exactly that of the rows.
bool twc_tiff_unpack_thunder(
    const twc_tiff_layout *layout, const uint8_t *bytes, size_t count, uint8_t *pixels, size_t rows);
bool twc_tiff_unpack_next(
    const twc_tiff_layout *layout, const uint8_t *bytes, size_t count, uint8_t *pixels, size_t rows);
bool twc_tiff_unpack_pixarlog(
    const twc_tiff_reader *reader, const uint8_t *bytes, size_t count, uint8_t *pixels, size_t expected);
/// Runs libtiff's decoder. False after an error, and after a warning that is not harmless.
bool twc_tiff_run_quietly(twc_tiff_reader *reader, uint32_t index, size_t stored, uint8_t *output, size_t count);
bool twc_tiff_decode_word_aligned(
    twc_tiff_reader *reader, uint32_t index, size_t stored, uint8_t *output, size_t expected);
/// A table from codes of PixarLog to samples of 8 or 16 bits. Null if there is no memory.
uint16_t *twc_tiff_pixarlog_scale(uint32_t bits);
/// Spreads YCbCr with subsampled colors to three samples a pixel, from `clumps` into `pixels`.
void twc_tiff_spread(const twc_tiff_layout *layout, const uint8_t *clumps, size_t rows, uint8_t *pixels);
/// Converts a part of a row to pixels as the reader gives them.
/// - bytes: the row in the first plane. It lies `plane_bytes` later in each further plane.
void twc_tiff_convert_row(
    twc_tiff_reader *reader, const uint8_t *bytes, size_t plane_bytes, uint32_t x, uint32_t width, uint8_t *pixels);

/// Bytes of the pixels in a row of blocks, which are kept until the next row is read.
uint64_t twc_tiff_band_bytes(const twc_tiff_reader *reader);

/// Reads a part of a row, if the mode is not blocks. Scanlines can be read only from the top down.
twc_status twc_tiff_read_row(twc_tiff_reader *reader, uint32_t row, uint32_t x, uint32_t width, uint8_t *pixels);
twc_status twc_tiff_region(
    twc_reader *base, uint32_t x, uint32_t y, uint32_t width, uint32_t height, uint8_t *pixels, size_t stride);
twc_status twc_tiff_rows(twc_reader *base, uint8_t *rows, size_t stride, uint32_t count);

// MARK: EXIF

/// Reverses the bytes of each value.
void twc_tiff_swap(uint8_t *bytes, uint32_t type, uint64_t count);

/// A directory in memory: entries with their values, in the machine's byte order.
typedef struct twc_tiff_node twc_tiff_node;

/// Reads a directory of an EXIF structure with its sub-directories. Values beyond the budget are left out with a note.
/// - budget: how many more bytes of values may be read; reduced by those that are.
/// - only: the tags to read, ended by 0; null for all.
twc_tiff_node *twc_tiff_node_read(
    const twc_tiff_input *input, uint64_t offset, const uint16_t *only, int depth, size_t *budget, twc_notes *notes);
void twc_tiff_node_free(twc_tiff_node *node);
size_t twc_tiff_node_count(const twc_tiff_node *node);
/// The values of an entry in the machine's byte order; null if it is a sub-directory.
const uint8_t *twc_tiff_node_at(
    const twc_tiff_node *node, size_t index, uint16_t *tag, uint16_t *type, uint32_t *count);
/// The sub-directory that a tag points at; null if there is none.
const twc_tiff_node *twc_tiff_node_child(const twc_tiff_node *node, uint16_t tag);
/// The bytes of the directory and its sub-directories, for the given `offset` of a file. Null if there is no memory.
uint8_t *twc_tiff_node_write(
    const twc_tiff_node *node, uint64_t offset, bool is_big_endian, bool is_big, size_t *count);

#endif
