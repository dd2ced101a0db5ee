// The parts of the PNG reader. Our own code reads the sequence of chunks, and knows every chunk before the first pixel.
// libpng gets only the chunks that make pixels: IHDR, PLTE, tRNS, IDAT.
#ifndef TILEWORK_PNG_READER_H
#define TILEWORK_PNG_READER_H

#include "../common/codec.h"
#include <png.h>
#include <setjmp.h>

/// A chunk's type as a number, the first letter in the highest byte.
#define TWC_PNG_TYPE(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

enum {
    TWC_PNG_IHDR = TWC_PNG_TYPE('I', 'H', 'D', 'R'),
    TWC_PNG_PLTE = TWC_PNG_TYPE('P', 'L', 'T', 'E'),
    TWC_PNG_IDAT = TWC_PNG_TYPE('I', 'D', 'A', 'T'),
    TWC_PNG_IEND = TWC_PNG_TYPE('I', 'E', 'N', 'D'),
    TWC_PNG_tRNS = TWC_PNG_TYPE('t', 'R', 'N', 'S'),
    TWC_PNG_acTL = TWC_PNG_TYPE('a', 'c', 'T', 'L'),
    TWC_PNG_iCCP = TWC_PNG_TYPE('i', 'C', 'C', 'P'),
    TWC_PNG_eXIf = TWC_PNG_TYPE('e', 'X', 'I', 'f'),
    TWC_PNG_pHYs = TWC_PNG_TYPE('p', 'H', 'Y', 's'),
    TWC_PNG_tEXt = TWC_PNG_TYPE('t', 'E', 'X', 't'),
    TWC_PNG_zTXt = TWC_PNG_TYPE('z', 'T', 'X', 't'),
    TWC_PNG_iTXt = TWC_PNG_TYPE('i', 'T', 'X', 't'),
    TWC_PNG_tIME = TWC_PNG_TYPE('t', 'I', 'M', 'E'),
    TWC_PNG_gAMA = TWC_PNG_TYPE('g', 'A', 'M', 'A'),
    TWC_PNG_cHRM = TWC_PNG_TYPE('c', 'H', 'R', 'M'),
    TWC_PNG_sRGB = TWC_PNG_TYPE('s', 'R', 'G', 'B'),
    TWC_PNG_cICP = TWC_PNG_TYPE('c', 'I', 'C', 'P'),
    TWC_PNG_mDCV = TWC_PNG_TYPE('m', 'D', 'C', 'V'),
    TWC_PNG_cLLI = TWC_PNG_TYPE('c', 'L', 'L', 'I')
};

typedef struct {
    uint32_t type;
    uint32_t length;
    /// The offset of its length field. The data begins 8 bytes later.
    uint64_t offset;
} twc_png_chunk;

enum { TWC_PNG_RAW_PROFILES = 8 };

typedef struct {
    twc_reader common;
    /// Whether the checksum of all pixels covers more rows than this file has.
    bool has_other_sum;

    // The contents of the chunks.
    uint8_t header[13];
    uint8_t color_type;
    bool is_interlaced;
    uint8_t palette[768];
    uint32_t palette_bytes;
    uint8_t transparency[256];
    /// The palette with its transparency, as samples of rows. Indices without a color in the palette are black.
    uint8_t colors[256][4];
    uint32_t transparency_bytes;
    bool has_palette, has_transparency, has_density;
    /// Text chunks with profiles in hexadecimal digits. They are used if there is no better chunk.
    twc_png_chunk raw_profiles[TWC_PNG_RAW_PROFILES];
    size_t raw_profile_count;
    uint32_t side_chunks;
    /// Bytes decompressed from chunks so far. One limit holds for all chunks together.
    size_t inflated;
    /// How many bytes of texts were decompressed only to inspect them.
    size_t inspected;
    /// Names of chunks that are not kept.
    char left_out[100];

    // Positions of the pixels and of the end.
    uint64_t first_data, last_data;
    bool has_data, has_end;
    /// The end of the last whole chunk.
    uint64_t end;

    // The stream that libpng reads: bytes in memory, then bytes of the file up to `stream_end`, then the next chunk.
    uint8_t memory[8 + 25 + 12 + 768 + 12 + 256];
    size_t memory_count, memory_done;
    uint64_t stream, stream_end;
    bool has_stream_ended;
    /// The first lost row if the current chunk turns out to be damaged.
    uint32_t chunk_row;

    // State of libpng.
    png_structp png;
    png_infop png_info;
    jmp_buf jump;
    twc_status failure;
    bool is_out_of_data, has_wrong_checksum, has_extra_data;
    uint8_t *target;
    size_t stride;
    uint32_t count;
    /// Palette: where in a row the indices are before they become colors, how many rows are converted, and the highest
    /// index.
    size_t index_start;
    uint32_t applied;
    uint8_t highest_index;
    twc_progress progress;
    void *context;
} twc_png_reader;

/// As `twc_png_open`.
/// - has_other_sum: the checksum of all pixels is that of another file. The checksums of chunks are right.
twc_status twc_png_open_stream(
    twc_source *source, const twc_reader_options *options, bool has_other_sum, twc_reader **result);

/// Walks over all chunks. Reads header, palette, transparency and metadata, and finds the pixels.
twc_status twc_png_scan(twc_png_reader *reader);
/// Checks the header, and fills in the size and what depends on no other chunk.
twc_status twc_png_header(twc_png_reader *reader, const uint8_t *bytes, uint32_t length);
/// Reads PLTE and tRNS.
twc_status twc_png_colors(twc_png_reader *reader, uint32_t type, const uint8_t *bytes, uint32_t length);
/// Checks the colors against each other, and fills in the rest of the info.
twc_status twc_png_layout(twc_png_reader *reader);

/// Keeps the metadata in a chunk, if its kind is kept.
void twc_png_metadata(twc_png_reader *reader, const twc_png_chunk *chunk, const uint8_t *bytes);
/// The function that notes the loss of a chunk. Chunks about color matter to a caller who wants no metadata, too.
twc_noting *twc_png_note_of(uint32_t type);
/// Whether a chunk's data is wanted; others are noted.
bool twc_png_is_wanted(twc_png_reader *reader, uint32_t type);
/// Keywords of texts that are other blocks of metadata. The name of the block follows the first one.
#define TWC_PNG_RAW_KEYWORD "Raw profile type "
#define TWC_PNG_XMP_KEYWORD "XML:com.adobe.xmp"
/// How many bytes of a compressed text are searched for private data. A thousand texts of this size, which can be small
/// in the file, take some seconds.
enum { TWC_PNG_TEXT_INSPECTED = 4 << 20 };
/// The length of a chunk's keyword, without its zero; 0 if there is none of a valid length.
size_t twc_png_keyword(const uint8_t *bytes, size_t count);
/// Where the text begins, behind the keyword and the fields about the text; 0 if the chunk ends before.
size_t twc_png_start_of_text(uint32_t type, const uint8_t *bytes, size_t count, bool *is_compressed);
/// Keeps a text chunk, as the block that it holds or as a chunk.
void twc_png_take_text(twc_png_reader *reader, const twc_png_chunk *chunk, const uint8_t *bytes);
/// The text behind the keyword, decompressed. On failure it is null, and a note names `what`. The caller frees it.
uint8_t *twc_png_text(
    twc_png_reader *reader, uint32_t type, const char *what, const uint8_t *bytes, size_t count, size_t *length);
/// After all chunks: decodes profiles in text chunks, if there is no better chunk.
void twc_png_raw_profiles(twc_png_reader *reader);

typedef enum { TWC_PNG_DATA_OK = 0, TWC_PNG_DATA_BROKEN, TWC_PNG_DATA_NO_MEMORY } twc_png_data;

/// The data of a chunk, with its checksum verified, and a zero behind it. The caller frees it.
twc_png_data twc_png_read_chunk(twc_png_reader *reader, const twc_png_chunk *chunk, uint8_t **bytes);
/// Decompresses metadata, within the limits for all chunks. On failure it is null, and `*fault` says why. The caller
/// frees it.
uint8_t *twc_png_inflate(
    twc_png_reader *reader, const uint8_t *bytes, size_t count, size_t *inflated, const char **fault);

/// Writes a chunk: its length and type, its data, and its checksum. Returns its length in bytes.
uint32_t twc_png_put_chunk(uint8_t *to, uint32_t type, const uint8_t *bytes, uint32_t length);
/// Prepares the stream for libpng: it begins with the chunks before the pixels.
void twc_png_begin_stream(twc_png_reader *reader);
/// libpng's read function. At the end of the file it calls libpng's error function.
void twc_png_read_stream(png_structp png, png_bytep bytes, size_t count);
/// After the last row: whether further chunks of pixels have more than the end of a zlib stream. libpng does not wait
/// for that end if it lies in a new chunk.
bool twc_png_has_more(twc_png_reader *reader);
/// The first incomplete row.
uint32_t twc_png_incomplete_row(const twc_png_reader *reader);

/// Runs a step that calls libpng. An error of libpng ends the step and becomes a status.
twc_status twc_png_guard(twc_png_reader *reader, void (*step)(twc_png_reader *reader));
/// Damage: the checksum of all pixels, at the end, contradicts them. All rows are there, and each chunk's checksum may
/// be right. Since nothing says which side is wrong, all rows count as damaged.
twc_status twc_png_wrong_sum(void);
/// libpng's functions for errors and warnings.
void twc_png_on_error(png_structp png, png_const_charp text) __attribute__((noreturn));
void twc_png_on_warning(png_structp png, png_const_charp text);

#endif
