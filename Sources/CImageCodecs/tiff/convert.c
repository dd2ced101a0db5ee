// Converts one row: unpacks samples of any depth, and makes pixels of them.
#include "tiff.h"
#include <string.h>

/// Unpacks `count` values of `bits` from a bit offset on, into every `step`-th place.
static void unpack(const uint8_t *bytes, uint32_t bits, uint64_t first, size_t count, uint16_t *values, uint32_t step) {
    if (bits == 8) {
        bytes += first / 8;
        for (size_t index = 0; index < count; index++) values[index * step] = bytes[index];
        return;
    }
    if (bits == 16) {
        bytes += first / 8;
        for (size_t index = 0; index < count; index++) memcpy(&values[index * step], bytes + index * 2, 2);
        return;
    }
    const uint8_t *at = bytes + first / 8;
    uint32_t held = 8 - first % 8, pool = *at++ & ((1u << held) - 1);
    for (size_t index = 0; index < count; index++) {
        while (held < bits) {
            pool = pool << 8 | *at++;
            held += 8;
        }
        held -= bits;
        values[index * step] = (uint16_t)(pool >> held);
        pool &= (1u << held) - 1;
    }
}

static inline void put(void *pixels, uint32_t depth, size_t index, uint32_t value) {
    if (depth == 8) ((uint8_t *)pixels)[index] = (uint8_t)value;
    else ((uint16_t *)pixels)[index] = (uint16_t)value;
}

/// Copies samples of whole bytes that need nothing but a swap of red and blue.
static bool swap_row(
    const twc_tiff_reader *reader, const uint8_t *bytes, uint32_t x, uint32_t width, uint8_t *pixels) {
    const twc_tiff_layout *layout = &reader->layout;
    const twc_info *info = &reader->base.info;
    if (layout->planes > 1 || layout->bits != info->depth || layout->photometric == PHOTOMETRIC_MINISWHITE)
        return false;
    bool is_gray = info->color == TWC_GRAY && info->channels == 1 && layout->samples == 1;
    bool is_rgb = (info->color == TWC_RGB || layout->is_jpeg_rgb) && layout->samples == info->channels;
    uint32_t size = info->depth / 8, samples = layout->samples;
    bytes += (size_t)x * samples * size;
    if (is_gray) {
        memcpy(pixels, bytes, (size_t)width * size);
        return true;
    }
    if (!is_rgb) return false;
    if (size == 1 && samples == 3) {
        for (size_t index = 0; index < width; index++, bytes += 3, pixels += 3) {
            uint8_t red = bytes[0], green = bytes[1], blue = bytes[2];
            pixels[0] = blue;
            pixels[1] = green;
            pixels[2] = red;
        }
        return true;
    }
    if (size == 1) {
        for (size_t index = 0; index < width; index++, bytes += 4, pixels += 4) {
            uint8_t red = bytes[0], green = bytes[1], blue = bytes[2], alpha = bytes[3];
            pixels[0] = blue;
            pixels[1] = green;
            pixels[2] = red;
            pixels[3] = alpha;
        }
        return true;
    }
    const uint16_t *from = (const uint16_t *)bytes;
    uint16_t *to = (uint16_t *)pixels;
    for (size_t index = 0; index < width; index++, from += samples, to += samples) {
        to[0] = from[2];
        to[1] = from[1];
        to[2] = from[0];
        if (samples == 4) to[3] = from[3];
    }
    return true;
}

/// Spreads colors without gaps into pixels with alpha.
static void spread_colors(const uint8_t *colors, uint32_t width, uint32_t sample, uint8_t *pixels) {
    for (size_t index = 0; index < width; index++)
        memcpy(pixels + index * 4 * sample, colors + index * 3 * sample, 3 * sample);
}

static void put_cmyk(twc_tiff_reader *reader, uint32_t width, uint8_t *pixels) {
    const twc_info *info = &reader->base.info;
    const uint16_t *sample = reader->samples;
    uint32_t depth = info->depth, channels = info->channels;
    uint8_t *colors = reader->inks + (size_t)width * 4 * (depth / 8);
    for (size_t index = 0; index < width; index++, sample += reader->layout.samples)
        for (uint32_t ink = 0; ink < 4; ink++)
            put(reader->inks, depth, index * 4 + ink, reader->color_scale[sample[ink]]);
    twc_cmyk_to_bgr(reader->cmyk, reader->inks, channels == 3 ? pixels : colors, width, depth, false);
    if (channels == 4) spread_colors(colors, width, depth / 8, pixels);
}

/// A sample of L* (channel 0), a* or b* on a scale of 16 bits. CIELab has signed a* and b*. ICCLab has them with an
/// offset. Its 16-bit scale is that of ICC's version 2, whose 0xFF00 is 0xFFFF in version 4.
static uint16_t lab_sample(uint32_t value, uint32_t bits, bool is_icc, uint32_t channel) {
    bool is_signed = !is_icc && channel;
    if (bits == 8) return (uint16_t)((is_signed ? value ^ 0x80 : value) * 257);
    if (!is_icc && !channel) return (uint16_t)value;
    if (is_signed) value ^= 0x8000;
    uint32_t scaled = (value * 257 + 128) >> 8;
    return scaled < 65535 ? (uint16_t)scaled : 65535;
}

static void put_lab(twc_tiff_reader *reader, uint32_t width, uint8_t *pixels) {
    const twc_tiff_layout *layout = &reader->layout;
    const twc_info *info = &reader->base.info;
    const uint16_t *sample = reader->samples;
    uint16_t *lab = (uint16_t *)reader->inks;
    uint8_t *colors = reader->inks + (size_t)width * 6;
    for (size_t index = 0; index < width; index++, sample += layout->samples)
        for (uint32_t channel = 0; channel < 3; channel++)
            lab[index * 3 + channel] = lab_sample(
                sample[channel], layout->bits, layout->photometric == PHOTOMETRIC_ICCLAB, channel);
    twc_lab_to_bgr(reader->lab, lab, info->channels == 3 ? pixels : colors, width);
    if (info->channels == 4) spread_colors(colors, width, info->depth / 8, pixels);
}

static void put_ycbcr(twc_tiff_reader *reader, uint32_t width, uint8_t *pixels) {
    const uint16_t *sample = reader->samples;
    uint32_t channels = reader->base.info.channels;
    for (size_t index = 0; index < width; index++, sample += reader->layout.samples, pixels += channels) {
        uint32_t red, green, blue;
        TIFFYCbCrtoRGB(reader->ycbcr, sample[0], sample[1], sample[2], &red, &green, &blue);
        pixels[0] = (uint8_t)blue;
        pixels[1] = (uint8_t)green;
        pixels[2] = (uint8_t)red;
    }
}

static void put_gray(twc_tiff_reader *reader, uint32_t width, uint8_t *pixels) {
    const twc_info *info = &reader->base.info;
    const uint16_t *sample = reader->samples, *scale = reader->color_scale;
    uint32_t copies = info->channels == 1 ? 1 : 3;
    for (size_t index = 0; index < width; index++, sample += reader->layout.samples)
        for (uint32_t channel = 0; channel < copies; channel++)
            put(pixels, info->depth, index * info->channels + channel, scale[*sample]);
}

static void put_rgb(twc_tiff_reader *reader, uint32_t width, uint8_t *pixels) {
    const twc_info *info = &reader->base.info;
    const uint16_t *sample = reader->samples, *scale = reader->color_scale;
    for (size_t index = 0; index < width; index++, sample += reader->layout.samples)
        for (uint32_t channel = 0; channel < 3; channel++)
            put(pixels, info->depth, index * info->channels + channel, scale[sample[2 - channel]]);
}

static void put_palette(twc_tiff_reader *reader, uint32_t width, uint8_t *pixels) {
    const uint16_t *sample = reader->samples;
    uint32_t channels = reader->base.info.channels;
    for (size_t index = 0; index < width; index++, sample += reader->layout.samples, pixels += channels)
        memcpy(pixels, reader->palette[*sample], 3);
}

static void put_alpha(twc_tiff_reader *reader, uint32_t width, uint8_t *pixels) {
    const uint16_t *sample = reader->samples + reader->layout.alpha;
    for (size_t index = 0; index < width; index++, sample += reader->layout.samples)
        put(pixels, reader->base.info.depth, index * 4 + 3, reader->alpha_scale[*sample]);
}

void twc_tiff_convert_row(
    twc_tiff_reader *reader, const uint8_t *bytes, size_t plane_bytes, uint32_t x, uint32_t width, uint8_t *pixels) {
    const twc_tiff_layout *layout = &reader->layout;
    const twc_info *info = &reader->base.info;
    if (!swap_row(reader, bytes, x, width, pixels)) {
        uint64_t first = (uint64_t)x * layout->bits;
        if (layout->planes == 1)
            unpack(bytes, layout->bits, first * layout->samples, (size_t)width * layout->samples, reader->samples, 1);
        else
            for (uint32_t plane = 0; plane < layout->planes; plane++)
                unpack(bytes + plane * plane_bytes, layout->bits, first, width, reader->samples + plane,
                    layout->samples);
        switch (info->color) {
            case TWC_PALETTE: put_palette(reader, width, pixels); break;
            case TWC_CMYK: put_cmyk(reader, width, pixels); break;
            case TWC_LAB: put_lab(reader, width, pixels); break;
            case TWC_GRAY: put_gray(reader, width, pixels); break;
            default:
                if (reader->ycbcr) put_ycbcr(reader, width, pixels);
                else put_rgb(reader, width, pixels);
        }
        if (layout->alpha >= 0) put_alpha(reader, width, pixels);
    }
    if (info->alpha == TWC_ALPHA_ASSOCIATED && layout->photometric != PHOTOMETRIC_MINISWHITE)
        twc_alpha_divide(pixels, width, info->depth);
}
