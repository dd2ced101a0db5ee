// The parts of the PNG reader. The file's frame of chunks is read by our own code, which knows every chunk before the
// first pixel; libpng gets the chunks that make pixels: IHDR, PLTE, tRNS, IDAT.
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
    /// Of its length field; the data begins 8 bytes later.
    uint64_t offset;
} twc_png_chunk;

enum { TWC_PNG_RAW_PROFILES = 8 };

typedef struct {
    twc_reader common;
    /// The checksum of all pixels is that of more rows than the file has.
    bool has_other_sum;

    // What the chunks say.
    uint8_t header[13];
    uint8_t color_type;
    bool is_interlaced;
    uint8_t palette[768];
    uint32_t palette_bytes;
    uint8_t transparency[256];
    /// Palette and transparency as the rows have them; black if the palette has no color for an index.
    uint8_t colors[256][4];
    uint32_t transparency_bytes;
    bool has_palette, has_transparency, has_density;
    /// Text chunks with profiles in hexadecimal digits. They count if there is no better chunk.
    twc_png_chunk raw_profiles[TWC_PNG_RAW_PROFILES];
    size_t raw_profile_count;
    uint32_t side_chunks;
    /// Bytes that compressed chunks have become so far; limited for all of them together.
    size_t inflated;
    /// Bytes of texts that were decompressed only to look at them.
    size_t inspected;
    /// Names of chunks that the reader does not keep.
    char left_out[100];

    // Where the pixels and the end are.
    uint64_t first_data, last_data;
    bool has_data, has_end;
    /// Behind the last whole chunk.
    uint64_t end;

    // The stream that libpng reads: bytes in memory, then bytes of the file up to `stream_end`, then the next chunk.
    uint8_t memory[8 + 25 + 12 + 768 + 12 + 256];
    size_t memory_count, memory_done;
    uint64_t stream, stream_end;
    bool has_stream_ended;
    /// The first row that is lost if the chunk being read turns out to be damaged.
    uint32_t chunk_row;

    // libpng.
    png_structp png;
    png_infop png_info;
    jmp_buf jump;
    twc_status failure;
    bool is_out_of_data, has_wrong_checksum, has_extra_data;
    uint8_t *target;
    size_t stride;
    uint32_t count;
    /// Palette: where indices stand in a row before they become colors, how many rows have become so, and the highest.
    size_t index_start;
    uint32_t applied;
    uint8_t highest_index;
    twc_progress progress;
    void *context;
} twc_png_reader;

/// As `twc_png_open`.
/// - has_other_sum: the checksum of all pixels is not that of this file's; the chunks' own are.
twc_status twc_png_open_stream(
    twc_source *source, const twc_reader_options *options, bool has_other_sum, twc_reader **result);

/// Walks over all chunks: header, palette, transparency and metadata, and where the pixels are.
twc_status twc_png_scan(twc_png_reader *reader);
/// Checks the header and fills in the size and what needs no other chunk.
twc_status twc_png_header(twc_png_reader *reader, const uint8_t *bytes, uint32_t length);
/// PLTE and tRNS.
twc_status twc_png_colors(twc_png_reader *reader, uint32_t type, const uint8_t *bytes, uint32_t length);
/// Checks the colors against each other and fills in the rest of the info.
twc_status twc_png_layout(twc_png_reader *reader);

/// Keeps what a chunk says about the image, if it is of a kind that is kept.
void twc_png_metadata(twc_png_reader *reader, const twc_png_chunk *chunk, const uint8_t *bytes);
/// How to note what is lost of a chunk: chunks about color mean something to whoever wants no metadata.
twc_noting *twc_png_note_of(uint32_t type);
/// Whether a chunk's data is wanted; others are noted.
bool twc_png_is_wanted(twc_png_reader *reader, uint32_t type);
/// The keywords of texts that are other blocks of metadata; the first one goes on with the name of the block.
#define TWC_PNG_RAW_KEYWORD "Raw profile type "
#define TWC_PNG_XMP_KEYWORD "XML:com.adobe.xmp"
/// Bytes of a compressed text that are looked through for what is private. A thousand texts of this size, which can be
/// small in the file, take some seconds.
enum { TWC_PNG_TEXT_LOOKED_THROUGH = 4 << 20 };
/// Bytes of the keyword that a chunk begins with, without its zero; 0 if there is none of the length allowed.
size_t twc_png_keyword(const uint8_t *bytes, size_t count);
/// Where the text begins, behind the keyword and what describes the text; 0 if the chunk ends before.
size_t twc_png_start_of_text(uint32_t type, const uint8_t *bytes, size_t count, bool *is_compressed);
/// Keeps a text chunk as what it is.
void twc_png_take_text(twc_png_reader *reader, const twc_png_chunk *chunk, const uint8_t *bytes);
/// The text behind the keyword, decompressed. Null with a note that names `what`. The caller frees it.
uint8_t *twc_png_text(
    twc_png_reader *reader, uint32_t type, const char *what, const uint8_t *bytes, size_t count, size_t *length);
/// After all chunks: decodes profiles in text chunks if there is no better chunk.
void twc_png_raw_profiles(twc_png_reader *reader);

typedef enum { TWC_PNG_DATA_OK = 0, TWC_PNG_DATA_BROKEN, TWC_PNG_DATA_NO_MEMORY } twc_png_data;

/// The data of a chunk, checked, with a zero behind it. The caller frees it.
twc_png_data twc_png_read_chunk(twc_png_reader *reader, const twc_png_chunk *chunk, uint8_t **bytes);
/// Decompresses metadata, within the limits of all. On failure it is null, and `*fault` says why. The caller frees.
uint8_t *twc_png_inflate(
    twc_png_reader *reader, const uint8_t *bytes, size_t count, size_t *inflated, const char **fault);

/// Writes a chunk: its length and type, its data, and its checksum. Returns its bytes.
uint32_t twc_png_put_chunk(uint8_t *to, uint32_t type, const uint8_t *bytes, uint32_t length);
/// Prepares the stream for libpng: the chunks before the pixels.
void twc_png_begin_stream(twc_png_reader *reader);
/// libpng's function to read. Ends in its error function if the file ends.
void twc_png_read_stream(png_structp png, png_bytep bytes, size_t count);
/// After the last row: whether chunks of pixels follow that have more in them than the end of a zlib stream. libpng
/// does not wait for that end if it begins a new chunk.
bool twc_png_has_more(twc_png_reader *reader);
/// The first row that is not yet complete.
uint32_t twc_png_incomplete_row(const twc_png_reader *reader);

/// Runs a step that calls libpng; its errors end the step and come back as a status.
twc_status twc_png_guard(twc_png_reader *reader, void (*step)(twc_png_reader *reader));
/// The checksum of all pixels, at the end, contradicts them. All rows are there then, and each chunk's own checksum may
/// be right, but nothing says which side is wrong: it is damage, from the first row on.
twc_status twc_png_wrong_sum(void);
/// libpng's functions for errors and warnings.
void twc_png_on_error(png_structp png, png_const_charp text) __attribute__((noreturn));
void twc_png_on_warning(png_structp png, png_const_charp text);

#endif
