// Declarations that the parts of the JPEG reader and writer share.
#ifndef TILEWORK_JPEG_H
#define TILEWORK_JPEG_H

#include "../common/codec.h"
#include <setjmp.h>
#include <stdio.h>
// Needed for the methods of the library's input controller and marker reader.
#define JPEG_INTERNALS
#include <jpeglib.h>

// MARK: State

/// Coefficients of a file with several scans. They lie in a mapping of the caller's scratch file.
typedef struct {
    /// -1 if the library keeps them in memory.
    int file;
    uint8_t *mapping;
    size_t bytes;
    /// The requested arrays, in the order of their places in the file.
    struct jvirt_barray_control *first;
    void (*realize)(j_common_ptr library);
} twc_jpeg_coefficients;

/// State of the library's callbacks, for a reader or a writer. `client_data` points to it.
typedef struct {
    struct jpeg_error_mgr errors;
    jmp_buf escape;
    /// The reason of the last call's failure.
    twc_status status;
    twc_jpeg_coefficients coefficients;
    /// One of these is null.
    struct twc_jpeg_reader *reader;
    struct twc_jpeg_writer *writer;
} twc_jpeg_state;

static inline twc_jpeg_state *twc_jpeg_state_of(j_common_ptr library) { return library->client_data; }

/// Leaves the library with a status, to the innermost setjmp.
_Noreturn void twc_jpeg_fail(j_common_ptr library, twc_status status);
/// Sets the error manager. Call it before the library's object is created.
void twc_jpeg_errors_install(twc_jpeg_state *state, j_common_ptr library);

/// Puts coefficients into the scratch file, not into memory. Call it after the library's object was created.
void twc_jpeg_coefficients_install(j_common_ptr library, int file);
void twc_jpeg_coefficients_close(twc_jpeg_coefficients *coefficients);

// MARK: Segments

/// Appends bytes. False if there is no memory, or if `limit` bytes would be exceeded.
bool twc_jpeg_append(twc_buffer *bytes, const void *more, size_t count, size_t limit);

/// Metadata gathered from the segments.
typedef struct {
    twc_buffer exif;
    twc_buffer xmp;
    twc_buffer photoshop;
    /// The pieces of the ICC profile, by their numbers from 1 to `icc_pieces`.
    twc_buffer icc[256];
    uint32_t icc_pieces;
    const char *icc_fault;
    /// XMP that did not fit into one segment.
    twc_buffer extended;
    uint8_t extended_name[32];
    uint32_t extended_total;
    bool extended_is_broken;
    bool has_images;
    bool has_gain_map;
    bool has_video;
    /// Which kinds have become blocks already.
    bool exif_is_done, xmp_is_done, photoshop_is_done, icc_is_done;
} twc_jpeg_segments;

struct twc_jpeg_reader;
/// Makes the library hand over application segments and comments while it reads markers.
void twc_jpeg_segments_install(struct twc_jpeg_reader *reader);
/// A buffer for the bytes of one segment, in the library's memory.
uint8_t *twc_jpeg_segment_buffer(struct twc_jpeg_reader *reader);
/// Takes the data of an application segment or a comment.
void twc_jpeg_take_segment(struct twc_jpeg_reader *reader, int marker, const uint8_t *bytes, size_t count);
/// Takes the segments behind the first pixels, once the header was read. The position of the source does not change.
void twc_jpeg_take_late_segments(struct twc_jpeg_reader *reader);
/// Makes blocks of what was gathered since the last call.
void twc_jpeg_segments_publish(struct twc_jpeg_reader *reader);
void twc_jpeg_segments_close(twc_jpeg_segments *segments);
/// Joins an XMP packet with the extension that it names. False if they do not belong together, or cannot be joined.
bool twc_jpeg_xmp_join(twc_buffer *packet, const twc_jpeg_segments *segments);
/// Splits a long packet into a short packet that names `extension`, and the body of the extension.
/// - name: receives the 32 digits.
bool twc_jpeg_xmp_split(const twc_block *packet, twc_buffer *short_packet, twc_block *extension, char name[33]);
void twc_jpeg_md5(const uint8_t *bytes, size_t count, uint8_t digest[16]);

// MARK: Reader

typedef enum { TWC_JPEG_HEADER, TWC_JPEG_PIXELS, TWC_JPEG_TAIL } twc_jpeg_phase;

enum { TWC_JPEG_BUFFER = TWC_SOURCE_BUFFER, TWC_JPEG_SEGMENT = 65533, TWC_JPEG_INK_ROWS = 8 };

/// The number of zeros that valid arithmetic-coded data can need, because the decoder reads ahead and encoders omit
/// zeros at the end. 3 were seen. Each further one is 256 times less likely.
enum { TWC_JPEG_SOUND_ZEROS = 4 };

/// Bytes that some cameras write behind the pixel data. Decoding of damaged data leaves more.
enum { TWC_JPEG_HARMLESS_REST = 2 };

typedef struct twc_jpeg_readbands twc_jpeg_readbands;

typedef struct twc_jpeg_reader {
    twc_reader common;
    twc_jpeg_state state;
    struct jpeg_decompress_struct library;
    struct jpeg_source_mgr input;
    struct jpeg_progress_mgr progress;
    /// The library's own methods, which ours call.
    boolean (*read_restart_marker)(j_decompress_ptr library);
    boolean (*decode_mcu)(j_decompress_ptr library, JBLOCKROW *blocks);
    void (*start_scan)(j_decompress_ptr library);
    /// MCUs decoded so far in this scan.
    uint64_t mcus;
    /// Whether pixel data was read last, and no marker since.
    bool is_behind_data;
    /// Whether bytes were skipped that may have been a scan.
    bool has_skipped;
    twc_jpeg_phase phase;
    bool has_started;
    /// Whether the file ended before its end marker.
    bool has_ended;
    /// Whether the library is searching for a restart marker.
    bool at_restart;
    /// Whether so many bytes remain after the last row that the file must be damaged.
    bool rest_is_damage;
    /// Zeros that the arithmetic decoder got behind the data of a scan or of a restart interval.
    uint32_t zeros;
    /// The row of MCUs that needed the first of these zeros.
    uint32_t zeros_row;
    /// Four samples a pixel; only used for CMYK.
    uint8_t *ink;
    twc_cmyk *cmyk;
    twc_jpeg_segments segments;
    uint8_t buffer[TWC_JPEG_BUFFER];
    /// Bytes of the buffer that the library gets later, because an arithmetic decoder gets data only up to a marker.
    uint8_t *ungiven;
    size_t held;
    /// Memory of the library for one segment; null before the first.
    uint8_t *segment;
    /// Segments before this offset were taken already.
    uint64_t late_end;
    /// The number of the first restart marker. Not 0 if rows above were left out.
    uint32_t first_restart;
    /// Null before the first row, and if the library decodes the rows one after the other.
    twc_jpeg_readbands *bands;
} twc_jpeg_reader;

/// The pieces of data behind the scan's header and behind restart markers. Each row of MCUs begins with a piece.
typedef struct {
    /// `count` offsets, and one more: 2 bytes behind the end of the last piece.
    uint64_t *offsets;
    uint32_t count;
    uint32_t rows;
    uint32_t per_row;
} twc_jpeg_restarts;

/// Adds `shift` to the numbers of the restart markers in some coded data, modulo 8.
void twc_jpeg_shift_restarts(uint8_t *at, uint8_t *end, uint32_t shift);

enum { TWC_JPEG_MOST_HEADER = 1 << 20 };

/// Finds the restart markers. False if the file has none, or is less regular than encoders make it. The caller frees
/// `offsets` in either case.
bool twc_jpeg_restarts_find(struct twc_jpeg_reader *reader, twc_jpeg_restarts *restarts);
/// Whether a row of MCUs can be decoded without other rows except its neighbours.
/// - per_row: receives the number of pieces that a row of MCUs has.
bool twc_jpeg_restarts_suit(const struct jpeg_decompress_struct *library, uint32_t *per_row);
/// The header of a baseline file, up to its `end`, without metadata. The height is at `*height`. False if the header is
/// less regular than encoders make it. The caller frees `header` in either case.
bool twc_jpeg_restarts_header(twc_source *source, uint64_t end, twc_buffer *header, size_t *height);

/// Null if the file cannot be decoded side by side, or would gain nothing from it.
twc_jpeg_readbands *twc_jpeg_readbands_open(struct twc_jpeg_reader *reader);
/// Decodes the next rows. Returns their number. It is less than `count` if a band is damaged or irregular.
uint32_t twc_jpeg_readbands_rows(twc_jpeg_readbands *bands, uint8_t *rows, size_t stride, uint32_t count);
void twc_jpeg_readbands_close(twc_jpeg_readbands *bands);

void twc_jpeg_source_install(twc_jpeg_reader *reader);
/// Takes back the bytes that the library has not read yet. Called once the coding is known to be arithmetic.
void twc_jpeg_source_hold(twc_jpeg_reader *reader);
/// The offset in the file of the next byte that the library will read.
static inline uint64_t twc_jpeg_offset(const twc_jpeg_reader *reader) {
    return reader->common.source.offset - reader->held - reader->input.bytes_in_buffer;
}
/// Handles a warning of the library: adds a note, or fails with the row.
void twc_jpeg_warning(twc_jpeg_reader *reader);
/// Handles unused bytes before a marker: adds a note, or fails.
void twc_jpeg_on_rest(twc_jpeg_reader *reader, uint32_t count, int marker);
/// Damage at the row that is being decoded.
twc_status twc_jpeg_damage_here(const twc_jpeg_reader *reader, const char *what);
/// Installs checks of the entropy decoder's output. Call it once the library has made a decoder.
void twc_jpeg_entropy_install(twc_jpeg_reader *reader);
/// After all scans of a file with several: checks that none is missing.
twc_status twc_jpeg_check_scans(twc_jpeg_reader *reader);
/// Notes what follows the end marker.
void twc_jpeg_note_trailer(twc_jpeg_reader *reader);

// MARK: Writer

typedef struct twc_jpeg_bands twc_jpeg_bands;

typedef struct twc_jpeg_writer {
    twc_writer common;
    twc_jpeg_state state;
    /// The short XMP packet, which names its extension.
    twc_buffer packet;
    struct jpeg_compress_struct library;
    struct jpeg_destination_mgr output;
    uint8_t buffer[64 << 10];
    /// Null if the library encodes the rows one after the other.
    twc_jpeg_bands *bands;
} twc_jpeg_writer;

/// Sets how pixels are coded, without the density.
void twc_jpeg_configure(j_compress_ptr library, const twc_writer_options *options);
/// Whether the image is encoded in bands, and so has restart markers.
bool twc_jpeg_has_bands(const twc_writer_options *options);
/// Makes `writer->bands`. The writer closes them, also after a failure.
twc_status twc_jpeg_bands_open(twc_jpeg_writer *writer);
/// Encodes rows. Writes the data of the scan as bands become complete.
twc_status twc_jpeg_bands_rows(twc_jpeg_bands *bands, const uint8_t *rows, size_t stride, uint32_t count);
twc_status twc_jpeg_bands_finish(twc_jpeg_bands *bands);
void twc_jpeg_bands_close(twc_jpeg_bands *bands);

/// Writes the blocks as segments, behind JFIF's segment.
void twc_jpeg_write_blocks(twc_jpeg_writer *writer);
void twc_jpeg_write_density(twc_jpeg_writer *writer);

#endif
