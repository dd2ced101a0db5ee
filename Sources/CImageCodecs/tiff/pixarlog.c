// PixarLog by a decoder of our own. libtiff's decoder forgets the first pixel of each row unless there are 3 or 4
// samples, assumes that the rows of tiles are as wide as the image, and ignores the checksum.
#include "tiff.h"
#include <math.h>
#include <stdlib.h>
#include <zlib.h>

/// Codes have 11 bits. The lowest are linear. The others are exponential, in steps of 0.4 percent. Code 1250 is white.
enum { CODES = 2048, LINE = 250, WHITE = 1250 };

uint16_t *twc_tiff_pixarlog_scale(uint32_t bits) {
    uint16_t *scale = malloc(CODES * sizeof *scale);
    const double step = 1.0 / LINE, least = exp(-step * WHITE), most = bits == 8 ? 255 : 65535;
    for (uint32_t code = 0; scale && code < CODES; code++) {
        // In single precision, as in the program that defined the format.
        float light = (float)(code < LINE ? code * least * step * exp(1) : least * exp(step * code));
        double value = light * most + 0.5;
        scale[code] = value > most ? (uint16_t)most : (uint16_t)value;
    }
    return scale;
}

/// Decodes differences of `samples` codes. False if the stream has another number of them, or is damaged.
static bool inflate_codes(const uint8_t *bytes, size_t count, uint16_t *codes, size_t samples, size_t full) {
    z_stream stream = {.next_in = (Bytef *)bytes, .avail_in = (uInt)count};
    if (count > UINT32_MAX || samples > UINT32_MAX / 2 || inflateInit(&stream) != Z_OK) return false;
    stream.next_out = (Bytef *)codes;
    stream.avail_out = (uInt)(samples * 2);
    int outcome = Z_OK;
    while (outcome == Z_OK && stream.total_out <= full * 2) {
        uint8_t surplus[4096];
        if (!stream.avail_out) {
            stream.next_out = surplus;
            stream.avail_out = sizeof surplus;
        }
        outcome = inflate(&stream, Z_NO_FLUSH);
    }
    bool fits = outcome == Z_STREAM_END && (stream.total_out == samples * 2 || stream.total_out == full * 2);
    inflateEnd(&stream);
    return fits;
}

bool twc_tiff_unpack_pixarlog(
    const twc_tiff_reader *reader, const uint8_t *bytes, size_t count, uint8_t *pixels, size_t expected) {
    const twc_tiff_layout *layout = &reader->layout;
    size_t bytes_a_sample = layout->bits / 8, samples = expected / bytes_a_sample;
    size_t row = layout->row_bytes / bytes_a_sample, step = layout->is_planar ? 1 : layout->samples;
    uint16_t *codes = malloc(samples * sizeof *codes);
    bool is_sound = codes && inflate_codes(bytes, count, codes, samples, layout->block_bytes / bytes_a_sample);
    if (is_sound && TIFFIsByteSwapped(reader->tiff)) TIFFSwabArrayOfShort(codes, (tmsize_t)samples);
    for (size_t index = 0; is_sound && index < samples; index++) {
        if (index % row >= step) codes[index] = (uint16_t)(codes[index] + codes[index - step]);
        uint16_t value = reader->code_scale[codes[index] % CODES];
        if (layout->bits == 8) pixels[index] = (uint8_t)value;
        else ((uint16_t *)pixels)[index] = value;
    }
    free(codes);
    return is_sound;
}
