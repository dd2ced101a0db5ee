// The parts of the BMP reader.
#ifndef TILEWORK_BMP_READER_H
#define TILEWORK_BMP_READER_H

#include "../common/codec.h"

enum {
    TWC_BMP_RGB = 0,
    TWC_BMP_RLE8,
    TWC_BMP_RLE4,
    TWC_BMP_FIELDS,
    TWC_BMP_JPEG,
    TWC_BMP_PNG,
    TWC_BMP_ALPHA_FIELDS,
    /// This and the next one exist only in files of OS/2, which use the numbers 3 and 4 for them.
    TWC_BMP_HUFFMAN = 0x100,
    TWC_BMP_RLE24
};

/// Where a sample is in a stored pixel, and what its values mean.
typedef struct {
    uint32_t mask;
    uint32_t bits;
    /// How far the masked pixel has to be shifted right to give the sample, or its upper 8 bits if it has more.
    uint32_t shift;
    /// The 8-bit sample for each shifted value.
    uint8_t sample[256];
} twc_bmp_field;

typedef struct {
    twc_reader common;

    // The contents of the header.
    uint32_t header_bytes;
    uint32_t bits;
    uint32_t compression;
    bool is_top_down;
    /// The offset of the pixels.
    uint64_t data;
    /// Bytes of a stored row, with and without its padding to four bytes.
    size_t row_bytes, used_bytes;
    /// Blue, green, red. Indices without a color in the file are black.
    uint8_t palette[256][3];
    uint32_t colors;
    /// Whether the palette is 256 grays in rising order.
    bool has_plain_grays;
    /// In the order blue, green, red, alpha.
    twc_bmp_field fields[4];
    bool has_usual_fields;
    /// Where the pixels and the profile end: the later of the two offsets, as far as they are known.
    uint64_t end;

    // Stored rows in memory, in the order of the file. The first is row `band_top` of the image.
    uint8_t *band;
    uint32_t band_rows, band_top, band_count;

    // RLE: for each stored row the offset of its codes (0 if it has none), and the column of their first pixel.
    uint64_t *row_codes;
    uint32_t *row_columns;
    bool skips_pixels;

    // Facts about the decoded pixels.
    uint32_t highest_color;
    uint8_t fourth_bytes_and, fourth_bytes_or;
} twc_bmp_reader;

/// Reads the header, the palette, the bit fields and the profile.
twc_status twc_bmp_header(twc_bmp_reader *reader);
/// Reads the palette, and finds the offset of the pixels, which depends on it.
twc_status twc_bmp_palette(twc_bmp_reader *reader, const uint8_t *header, uint64_t offset);
/// Reads the bit fields of files with more than 8 bits a pixel, or sets the usual ones.
twc_status twc_bmp_fields(twc_bmp_reader *reader, const uint8_t *header);
/// Reads the resolution, and what a header of version 4 or 5 says about colors.
void twc_bmp_metadata(twc_bmp_reader *reader, const uint8_t *header);

/// Converts a stored row into samples.
void twc_bmp_unpack(twc_bmp_reader *reader, const uint8_t *stored, uint8_t *row);

/// Walks over all codes once. Finds the start of each row, and checks that no data is missing.
twc_status twc_bmp_rle_index(twc_bmp_reader *reader);
/// Decodes one row into palette indices of a byte each. Rows are counted in the order of the file.
twc_status twc_bmp_rle_row(twc_bmp_reader *reader, uint32_t stored_row, uint8_t *indices);

#endif
