// What a page's directory must say before libtiff reads it: sizes within limits, and a kind that can be read.
#include "tiff.h"

static const char *compression_name(uint64_t compression) {
    switch (compression) {
        case COMPRESSION_OJPEG: return "old-style JPEG";
        case COMPRESSION_JP2000: return "JPEG 2000";
        case COMPRESSION_T85: return "JBIG (T.85)";
        case COMPRESSION_T43: return "JBIG (T.43)";
        case COMPRESSION_JBIG: return "JBIG";
        case COMPRESSION_PIXARLOG: return "PixarLog";
        case COMPRESSION_PIXARFILM: return "Pixar film";
        case COMPRESSION_SGILOG: return "SGI LogLuv";
        case COMPRESSION_SGILOG24: return "SGI LogLuv (24 bits)";
        case COMPRESSION_DCS: return "Kodak DCS";
        case COMPRESSION_IT8CTPAD: return "IT8 CT padding";
        case COMPRESSION_IT8LW: return "IT8 line work";
        case COMPRESSION_IT8MP: return "IT8 monochrome picture";
        case COMPRESSION_IT8BL: return "IT8 binary line art";
        case COMPRESSION_JXL: case 52546: return "JPEG XL";
        case 33003: case 33004: case 33005: return "JPEG 2000 (Aperio)";
        case 34892: return "lossy JPEG of DNG";
        case 50001: return "WebP";
        case 34887: return "LERC";
        case 50000: return "ZSTD";
        case 34925: return "LZMA";
        default: return NULL;
    }
}

static twc_status check_compression(const twc_tiff_reader *reader) {
    uint64_t compression = twc_tiff_field(&reader->input, &reader->directory, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    bool is_refused = compression == COMPRESSION_OJPEG || compression == COMPRESSION_PIXARLOG
        || compression == COMPRESSION_SGILOG || compression == COMPRESSION_SGILOG24;
    if (!is_refused && compression <= UINT16_MAX && TIFFIsCODECConfigured((uint16_t)compression)) return twc_ok();
    const char *name = compression_name(compression);
    if (name) return twc_failure(TWC_UNSUPPORTED, "a TIFF file with %s compression cannot be read", name);
    return twc_failure(TWC_UNSUPPORTED, "a TIFF file with compression number %llu cannot be read",
        (unsigned long long)compression);
}

/// Bits of each sample and what they mean.
static twc_status check_samples(const twc_tiff_reader *reader) {
    const twc_tiff_input *input = &reader->input;
    const twc_tiff_entry *depths = twc_tiff_find(&reader->directory, TIFFTAG_BITSPERSAMPLE);
    const twc_tiff_entry *kinds = twc_tiff_find(&reader->directory, TIFFTAG_SAMPLEFORMAT);
    uint64_t bits = twc_tiff_integer(input, depths, 0, 1);
    uint64_t samples = twc_tiff_field(input, &reader->directory, TIFFTAG_SAMPLESPERPIXEL, 1);
    for (uint64_t index = 0; kinds && index < kinds->count && index < samples && index < 64; index++)
        switch (twc_tiff_integer(input, kinds, index, SAMPLEFORMAT_UINT)) {
            case SAMPLEFORMAT_INT: return twc_failure(TWC_UNSUPPORTED,
                "a TIFF file of signed integers (%llu bits) cannot be read", (unsigned long long)bits);
            case SAMPLEFORMAT_IEEEFP: return twc_failure(TWC_UNSUPPORTED,
                "a TIFF file of floating-point samples (%llu bits) cannot be read", (unsigned long long)bits);
            case SAMPLEFORMAT_COMPLEXINT: case SAMPLEFORMAT_COMPLEXIEEEFP: return twc_failure(TWC_UNSUPPORTED,
                "a TIFF file of complex numbers cannot be read");
            default: break;
        }
    for (uint64_t index = 1; depths && index < depths->count && index < samples && index < 64; index++) {
        uint64_t other = twc_tiff_integer(input, depths, index, bits);
        if (other != bits)
            return twc_failure(TWC_UNSUPPORTED, "a TIFF file with samples of different depths (%llu and %llu bits) "
                "cannot be read", (unsigned long long)bits, (unsigned long long)other);
    }
    if (bits < 1 || bits > 16)
        return twc_failure(TWC_UNSUPPORTED, "a TIFF file with %llu bits a sample cannot be read",
            (unsigned long long)bits);
    if (samples < 1 || samples > 64)
        return twc_failure(TWC_UNSUPPORTED, "a TIFF file with %llu samples a pixel cannot be read",
            (unsigned long long)samples);
    uint64_t compression = twc_tiff_field(input, &reader->directory, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    if (compression == COMPRESSION_JPEG && bits != 8)
        return twc_failure(TWC_UNSUPPORTED, "a TIFF file with %llu-bit JPEG compression cannot be read",
            (unsigned long long)bits);
    return twc_ok();
}

twc_status twc_tiff_check(twc_tiff_reader *reader) {
    const twc_tiff_input *input = &reader->input;
    const twc_tiff_directory *directory = &reader->directory;
    uint64_t width = twc_tiff_field(input, directory, TIFFTAG_IMAGEWIDTH, 0);
    uint64_t height = twc_tiff_field(input, directory, TIFFTAG_IMAGELENGTH, 0);
    twc_status status = twc_check_size(&reader->base.options, width, height);
    if (!status.code) status = check_compression(reader);
    if (!status.code) status = check_samples(reader);
    if (status.code) return status;
    bool is_tiled = twc_tiff_find(directory, TIFFTAG_TILEWIDTH) != NULL;
    if (!twc_tiff_find(directory, is_tiled ? TIFFTAG_TILEOFFSETS : TIFFTAG_STRIPOFFSETS)
        && !twc_tiff_find(directory, TIFFTAG_TILEOFFSETS) && !twc_tiff_find(directory, TIFFTAG_STRIPOFFSETS))
        return twc_damage(0, "the directory does not say where the pixels are");
    const twc_tiff_entry *counts = twc_tiff_find(directory, TIFFTAG_STRIPBYTECOUNTS);
    if (!counts || !counts->count) counts = twc_tiff_find(directory, TIFFTAG_TILEBYTECOUNTS);
    // libtiff replaces the length of a single strip that says 0.
    reader->has_counts = counts && (counts->count > 1 || twc_tiff_integer(input, counts, 0, 0));
    return counts ? twc_ok() : twc_tiff_add_counts(reader);
}
