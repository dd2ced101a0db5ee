// The parts of the PNG writer.
#ifndef TILEWORK_PNG_WRITER_H
#define TILEWORK_PNG_WRITER_H

#include "../common/bands.h"
#include <png.h>
#include <setjmp.h>

typedef struct twc_png_bands twc_png_bands;

typedef struct {
    twc_writer common;
    png_structp png;
    png_infop info;
    jmp_buf jump;
    twc_status failure;
    twc_png_bands *bands;
    /// The chunk that is being made.
    uint8_t *chunk;
    size_t chunk_count, chunk_capacity;
    /// The text of the chunk that is being made.
    char *text;
} twc_png_writer;

/// Checks that PNG can hold each block.
twc_status twc_png_check_blocks(const twc_png_writer *writer);
/// Writes all metadata between IHDR and the pixels. Call it in a step that libpng's errors may end.
void twc_png_write_metadata(twc_png_writer *writer);

/// Makes `writer->bands`. The writer closes them, also after a failure.
twc_status twc_png_bands_open(twc_png_writer *writer);
/// Takes rows. Writes chunks of pixels as they become complete.
twc_status twc_png_bands_rows(twc_png_bands *bands, const uint8_t *rows, size_t stride, uint32_t count);
twc_status twc_png_bands_finish(twc_png_bands *bands);
void twc_png_bands_close(twc_png_bands *bands);

#endif
