// What the parts of the JPEG reader and writer share.
#ifndef TILEWORK_JPEG_H
#define TILEWORK_JPEG_H

#include "../common/codec.h"
#include <setjmp.h>
#include <stdio.h>
// For the methods of the library's input controller and marker reader.
#define JPEG_INTERNALS
#include <jpeglib.h>

// MARK: State

/// Coefficients of a file with several scans, which lie in a mapping of the caller's scratch file.
typedef struct {
    /// -1 to leave them to the library, which keeps them in memory.
    int file;
    uint8_t *mapping;
    size_t bytes;
    /// Requested, in the order of their places in the file.
    struct jvirt_barray_control *first;
    void (*realize)(j_common_ptr library);
} twc_jpeg_coefficients;

/// What the library's callbacks need, of a reader and of a writer: `client_data` points to it.
typedef struct {
    struct jpeg_error_mgr errors;
    jmp_buf escape;
    /// Why the last call has failed.
    twc_status status;
    twc_jpeg_coefficients coefficients;
    /// One of them is null.
    struct twc_jpeg_reader *reader;
    struct twc_jpeg_writer *writer;
} twc_jpeg_state;

static inline twc_jpeg_state *twc_jpeg_state_of(j_common_ptr library) { return library->client_data; }

/// Leaves the library, to the innermost setjmp of ours.
_Noreturn void twc_jpeg_fail(j_common_ptr library, twc_status status);
/// Sets the error manager; before the library's object is created.
void twc_jpeg_errors_install(twc_jpeg_state *state, j_common_ptr library);

/// Puts coefficients into the scratch file instead of memory; after the library's object was created.
void twc_jpeg_coefficients_install(j_common_ptr library, int file);
void twc_jpeg_coefficients_close(twc_jpeg_coefficients *coefficients);

// MARK: Segments

/// False if there is no memory, or if `limit` bytes would be exceeded.
bool twc_jpeg_append(twc_buffer *bytes, const void *more, size_t count, size_t limit);

/// Metadata as it is gathered from the segments.
typedef struct {
    twc_buffer exif;
    twc_buffer xmp;
    twc_buffer photoshop;
    /// The ICC profile: pieces 1 to `icc_pieces`, each with its number and its length (4 bytes) before it.
    twc_buffer icc[256];
    uint32_t icc_pieces;
    const char *icc_fault;
    /// XMP that was too long for one segment.
    twc_buffer extended;
    uint8_t extended_name[32];
    uint32_t extended_total;
    bool extended_is_broken;
    bool has_images;
    bool has_gain_map;
    bool has_video;
    /// What has become a block already.
    bool exif_is_done, xmp_is_done, photoshop_is_done, icc_is_done;
} twc_jpeg_segments;

struct twc_jpeg_reader;
/// Takes what application segments and comments say, while the library reads markers.
void twc_jpeg_segments_install(struct twc_jpeg_reader *reader);
/// The library's memory for the bytes of one segment.
uint8_t *twc_jpeg_segment_buffer(struct twc_jpeg_reader *reader);
/// Takes what an application segment or a comment says.
void twc_jpeg_take_segment(struct twc_jpeg_reader *reader, int marker, const uint8_t *bytes, size_t count);
/// Takes the segments behind the first pixels, once the header was read. The source stays where it is.
void twc_jpeg_take_late_segments(struct twc_jpeg_reader *reader);
/// Makes blocks of what was gathered since the last call.
void twc_jpeg_segments_publish(struct twc_jpeg_reader *reader);
void twc_jpeg_segments_close(twc_jpeg_segments *segments);
/// Joins an XMP packet with the extension that it names. False if they do not belong together or cannot be joined.
bool twc_jpeg_xmp_join(twc_buffer *packet, const twc_jpeg_segments *segments);
/// A short packet that names `extension`, the body of a packet that is too long for a segment.
/// - name: receives the 32 digits.
bool twc_jpeg_xmp_split(const twc_block *packet, twc_buffer *short_packet, twc_block *extension, char name[33]);
void twc_jpeg_md5(const uint8_t *bytes, size_t count, uint8_t digest[16]);

// MARK: Reader

typedef enum { TWC_JPEG_HEADER, TWC_JPEG_PIXELS, TWC_JPEG_TAIL } twc_jpeg_phase;

enum { TWC_JPEG_BUFFER = TWC_SOURCE_BUFFER, TWC_JPEG_SEGMENT = 65533, TWC_JPEG_INK_ROWS = 8 };

/// Zeros that sound arithmetic-coded data needs: the decoder reads ahead, and encoders leave out zeros at the end. 3
/// were seen, each further one is 256 times less likely.
enum { TWC_JPEG_SOUND_ZEROS = 4 };

/// Bytes that some cameras leave behind the pixel data. Decoding that went astray leaves more.
enum { TWC_JPEG_HARMLESS_REST = 2 };

typedef struct twc_jpeg_readbands twc_jpeg_readbands;

typedef struct twc_jpeg_reader {
    twc_reader common;
    twc_jpeg_state state;
    struct jpeg_decompress_struct library;
    struct jpeg_source_mgr input;
    struct jpeg_progress_mgr progress;
    /// The library's methods, which ours call.
    boolean (*read_restart_marker)(j_decompress_ptr library);
    boolean (*decode_mcu)(j_decompress_ptr library, JBLOCKROW *blocks);
    void (*start_scan)(j_decompress_ptr library);
    /// MCUs of this scan so far.
    uint64_t mcus;
    /// The last data was pixels, and no marker was seen since.
    bool is_behind_data;
    /// Bytes that may have been a scan were skipped.
    bool has_skipped;
    twc_jpeg_phase phase;
    bool has_started;
    /// The file ended before its end marker.
    bool has_ended;
    /// The library looks for a restart marker.
    bool at_restart;
    /// Bytes left behind the last row were too many for a sound file.
    bool rest_is_damage;
    /// Zeros that an arithmetic decoder was given behind the data of a scan or of a restart interval.
    uint32_t zeros;
    /// The row of MCUs of the first of them.
    uint32_t zeros_row;
    /// Four samples a pixel; only for CMYK.
    uint8_t *ink;
    twc_cmyk *cmyk;
    twc_jpeg_segments segments;
    uint8_t buffer[TWC_JPEG_BUFFER];
    /// What the library gets of the buffer later: an arithmetic decoder gets data up to a marker only.
    uint8_t *ungiven;
    size_t held;
    /// The library's memory for one segment; null before the first.
    uint8_t *segment;
    /// Segments before this offset are taken.
    uint64_t late_end;
    /// The number of the first restart marker: not 0 if rows above were left out.
    uint32_t first_restart;
    /// Null before the first row, and if the library decodes the rows one after the other.
    twc_jpeg_readbands *bands;
} twc_jpeg_reader;

/// The segments of data that begin behind the scan's header and behind restart markers. All rows of MCUs begin so.
typedef struct {
    /// `count` of them, and one more: 2 bytes behind the last.
    uint64_t *offsets;
    uint32_t count;
    uint32_t rows;
    uint32_t per_row;
} twc_jpeg_restarts;

/// Counts the restart markers of some coded data on, by so many modulo 8.
void twc_jpeg_shift_restarts(uint8_t *at, uint8_t *end, uint32_t shift);

enum { TWC_JPEG_MOST_HEADER = 1 << 20 };

/// False if the file is none of these, or not as regular as encoders make them. `offsets` are the caller's to free in
/// either case.
bool twc_jpeg_restarts_find(struct twc_jpeg_reader *reader, twc_jpeg_restarts *restarts);
/// Whether a row of MCUs of a file can be decoded without those before it but its neighbours.
/// - per_row: how many pieces of data a row of MCUs has, each behind a restart marker.
bool twc_jpeg_restarts_suit(const struct jpeg_decompress_struct *library, uint32_t *per_row);
/// The header of a baseline file, which ends at `end`, without metadata; the height is at `*height`. False if it is not
/// as encoders make it. `header` is the caller's to free in either case.
bool twc_jpeg_restarts_header(twc_source *source, uint64_t end, twc_buffer *header, size_t *height);

/// Null if the file cannot be decoded side by side, or if it would gain nothing.
twc_jpeg_readbands *twc_jpeg_readbands_open(struct twc_jpeg_reader *reader);
/// The next rows. Returns how many; fewer than `count` if a band is damaged or irregular.
uint32_t twc_jpeg_readbands_rows(twc_jpeg_readbands *bands, uint8_t *rows, size_t stride, uint32_t count);
void twc_jpeg_readbands_close(twc_jpeg_readbands *bands);

void twc_jpeg_source_install(twc_jpeg_reader *reader);
/// Takes back what the library has not read yet, once it is known that the coding is arithmetic.
void twc_jpeg_source_hold(twc_jpeg_reader *reader);
/// The offset in the file of the next byte that the library will read.
static inline uint64_t twc_jpeg_offset(const twc_jpeg_reader *reader) {
    return reader->common.source.offset - reader->held - reader->input.bytes_in_buffer;
}
/// A warning of the library: becomes a note, or fails with the row.
void twc_jpeg_warning(twc_jpeg_reader *reader);
/// Bytes that nothing has used stand before a marker: becomes a note, or fails.
void twc_jpeg_on_rest(twc_jpeg_reader *reader, uint32_t count, int marker);
/// Damage at the row that is being decoded.
twc_status twc_jpeg_damage_here(const twc_jpeg_reader *reader, const char *what);
/// Looks at what the entropy decoder gives; once the library has made one.
void twc_jpeg_entropy_install(twc_jpeg_reader *reader);
/// After all scans of a file with several: whether each has come.
twc_status twc_jpeg_check_scans(twc_jpeg_reader *reader);
/// Notes what follows the end marker.
void twc_jpeg_note_trailer(twc_jpeg_reader *reader);

// MARK: Writer

typedef struct twc_jpeg_bands twc_jpeg_bands;

typedef struct twc_jpeg_writer {
    twc_writer common;
    twc_jpeg_state state;
    /// An XMP packet that names its extension.
    twc_buffer packet;
    struct jpeg_compress_struct library;
    struct jpeg_destination_mgr output;
    uint8_t buffer[64 << 10];
    /// Null if the library encodes the rows one after the other.
    twc_jpeg_bands *bands;
} twc_jpeg_writer;

/// How pixels are coded, without the density.
void twc_jpeg_configure(j_compress_ptr library, const twc_writer_options *options);
/// Whether the image is encoded in bands, and so has restart markers.
bool twc_jpeg_has_bands(const twc_writer_options *options);
/// Makes `writer->bands`, which the writer closes, also after a failure.
twc_status twc_jpeg_bands_open(twc_jpeg_writer *writer);
/// Writes the data of the scan, as bands become complete.
twc_status twc_jpeg_bands_rows(twc_jpeg_bands *bands, const uint8_t *rows, size_t stride, uint32_t count);
twc_status twc_jpeg_bands_finish(twc_jpeg_bands *bands);
void twc_jpeg_bands_close(twc_jpeg_bands *bands);

/// Writes the blocks as segments, behind JFIF's.
void twc_jpeg_write_blocks(twc_jpeg_writer *writer);
void twc_jpeg_write_density(twc_jpeg_writer *writer);

#endif
