// Readers and writers of image files, row by row. They use libjpeg-turbo, libpng, libtiff and libwebp, lcms2 for
// profiles, and exiv2 for EXIF, IPTC and XMP. No library's type, longjmp or exception crosses this header.
//
// Samples of rows are interleaved as everywhere in Tilework: gray, BGR or BGRA; 8 bits, or 16 bits in the machine's
// byte order. Alpha is never associated (premultiplied). Sizes are in pixels, strides in bytes.
//
// A reader or writer belongs to one thread at a time. After a failed call, only its notes, its status and closing may
// be used. File descriptors are borrowed: they stay open, and are read and written by offset only.
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

/// What the stored colors are, before the reader converts them to gray or BGR.
typedef enum { TWC_GRAY = 1, TWC_RGB, TWC_PALETTE, TWC_YCBCR, TWC_CMYK, TWC_YCCK, TWC_LAB } twc_color;

typedef struct {
    twc_format format;
    /// The stored size: the orientation is not applied.
    uint32_t width;
    uint32_t height;
    /// Channels of the rows that the reader gives: 1, 3 or 4.
    uint32_t channels;
    /// Bits of a sample of these rows: 8 or 16.
    uint32_t depth;
    /// Bits of a stored sample: 1 to 16.
    uint32_t stored_depth;
    twc_color color;
    /// Alpha as it is stored. In rows it is straight.
    twc_alpha alpha;
    /// Whether the file stores gray with alpha. Rows have it as BGRA with B = G = R.
    bool is_gray_alpha;
    /// Whether rows are sRGB, or gray, converted from other colors (CMYK, YCCK, L*a*b*, LogLuv). The file's profile and
    /// the color information in its metadata are then not true of the rows.
    bool is_converted_to_srgb;
    /// 1 to 8, numbered as in EXIF. It comes from the format's own field or from the EXIF block, wherever that lies.
    uint32_t orientation;
    /// Whether all data has to be read before any row is complete: progressive JPEG, interlaced PNG, WebP.
    bool needs_all_data;
    /// Whether rows can only be read into a buffer of the whole image, by `twc_reader_all`.
    bool needs_whole_buffer;
    /// Whether `twc_reader_region` works, at a cost that is proportional to the region.
    bool has_regions;
    /// The unit in which the format stores pixels: TIFF's tiles or strips, JPEG's rows of MCUs; else one row.
    uint32_t block_width;
    uint32_t block_height;
    /// Which image of the file is read, from 0, and how many it has.
    uint32_t page;
    uint32_t pages;
    twc_density density;
} twc_info;

typedef struct {
    /// Larger images are refused: by side, and by the number of pixels.
    uint32_t maximum_side;
    uint64_t maximum_pixels;
    /// TIFF: which image, from 0; -1 for the first.
    int32_t page;
    /// The caller's file for data that does not fit into memory (coefficients of progressive JPEG). It is empty and
    /// open for reading and writing. -1 to use memory alone.
    int scratch;
    /// Threads that decode side by side, if the file allows it (baseline JPEG with restart markers). 0 and 1 mean the
    /// caller's thread alone. Pixels, notes and failures do not depend on the number.
    uint32_t threads;
    /// TIFF: which of the smaller images after the page, from 1; 0 for the page itself.
    uint32_t overview;
} twc_reader_options;

typedef struct twc_reader twc_reader;

/// The format of a file by its first bytes; 16 bytes are enough. 0 if it is no format that is read.
int twc_format_of(const uint8_t *bytes, size_t count);

/// Opens the image file at offset 0 of `file` and reads its header. Memory and time are bounded, whatever the file
/// claims.
/// On success the caller has to close `*reader`; on failure it is null.
twc_status twc_reader_open(
    int file, const twc_reader_options *options, twc_reader *TWC_NULLABLE *TWC_NONNULL reader);

const twc_info *twc_reader_info(const twc_reader *reader);

/// Reads the next `count` rows, from the top down. Not allowed if `needs_whole_buffer`.
twc_status twc_reader_rows(twc_reader *reader, void *rows, size_t stride, uint32_t count);

/// Called with the number of rows that are complete from the top. Reading stops if it returns anything but 0.
typedef int (*twc_progress)(void *TWC_NULLABLE context, uint32_t complete);

/// Reads all rows, into a buffer of the whole image.
twc_status twc_reader_all(
    twc_reader *reader, void *pixels, size_t stride, twc_progress TWC_NULLABLE progress,
    void *TWC_NULLABLE context);

/// Reads a part of the image, in any order and as often as wanted. Only if `has_regions`.
twc_status twc_reader_region(
    twc_reader *reader, uint32_t x, uint32_t y, uint32_t width, uint32_t height, void *pixels, size_t stride);

/// After the last row: inspects what follows the pixels, and notes irregularities.
twc_status twc_reader_finish(twc_reader *reader);

/// Notes of what was converted, left out or irregular so far, one sentence each, without a full stop. Valid until
/// closing.
size_t twc_reader_note_count(const twc_reader *reader);
const char *twc_reader_note(const twc_reader *reader, size_t index);
/// The note without quotations from the file, such as comments and names that programs made up.
const char *twc_reader_note_plain(const twc_reader *reader, size_t index);
/// Whether a note is about metadata other than profiles. It does not matter to a caller who wants no metadata.
bool twc_reader_note_is_metadata(const twc_reader *reader, size_t index);

/// Metadata as the file has it; valid until closing. Blocks that lie behind the pixels appear with the finish.
size_t twc_reader_block_count(const twc_reader *reader);
twc_block twc_reader_block(const twc_reader *reader, size_t index);

void twc_reader_close(twc_reader *TWC_NULLABLE reader);

/// Where the bands of rows of a file are, so that some can be read without the others.
typedef struct {
    /// Rows of each band except the last.
    uint32_t band_rows;
    /// The number of offsets: one more than there are bands; 0 if there is no index.
    size_t count;
    /// Where each band begins in the file. The last offset is where the last band ends.
    const uint64_t *TWC_NULLABLE offsets;
} twc_row_index;

/// Opens `count` rows from `first` on as an image that has only these rows, without metadata in PNG and JPEG. The cost
/// is about that of the header and of the bands that have the rows. All checks of a whole file that concern these bands
/// are made; checks at their end are made with the last row.
///
/// PNG and JPEG need the index that the writer gave; TIFF and BMP need none. `TWC_UNSUPPORTED` for other files, for
/// those that are not upright, and for those whose rows are in one piece: progressive JPEG, WebP, BMP with run lengths,
/// old-style JPEG in TIFF, strips of more than 64 MiB. `TWC_DAMAGED` if the file has no such rows, or if the index does
/// not fit it.
/// - index: read during the call; null if there is none.
twc_status twc_reader_open_rows(
    int file, const twc_reader_options *options, uint32_t first, uint32_t count,
    const twc_row_index *TWC_NULLABLE index, twc_reader *TWC_NULLABLE *TWC_NONNULL reader);

/// Puts `count` stored rows from `first` on at their places in the upright image. `width` and `height` are the stored
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

/// Zero in each field is the default. JPEG and TIFF files are those of OpenCV 4.6, except where these are wrong.
typedef struct {
    twc_format format;
    uint32_t width;
    uint32_t height;
    /// Channels of the rows that the caller gives: 1, 3 or 4.
    uint32_t channels;
    uint32_t depth;
    /// BGRA rows with B = G = R become gray with alpha.
    bool is_gray_alpha;
    /// TIFF: rows have straight alpha, and the file stores it associated.
    bool is_alpha_associated;
    /// JPEG, WebP and JPEG in TIFF: 1 to 100; 0 is 95, and lossless for WebP.
    uint32_t quality;
    bool is_progressive;
    twc_subsampling subsampling;
    /// PNG and Deflate: 1 to 9; 0 means 1. In PNG, level 1 is ISA-L's fastest, and the others are zlib's.
    uint32_t level;
    twc_compression compression;
    /// TIFF: tiles of this side, a multiple of 16; 0 for strips.
    uint32_t tile_side;
    /// TIFF: the number of smaller images after the first, each half as large as the one before. They are written by
    /// `twc_writer_tile`, so only with tiles.
    uint32_t overviews;
    /// TIFF: BigTIFF even if the file would fit into 4 GiB.
    bool is_big;
    twc_density density;
    const twc_block *TWC_NULLABLE blocks;
    size_t block_count;
    /// As in the reader's options, for the coefficients of a progressive JPEG; 0 to use memory alone.
    int scratch;
    /// Threads that compress bands of rows side by side. 0 and 1 mean the caller's thread alone. They end with the
    /// writer. The file does not depend on their number.
    uint32_t threads;
} twc_writer_options;

typedef struct twc_writer twc_writer;

/// Begins a file at offset 0 of `file`, which is empty and open for reading and writing. Blocks are copied. A block
/// that the format cannot hold is a misuse, because the caller has to know what it leaves out.
twc_status twc_writer_open(
    int file, const twc_writer_options *options, twc_writer *TWC_NULLABLE *TWC_NONNULL writer);

/// Writes the next `count` rows, from the top down.
twc_status twc_writer_rows(twc_writer *writer, const void *rows, size_t stride, uint32_t count);

/// TIFF with tiles: writes the tile in this column and row of the grid. Level 0 is the image. Level 1 is its first
/// overview, whose sides are half as long, rounded up. Tiles of all levels come in any order, each once. A file is
/// written by rows or by tiles, not by both. At the edges the buffer has only the part that lies in the image.
twc_status twc_writer_tile(
    twc_writer *writer, uint32_t level, uint32_t column, uint32_t row, const void *pixels, size_t stride);

/// Writes the rest. If it succeeds, the file is complete.
twc_status twc_writer_finish(twc_writer *writer);

/// After the finish: where the file's bands of rows are; valid until closing. It has no offsets if the file has no
/// bands (progressive JPEG, JPEG of less than a megapixel), if the format needs none (TIFF, BMP) or has none (WebP), or
/// if the file is not upright.
twc_row_index twc_writer_row_index(const twc_writer *writer);

/// An empty file in memory, closed at exec; -1 with `errno` on failure.
int twc_memory_file(void);

/// The offset up to which the kernel should now begin to write a growing file to the disk; `begun` if too little was
/// added. The last page is left out, because the next write goes to it again.
uint64_t twc_writeback_end(uint64_t begun, uint64_t written);
/// Makes the kernel begin to write bytes of a file to the disk, and does not wait for it (sync_file_range(2)).
void twc_begin_writeback(int file, uint64_t begun, uint64_t end);

/// Continues a CRC-32 with further bytes. `crc` is the checksum of the bytes before them; 0 at the start.
uint32_t twc_crc32(uint32_t crc, const void *TWC_NULLABLE bytes, size_t count);

size_t twc_writer_note_count(const twc_writer *writer);
const char *twc_writer_note(const twc_writer *writer, size_t index);

/// Closes a writer. Without a finish before, the file is not an image.
void twc_writer_close(twc_writer *TWC_NULLABLE writer);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#ifdef __cplusplus
}
#endif

#include "CImageCodecsEditing.h"

#endif
