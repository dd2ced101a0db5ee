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
    /// Of OS/2, in which they have the numbers 3 and 4.
    TWC_BMP_HUFFMAN = 0x100,
    TWC_BMP_RLE24
};

/// Where in a pixel a sample is, and what its values mean.
typedef struct {
    uint32_t mask;
    uint32_t bits;
    /// To the value, or to its upper 8 bits.
    uint32_t shift;
    /// Of these.
    uint8_t sample[256];
} twc_bmp_field;

typedef struct {
    twc_reader common;

    // What the header says.
    uint32_t header_bytes;
    uint32_t bits;
    uint32_t compression;
    bool is_top_down;
    /// The offset of the pixels.
    uint64_t data;
    /// Of a stored row, with and without what pads it to four bytes.
    size_t row_bytes, used_bytes;
    /// Blue, green, red; black if the file has no color for an index.
    uint8_t palette[256][3];
    uint32_t colors;
    /// The palette is 256 grays in their order.
    bool has_plain_grays;
    /// Blue, green, red, alpha.
    twc_bmp_field fields[4];
    bool has_usual_fields;
    /// Behind the pixels and the profile, as far as they are known.
    uint64_t end;

    // Stored rows in memory, as they lie in the file: from `band_top` on, counted in rows of the image.
    uint8_t *band;
    uint32_t band_rows, band_top, band_count;

    // RLE: where each stored row's codes begin, 0 if it has none, and in which column.
    uint64_t *row_codes;
    uint32_t *row_columns;
    bool skips_pixels;

    // Seen in the pixels.
    uint32_t highest_color;
    uint8_t fourth_bytes_and, fourth_bytes_or;
} twc_bmp_reader;

/// Reads the header, the palette, the bit fields and the profile.
twc_status twc_bmp_header(twc_bmp_reader *reader);
/// The palette, and the offset of the pixels, which depends on it.
twc_status twc_bmp_palette(twc_bmp_reader *reader, const uint8_t *header, uint64_t offset);
/// The bit fields of 16 and 32 bits a pixel.
twc_status twc_bmp_fields(twc_bmp_reader *reader, const uint8_t *header);
/// The resolution, and what a header of version 4 or 5 says of colors.
void twc_bmp_metadata(twc_bmp_reader *reader, const uint8_t *header);

/// Makes a stored row into samples.
void twc_bmp_unpack(twc_bmp_reader *reader, const uint8_t *stored, uint8_t *row);

/// A first walk over all codes: where rows begin, and whether all is there.
twc_status twc_bmp_rle_index(twc_bmp_reader *reader);
/// One stored row, counted as in the file, as a palette index a byte.
twc_status twc_bmp_rle_row(twc_bmp_reader *reader, uint32_t stored_row, uint8_t *indices);

#endif
