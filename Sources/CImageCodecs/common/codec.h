// What all formats share: the shape of a reader and a writer, and colors.
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
    /// Null if `rows` is enough.
    twc_status (*all)(twc_reader *reader, uint8_t *pixels, size_t stride, twc_progress progress, void *context);
    /// Null if there are no regions.
    twc_status (*region)(
        twc_reader *reader, uint32_t x, uint32_t y, uint32_t width, uint32_t height, uint8_t *pixels, size_t stride);
    /// Null if there is nothing to look at.
    twc_status (*finish)(twc_reader *reader);
    /// Frees all but the reader's common part.
    void (*close)(twc_reader *reader);
} twc_reader_methods;

/// Some rows of an image, which are read without the others.
typedef struct {
    /// What the caller sees: an image of these rows.
    twc_info info;
    /// The wanted rows, counted in the image that the format reads.
    uint32_t first, end;
    /// Rows of the file's image above and below that one.
    uint32_t above, below;
    /// The file that the format reads: bytes that were made for it, bytes of the file, and an end. None of them if it
    /// reads the file as it is.
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
    /// Rows may begin anywhere: those from `next_row` on are given, whatever was read before.
    bool can_seek;
    bool has_failed;
};

/// Each format's way to open a file whose signature is its own. Allocates its reader with calloc, takes over
/// `*source`, and fills in `info`. On failure it frees everything, the source too, and leaves `*reader` null.
typedef twc_status (*twc_opener)(twc_source *source, const twc_reader_options *options, twc_reader **reader);
twc_status twc_jpeg_open(twc_source *source, const twc_reader_options *options, twc_reader **reader);
twc_status twc_png_open(twc_source *source, const twc_reader_options *options, twc_reader **reader);
twc_status twc_tiff_open(twc_source *source, const twc_reader_options *options, twc_reader **reader);
twc_status twc_webp_open(twc_source *source, const twc_reader_options *options, twc_reader **reader);
twc_status twc_bmp_open(twc_source *source, const twc_reader_options *options, twc_reader **reader);

/// For the openers: allocates `bytes`, at least the common part's, and moves the source into it. Null without memory;
/// the source is closed then.
twc_reader *twc_reader_allocate(
    size_t bytes, const twc_reader_methods *methods, twc_source *source, const twc_reader_options *options);
/// For the openers, once the size is known and before anything is allocated for it.
twc_status twc_check_size(const twc_reader_options *options, uint64_t width, uint64_t height);

static inline size_t twc_row_bytes(const twc_info *info) {
    return (size_t)info->width * info->channels * (info->depth / 8);
}

/// For messages: how many rows of the file's image are above those that the format reads, and its height.
static inline uint32_t twc_rows_above(const twc_reader *reader) { return reader->part ? reader->part->above : 0; }
static inline uint32_t twc_whole_height(const twc_reader *reader) {
    return reader->info.height + (reader->part ? reader->part->above + reader->part->below : 0);
}

enum {
    /// Bytes of a file that tell its format, if it is one that is not read.
    TWC_FOREIGN_HEAD = 4096
};

/// Says that the file is no image of ours, and what it is, if its first bytes tell.
twc_status twc_foreign_refusal(const uint8_t *head, size_t count);

// MARK: Parts of images

/// Bands that follow each other.
typedef struct {
    /// The first of them, and whether the image's last band is among them.
    uint32_t first;
    bool has_last;
    /// Their rows, counted in the file's image.
    uint32_t top, bottom;
    /// Their bytes.
    uint64_t offset, end;
} twc_row_bands;

/// The bands that have the rows from `first` to `end` of an image, and `margin` more on both sides. Damage if they lie
/// outside of a file of `size` bytes, or if there are no such rows.
twc_status twc_row_index_find(
    const twc_row_index *index, uint64_t size, uint32_t height, uint32_t first, uint32_t end, uint32_t margin,
    twc_row_bands *bands);
/// Damage: the index is not that of the file.
twc_status twc_row_index_failure(const char *what);

/// Puts a file together of bands of another one, and opens it. `part` is filled in, but for `info`, and `source` stays
/// the caller's.
twc_status twc_png_open_rows(
    twc_source *source, const twc_reader_options *options, const twc_row_index *index, uint32_t first, uint32_t end,
    twc_part *part, twc_reader **reader);
twc_status twc_jpeg_open_rows(
    twc_source *source, const twc_reader_options *options, const twc_row_index *index, uint32_t first, uint32_t end,
    twc_part *part, twc_reader **reader);
/// Says which bands a part has, and puts its file together: `part->head`, the bands' bytes without the first `skipped`,
/// and `part->tail`.
twc_status twc_part_compose(
    twc_part *part, const twc_row_bands *bands, uint32_t height, uint32_t first, uint32_t end, size_t head,
    size_t skipped, size_t tail, int file, twc_source *composed);

/// Wanted rows that were not given yet.
uint32_t twc_rows_left(const twc_reader *reader);
/// Drops the rows above the first that is wanted.
twc_status twc_part_begin(twc_reader *reader);
/// After the last wanted row: reads what else the bands have, since checksums and contradictions come at the end.
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
    /// Where bands of so many rows begin, and where the last one ends; null in formats without them.
    uint64_t *offsets;
    size_t offset_count;
    uint32_t band_rows;
    uint32_t next_row;
    bool has_tiles;
    bool has_failed;
    bool has_finished;
};

/// As the openers of readers: `options` were checked for sizes, channels and depth. The blocks to write are
/// `(*writer)->blocks`; a kind that the format has no place for is a misuse.
typedef twc_status (*twc_writer_opener)(twc_sink *sink, const twc_writer_options *options, twc_writer **writer);
twc_status twc_jpeg_create(twc_sink *sink, const twc_writer_options *options, twc_writer **writer);
twc_status twc_png_create(twc_sink *sink, const twc_writer_options *options, twc_writer **writer);
twc_status twc_tiff_create(twc_sink *sink, const twc_writer_options *options, twc_writer **writer);
twc_status twc_webp_create(twc_sink *sink, const twc_writer_options *options, twc_writer **writer);
twc_status twc_bmp_create(twc_sink *sink, const twc_writer_options *options, twc_writer **writer);

/// For the openers: allocates, moves the sink into it and copies the blocks. Null without memory; the sink is closed
/// then.
twc_writer *twc_writer_allocate(
    size_t bytes, const twc_writer_methods *methods, twc_sink *sink, const twc_writer_options *options);
/// For formats whose bands of rows can be read without each other: makes a place for their offsets. False without
/// memory.
bool twc_writer_index_begin(twc_writer *writer, uint32_t band_rows, uint32_t bands);
/// Before the next band is written, and behind the last one.
static inline void twc_writer_index_add(twc_writer *writer) {
    writer->offsets[writer->offset_count++] = writer->sink.offset;
}
/// After a write that has failed: why.
twc_status twc_sink_failure(const twc_sink *sink);

// MARK: Color

/// Turns rows of CMYK into BGR by a profile: relative colorimetric with black point compensation, into sRGB.
typedef struct twc_cmyk twc_cmyk;

/// Prepares the conversion by a profile, and notes how it is done. Null without a profile that can be used: then it is
/// done by Adobe's convention: R = (255 - C)·(255 - K) / 255, and so on, rounded.
/// - profile: the file's; null if it has none.
/// - depth: bits of a sample, 8 or 16, of both sides.
/// - is_inverted: 0 means full ink, as Adobe writes into JPEG files.
twc_cmyk *twc_cmyk_open(const twc_block *profile, uint32_t depth, bool is_inverted, twc_notes *notes);
/// `ink` has four samples a pixel and no gaps. By Adobe's convention if `cmyk` is null.
void twc_cmyk_to_bgr(
    const twc_cmyk *cmyk, const void *ink, void *bgr, size_t pixels, uint32_t depth, bool is_inverted);
void twc_cmyk_close(twc_cmyk *cmyk);

/// Turns CIE L*a*b* (relative to its white) into BGR of sRGB: relative colorimetric. Colors outside of sRGB are limited
/// to it.
typedef struct twc_lab twc_lab;

/// Null without memory. `depth`: bits of a sample of BGR, 8 or 16.
twc_lab *twc_lab_open(uint32_t depth);
/// `colors` has three samples a pixel: L* from 0 to 100 as 0 to 65535, a* and b* from -128 to 127 as 0 to 65535.
void twc_lab_to_bgr(const twc_lab *lab, const uint16_t *colors, void *bgr, size_t pixels);
void twc_lab_close(twc_lab *lab);

/// Divides colors by alpha, in place, rounded to nearest and limited. Colors under an alpha of 0 become 0.
void twc_alpha_divide(void *bgra, size_t pixels, uint32_t depth);
/// The way back, rounded to nearest.
void twc_alpha_multiply(void *bgra, size_t pixels, uint32_t depth);

#ifdef __cplusplus
}
#endif
#endif
