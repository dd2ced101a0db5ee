// Readers and writers of image files, row by row, over libjpeg-turbo, libpng, libtiff and libwebp; profiles by lcms2,
// EXIF, IPTC and XMP by exiv2. No library's type, longjmp or exception crosses this header.
//
// Rows have samples interleaved as everywhere in Tilework: gray, BGR or BGRA; 8 bits, or 16 bits in the machine's byte
// order; alpha is never associated (premultiplied). Sizes are in pixels, strides in bytes.
//
// A reader or writer belongs to one thread at a time. After a call has failed, only its notes, its status and its
// closing are left. File descriptors are borrowed: they stay open, and are read and written by offset only.
#ifndef TILEWORK_IMAGE_CODECS_H
#define TILEWORK_IMAGE_CODECS_H

#include "CImageCodecsTypes.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

// MARK: Reading

typedef enum { TWC_ALPHA_NONE = 0, TWC_ALPHA_STRAIGHT, TWC_ALPHA_ASSOCIATED } twc_alpha;

/// What the stored colors are, before they were made gray or BGR.
typedef enum { TWC_GRAY = 1, TWC_RGB, TWC_PALETTE, TWC_YCBCR, TWC_CMYK, TWC_YCCK, TWC_LAB } twc_color;

typedef struct {
    twc_format format;
    /// As stored: the orientation is not applied.
    uint32_t width;
    uint32_t height;
    /// Of the rows that the reader gives: 1, 3 or 4.
    uint32_t channels;
    /// Bits of a sample of these rows: 8 or 16.
    uint32_t depth;
    /// Bits of a stored sample: 1 to 16.
    uint32_t stored_depth;
    twc_color color;
    /// As stored. Rows have it straight.
    twc_alpha alpha;
    /// Gray with alpha, which rows have as BGRA with B = G = R.
    bool is_gray_alpha;
    /// Rows are sRGB, or gray, that the reader made of other colors (CMYK, YCCK, L*a*b*, LogLuv). The file's profile and
    /// what its metadata says of colors are not true of them.
    bool is_converted_to_srgb;
    /// 1 to 8 as EXIF numbers them: from the format's own field or from the EXIF block, wherever it stands.
    uint32_t orientation;
    /// No row is complete before all data was read: progressive JPEG, interlaced PNG, WebP.
    bool needs_all_data;
    /// Rows can only be had into a buffer of the whole image, by `twc_reader_all`.
    bool needs_whole_buffer;
    /// `twc_reader_region` works, and costs about what the region does.
    bool has_regions;
    /// The unit in which the format stores pixels: TIFF's tiles or strips, JPEG's rows of MCUs; else one row.
    uint32_t block_width;
    uint32_t block_height;
    /// The image that is read, from 0, of how many.
    uint32_t page;
    uint32_t pages;
    twc_density density;
} twc_info;

typedef struct {
    /// Larger images are refused, by side and by pixels in all.
    uint32_t maximum_side;
    uint64_t maximum_pixels;
    /// TIFF: which image, from 0; -1 for the first.
    int32_t page;
    /// An empty file open for reading and writing, of the caller's, for what does not fit into memory (coefficients of
    /// progressive JPEG); -1 to use memory alone.
    int scratch;
    /// Threads that decode side by side, if the file allows it: baseline JPEG with restart markers; 0 and 1: the
    /// caller's alone. Pixels, notes and failures do not depend on it.
    uint32_t threads;
    /// TIFF: which of the smaller images that follow the page, from 1; 0 for the page itself.
    uint32_t overview;
} twc_reader_options;

typedef struct twc_reader twc_reader;

/// Says which format the first bytes of a file are of; 16 bytes are enough. 0 if of none.
int twc_format_of(const uint8_t *bytes, size_t count);

/// Opens the image file at offset 0 of `file` and reads what it says of itself. The memory and time that this takes are
/// bounded whatever the file claims.
/// On success `*reader` is to be closed by the caller; on failure it is null.
twc_status twc_reader_open(
    int file, const twc_reader_options *options, twc_reader *TWC_NULLABLE *TWC_NONNULL reader);

const twc_info *twc_reader_info(const twc_reader *reader);

/// The next `count` rows, from the top down. Not if `needs_whole_buffer`.
twc_status twc_reader_rows(twc_reader *reader, void *rows, size_t stride, uint32_t count);

/// Told of the rows that are complete from the top. Reading stops if it returns anything but 0.
typedef int (*twc_progress)(void *TWC_NULLABLE context, uint32_t complete);

/// All rows, into a buffer of the whole image.
twc_status twc_reader_all(
    twc_reader *reader, void *pixels, size_t stride, twc_progress TWC_NULLABLE progress,
    void *TWC_NULLABLE context);

/// A part of the image, in any order and as often as wanted. Only if `has_regions`.
twc_status twc_reader_region(
    twc_reader *reader, uint32_t x, uint32_t y, uint32_t width, uint32_t height, void *pixels, size_t stride);

/// After the last row: looks at what follows the pixels, and notes what is irregular.
twc_status twc_reader_finish(twc_reader *reader);

/// What was converted, left out or irregular so far, one sentence each, without a full stop. Valid until closing.
size_t twc_reader_note_count(const twc_reader *reader);
const char *twc_reader_note(const twc_reader *reader, size_t index);
/// The note without words of the file's own, as comments and names that programs made up.
const char *twc_reader_note_plain(const twc_reader *reader, size_t index);
/// Whether a note is about metadata but profiles: it means nothing to whoever wants none.
bool twc_reader_note_is_metadata(const twc_reader *reader, size_t index);

/// Metadata as the file has it; valid until closing. Blocks that come after the pixels are there after the finish.
size_t twc_reader_block_count(const twc_reader *reader);
twc_block twc_reader_block(const twc_reader *reader, size_t index);

void twc_reader_close(twc_reader *TWC_NULLABLE reader);

/// Where bands of rows of a file are, so that some can be read without the others.
typedef struct {
    /// Rows of each band but the last.
    uint32_t band_rows;
    /// Of the offsets: one more than bands; 0 if there is no index.
    size_t count;
    /// Where each band begins in the file, and then where the last one ends.
    const uint64_t *TWC_NULLABLE offsets;
} twc_row_index;

/// Opens `count` rows from `first` on as an image of these rows, without metadata in PNG and JPEG. It costs about what
/// the bands do that have the rows, and the header. All checks of a whole file that concern these bands are made; those
/// at their end, with the last row.
///
/// For PNG and JPEG it needs the index that the writer gave. TIFF and BMP are read without one. `TWC_UNSUPPORTED` for
/// other files, and for those that are not upright or have their rows in one piece: progressive JPEG, WebP, BMP with
/// run lengths, old-style JPEG in TIFF, strips of more than 64 MiB. `TWC_DAMAGED` if the file has no such rows, or if
/// the index does not fit it.
/// - index: read during the call; null if there is none.
twc_status twc_reader_open_rows(
    int file, const twc_reader_options *options, uint32_t first, uint32_t count,
    const twc_row_index *TWC_NULLABLE index, twc_reader *TWC_NULLABLE *TWC_NONNULL reader);

/// Puts `count` stored rows from `first` on where they belong in the upright image: `width` and `height` are the stored
/// image's, and `orientation` is as in `twc_info`. From 5 on, the upright image is `height` wide and `width` high.
void twc_orient_rows(
    const void *rows, size_t row_stride, uint32_t first, uint32_t count, uint32_t width, uint32_t height,
    size_t pixel_bytes, uint32_t orientation, void *image, size_t image_stride);

// MARK: Writing

typedef enum { TWC_SUBSAMPLING_420 = 0, TWC_SUBSAMPLING_444 } twc_subsampling;

typedef enum {
    TWC_COMPRESSION_LZW = 0,
    TWC_COMPRESSION_NONE,
    TWC_COMPRESSION_DEFLATE,
    TWC_COMPRESSION_ZSTD,
    TWC_COMPRESSION_JPEG
} twc_compression;

/// Zero in each field is the default. JPEG and TIFF files are those that OpenCV 4.6 writes, unless these are wrong.
typedef struct {
    twc_format format;
    uint32_t width;
    uint32_t height;
    /// Of the rows that come: 1, 3 or 4.
    uint32_t channels;
    uint32_t depth;
    /// BGRA rows with B = G = R become gray with alpha.
    bool is_gray_alpha;
    /// TIFF: rows come straight and are stored associated.
    bool is_alpha_associated;
    /// JPEG, WebP and JPEG in TIFF: 1 to 100; 0 is 95, and lossless for WebP.
    uint32_t quality;
    bool is_progressive;
    twc_subsampling subsampling;
    /// PNG and Deflate: 1 to 9; 0 is 1. PNG: 1 is ISA-L's fastest, the others are zlib's.
    uint32_t level;
    twc_compression compression;
    /// TIFF: tiles of this side, a multiple of 16; 0 for strips.
    uint32_t tile_side;
    /// TIFF: smaller images after the first, each half as large; written by `twc_writer_tile`, so only with tiles.
    uint32_t overviews;
    /// TIFF: BigTIFF even if the file would fit into 4 GiB.
    bool is_big;
    twc_density density;
    const twc_block *TWC_NULLABLE blocks;
    size_t block_count;
    /// As the reader's, for the coefficients of a progressive JPEG; 0 to use memory alone.
    int scratch;
    /// Threads that compress bands of rows side by side; 0 and 1: the caller's alone. They end with the writer. The file
    /// is the same with any number of them.
    uint32_t threads;
} twc_writer_options;

typedef struct twc_writer twc_writer;

/// Begins a file at offset 0 of `file`, which is empty and open for reading and writing. Blocks are copied.
/// Blocks that the format has no place for are a misuse: the caller knows what it leaves out.
twc_status twc_writer_open(
    int file, const twc_writer_options *options, twc_writer *TWC_NULLABLE *TWC_NONNULL writer);

/// The next `count` rows, from the top down.
twc_status twc_writer_rows(twc_writer *writer, const void *rows, size_t stride, uint32_t count);

/// TIFF with tiles: the tile in this column and row of the grid; level 0 is the image, 1 its first overview, whose sides
/// are half as long, rounded up. Tiles of all levels come in any order, each once; by rows or by tiles, not both. At the
/// edges the buffer has the part that lies in the image.
twc_status twc_writer_tile(
    twc_writer *writer, uint32_t level, uint32_t column, uint32_t row, const void *pixels, size_t stride);

/// Writes the rest. The file is whole after it, if it succeeds.
twc_status twc_writer_finish(twc_writer *writer);

/// After the finish: where the file's bands of rows are. Without offsets if it has none (progressive JPEG, JPEG of
/// less than a megapixel), if the format needs none (TIFF, BMP) or knows none (WebP), or if the file is not upright. Valid
/// until closing.
twc_row_index twc_writer_row_index(const twc_writer *writer);

/// An empty file in memory, closed at exec; -1 with `errno` if there can be none.
int twc_memory_file(void);

/// Has the kernel begin to write bytes of a file to the disk, without waiting for it (sync_file_range(2)).
void twc_begin_writeback(int file, uint64_t offset, uint64_t count);

size_t twc_writer_note_count(const twc_writer *writer);
const char *twc_writer_note(const twc_writer *writer, size_t index);

/// Without a finish before, what was written is not an image.
void twc_writer_close(twc_writer *TWC_NULLABLE writer);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#ifdef __cplusplus
}
#endif

#include "CImageCodecsEditing.h"

#endif
