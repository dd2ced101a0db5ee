// What all formats share: the structure of readers and writers, and colors.
#ifndef TILEWORK_CODEC_H
#define TILEWORK_CODEC_H

#include "bytes.h"
#include "notes.h"

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Readers

typedef struct {
    twc_status (*rows)(twc_reader *reader, uint8_t *rows, size_t stride, uint32_t count);
    /// Null if `rows` suffices.
    twc_status (*all)(twc_reader *reader, uint8_t *pixels, size_t stride, twc_progress progress, void *context);
    /// Null if the format has no regions.
    twc_status (*region)(
        twc_reader *reader, uint32_t x, uint32_t y, uint32_t width, uint32_t height, uint8_t *pixels, size_t stride);
    /// Null if nothing follows the pixels.
    twc_status (*finish)(twc_reader *reader);
    /// Frees everything except the reader's common part.
    void (*close)(twc_reader *reader);
} twc_reader_methods;

/// Some rows of an image that are read without the other rows.
typedef struct {
    /// What the caller sees: an image that has only these rows.
    twc_info info;
    /// The wanted rows, counted in the image that the format's reader sees.
    uint32_t first, end;
    /// Rows of the file's image above and below the image that the format's reader sees.
    uint32_t above, below;
    /// The file that the format's reader sees: a header made for it, bytes of the real file, and an end. Unused if the
    /// reader reads the real file itself.
    twc_piece pieces[3];
    uint8_t *head;
    uint8_t tail[32];
} twc_part;

/// The common part, which each format's reader begins with.
struct twc_reader {
    const twc_reader_methods *methods;
    twc_source source;
    twc_reader_options options;
    twc_info info;
    twc_notes notes;
    twc_blocks blocks;
    /// Null if all rows are wanted.
    twc_part *part;
    /// Rows given so far, or dropped.
    uint32_t next_row;
    /// Whether reading can start at any row. Then the rows from `next_row` on are given, whatever was read before.
    bool can_seek;
    bool has_failed;
};

/// Opens a file of one format. Allocates the format's reader with calloc, takes over `*source`, and fills in `info`. On
/// failure it frees everything, the source too, and leaves `*reader` null.
typedef twc_status (*twc_opener)(twc_source *source, const twc_reader_options *options, twc_reader **reader);
twc_status twc_jpeg_open(twc_source *source, const twc_reader_options *options, twc_reader **reader);
twc_status twc_png_open(twc_source *source, const twc_reader_options *options, twc_reader **reader);
twc_status twc_tiff_open(twc_source *source, const twc_reader_options *options, twc_reader **reader);
twc_status twc_webp_open(twc_source *source, const twc_reader_options *options, twc_reader **reader);
twc_status twc_bmp_open(twc_source *source, const twc_reader_options *options, twc_reader **reader);

/// For the openers: allocates `bytes`, at least the size of the common part, and moves the source into it. Without
/// memory it closes the source and returns null.
twc_reader *twc_reader_allocate(
    size_t bytes, const twc_reader_methods *methods, twc_source *source, const twc_reader_options *options);
/// For the openers: checks the size before anything is allocated for it.
twc_status twc_check_size(const twc_reader_options *options, uint64_t width, uint64_t height);

static inline size_t twc_row_bytes(const twc_info *info) {
    return (size_t)info->width * info->channels * (info->depth / 8);
}

/// For messages: how many rows of the file's image lie above those that the format's reader sees.
static inline uint32_t twc_rows_above(const twc_reader *reader) { return reader->part ? reader->part->above : 0; }
static inline uint32_t twc_whole_height(const twc_reader *reader) {
    return reader->info.height + (reader->part ? reader->part->above + reader->part->below : 0);
}

enum {
    /// This many bytes from the start of a file are enough to name a format that is not read.
    TWC_FOREIGN_HEAD = 4096
};

/// The refusal of a file of a format that is not read. It names the format if the first bytes tell it.
twc_status twc_foreign_refusal(const uint8_t *head, size_t count);

// MARK: Parts of images

/// Consecutive bands.
typedef struct {
    /// The number of the first one, and whether the image's last band is among them.
    uint32_t first;
    bool has_last;
    /// Their rows, counted in the file's image.
    uint32_t top, bottom;
    /// Their bytes.
    uint64_t offset, end;
} twc_row_bands;

/// Finds the bands that have the rows from `first` to `end` of an image, and `margin` more rows on both sides. Fails
/// with damage if they lie outside of a file of `size` bytes, or if the image has no such rows.
twc_status twc_row_index_find(
    const twc_row_index *index, uint64_t size, uint32_t height, uint32_t first, uint32_t end, uint32_t margin,
    twc_row_bands *bands);
/// Damage because the index does not belong to the file.
twc_status twc_row_index_failure(const char *what);

/// Composes a file from bands of another one, and opens it. Fills in `part`, except for `info`. `source` stays the
/// caller's.
twc_status twc_png_open_rows(
    twc_source *source, const twc_reader_options *options, const twc_row_index *index, uint32_t first, uint32_t end,
    twc_part *part, twc_reader **reader);
twc_status twc_jpeg_open_rows(
    twc_source *source, const twc_reader_options *options, const twc_row_index *index, uint32_t first, uint32_t end,
    twc_part *part, twc_reader **reader);
/// Notes which bands a part has, and composes its file: `part->head`, the bands' bytes without the first `skipped`, and
/// `part->tail`.
twc_status twc_part_compose(
    twc_part *part, const twc_row_bands *bands, uint32_t height, uint32_t first, uint32_t end, size_t head,
    size_t skipped, size_t tail, int file, twc_source *composed);

/// How many wanted rows were not given yet.
uint32_t twc_rows_left(const twc_reader *reader);
/// Drops the rows above the first wanted one.
twc_status twc_part_begin(twc_reader *reader);
/// After the last wanted row: reads the rest of the bands, because checksums and contradictions come at their end.
twc_status twc_part_end(twc_reader *reader);
void twc_part_free(twc_part *part);

// MARK: Writers

typedef struct {
    twc_status (*rows)(twc_writer *writer, const uint8_t *rows, size_t stride, uint32_t count);
    /// Null if the format has no tiles.
    twc_status (*tile)(
        twc_writer *writer, uint32_t level, uint32_t column, uint32_t row, const uint8_t *pixels, size_t stride);
    twc_status (*finish)(twc_writer *writer);
    void (*close)(twc_writer *writer);
} twc_writer_methods;

/// The common part, which each format's writer begins with.
struct twc_writer {
    const twc_writer_methods *methods;
    twc_sink sink;
    twc_writer_options options;
    /// Copies of the options' blocks.
    twc_blocks blocks;
    twc_notes notes;
    /// Where each band of rows begins, and where the last one ends. Null in formats without bands.
    uint64_t *offsets;
    size_t offset_count;
    uint32_t band_rows;
    uint32_t next_row;
    bool has_tiles;
    bool has_failed;
    bool has_finished;
};

/// Opens a writer of one format. `options` were checked for sizes, channels and depth. The blocks to write are
/// `(*writer)->blocks`. A kind of block that the format cannot hold is a misuse.
typedef twc_status (*twc_writer_opener)(twc_sink *sink, const twc_writer_options *options, twc_writer **writer);
twc_status twc_jpeg_create(twc_sink *sink, const twc_writer_options *options, twc_writer **writer);
twc_status twc_png_create(twc_sink *sink, const twc_writer_options *options, twc_writer **writer);
twc_status twc_tiff_create(twc_sink *sink, const twc_writer_options *options, twc_writer **writer);
twc_status twc_webp_create(twc_sink *sink, const twc_writer_options *options, twc_writer **writer);
twc_status twc_bmp_create(twc_sink *sink, const twc_writer_options *options, twc_writer **writer);

/// For the openers: allocates a writer, moves the sink into it and copies the blocks. Without memory it closes the sink
/// and returns null.
twc_writer *twc_writer_allocate(
    size_t bytes, const twc_writer_methods *methods, twc_sink *sink, const twc_writer_options *options);
/// For formats whose bands can be read alone: allocates the table of their offsets. False if there is no memory.
bool twc_writer_index_begin(twc_writer *writer, uint32_t band_rows, uint32_t bands);
/// Notes an offset: before each band is written, and once behind the last one.
static inline void twc_writer_index_add(twc_writer *writer) {
    writer->offsets[writer->offset_count++] = writer->sink.offset;
}
/// The reason of a failed write.
twc_status twc_sink_failure(const twc_sink *sink);

// MARK: Color

/// Turns rows of CMYK into BGR by a profile: relative colorimetric with black point compensation, into sRGB.
typedef struct twc_cmyk twc_cmyk;

/// Prepares the conversion by a profile, and notes which conversion is used. Null if there is no profile that can be
/// used. Then Adobe's convention applies: R = (255 - C)·(255 - K) / 255, rounded, and G and B likewise.
/// - profile: the file's; null if it has none.
/// - depth: bits of a sample of ink and of BGR, 8 or 16.
/// - is_inverted: 0 means full ink, as in Adobe's JPEG files.
twc_cmyk *twc_cmyk_open(const twc_block *profile, uint32_t depth, bool is_inverted, twc_notes *notes);
/// Converts pixels. `ink` has four samples a pixel and no gaps. Adobe's convention applies if `cmyk` is null.
void twc_cmyk_to_bgr(
    const twc_cmyk *cmyk, const void *ink, void *bgr, size_t pixels, uint32_t depth, bool is_inverted);
void twc_cmyk_close(twc_cmyk *cmyk);

/// Turns CIE L*a*b* (relative to its white) into BGR of sRGB: relative colorimetric. Colors outside of sRGB are
/// clamped.
typedef struct twc_lab twc_lab;

/// Null without memory. `depth`: bits of a sample of BGR, 8 or 16.
twc_lab *twc_lab_open(uint32_t depth);
/// `colors` has three samples a pixel: L* from 0 to 100 as 0 to 65535, a* and b* from -128 to 127 as 0 to 65535.
void twc_lab_to_bgr(const twc_lab *lab, const uint16_t *colors, void *bgr, size_t pixels);
void twc_lab_close(twc_lab *lab);

/// Divides colors by alpha, in place. Results are rounded to nearest and clamped. Colors under an alpha of 0 become 0.
void twc_alpha_divide(void *bgra, size_t pixels, uint32_t depth);
/// Multiplies colors by alpha, in place, rounded to nearest.
void twc_alpha_multiply(void *bgra, size_t pixels, uint32_t depth);

#ifdef __cplusplus
}
#endif
#endif
