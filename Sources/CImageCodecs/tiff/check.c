// Checks a page's directory before libtiff reads it: its sizes are within limits, and its kind can be read.
#include "tiff.h"
#include <string.h>

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
        case COMPRESSION_THUNDERSCAN: return "ThunderScan";
        case COMPRESSION_NEXT: return "NeXT";
        case 34892: return "lossy JPEG of DNG";
        case 50001: return "WebP";
        case 34887: return "LERC";
        case 50000: return "ZSTD";
        case 34925: return "LZMA";
        default: return NULL;
    }
}

static uint64_t field(const twc_tiff_reader *reader, uint16_t tag, uint64_t fallback) {
    return twc_tiff_field(&reader->input, &reader->directory, tag, fallback);
}

static twc_status check_compression(const twc_tiff_reader *reader) {
    uint64_t compression = field(reader, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    if (compression <= UINT16_MAX && TIFFIsCODECConfigured((uint16_t)compression)) return twc_ok();
    const char *name = compression_name(compression);
    if (name) return twc_failure(TWC_UNSUPPORTED, "a TIFF file with %s compression cannot be read", name);
    return twc_failure(TWC_UNSUPPORTED, "a TIFF file with compression number %llu cannot be read",
        (unsigned long long)compression);
}

/// The limits of a compression's decoder.
static const char *limit_of_compression(const twc_tiff_reader *reader) {
    uint64_t bits = field(reader, TIFFTAG_BITSPERSAMPLE, 1), samples = field(reader, TIFFTAG_SAMPLESPERPIXEL, 1);
    uint64_t height = field(reader, TIFFTAG_IMAGELENGTH, 0), rows = field(reader, TIFFTAG_ROWSPERSTRIP, height);
    uint64_t photometric = field(reader, TIFFTAG_PHOTOMETRIC, 0);
    bool is_planar = samples > 1 && field(reader, TIFFTAG_PLANARCONFIG, 1) == PLANARCONFIG_SEPARATE;
    bool is_tiled = twc_tiff_find(&reader->directory, TIFFTAG_TILEWIDTH) != NULL;
    switch (field(reader, TIFFTAG_COMPRESSION, COMPRESSION_NONE)) {
        case COMPRESSION_OJPEG:
            if (bits != 8 || (samples != 1 && samples != 3)) return "and other samples than 1 or 3 of 8 bits";
            return is_tiled ? "in tiles" : is_planar ? "in planes" : NULL;
        case COMPRESSION_PIXARLOG:
            if (field(reader, TIFFTAG_PREDICTOR, PREDICTOR_NONE) != PREDICTOR_NONE) return "and a predictor";
            if (photometric == PHOTOMETRIC_YCBCR) return "and YCbCr colors";
            return bits == 8 || bits == 16 ? NULL : "and other samples than of 8 or 16 bits";
        case COMPRESSION_JBIG:
            if (bits != 1 || samples != 1) return "and other samples than 1 of 1 bit";
            return is_tiled ? "in tiles" : rows < height ? "in several strips" : NULL;
        case COMPRESSION_THUNDERSCAN: return bits == 4 && samples == 1 ? NULL : "and other samples than 1 of 4 bits";
        case COMPRESSION_NEXT: return bits == 2 && samples == 1 ? NULL : "and other samples than 1 of 2 bits";
        case COMPRESSION_SGILOG:
            if (photometric == PHOTOMETRIC_LOGL) return samples == 1 ? NULL : "and other samples than LogL";
            /* fall through */
        case COMPRESSION_SGILOG24:
            if (photometric != PHOTOMETRIC_LOGLUV || samples != 3) return "and other samples than LogLuv";
            return is_planar ? "in planes" : NULL;
        default: return NULL;
    }
}

static bool is_log(uint64_t compression) {
    return compression == COMPRESSION_SGILOG || compression == COMPRESSION_SGILOG24;
}

/// Checks the bits of each sample, and their meaning.
static twc_status check_samples(const twc_tiff_reader *reader) {
    const twc_tiff_input *input = &reader->input;
    const twc_tiff_entry *depths = twc_tiff_find(&reader->directory, TIFFTAG_BITSPERSAMPLE);
    const twc_tiff_entry *kinds = twc_tiff_find(&reader->directory, TIFFTAG_SAMPLEFORMAT);
    uint64_t bits = twc_tiff_integer(input, depths, 0, 1);
    uint64_t samples = twc_tiff_field(input, &reader->directory, TIFFTAG_SAMPLESPERPIXEL, 1);
    uint64_t compression = field(reader, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    // For LogLuv, this field describes the output that its decoder can be asked for.
    bool has_kinds = kinds && !is_log(compression);
    for (uint64_t index = 0; has_kinds && index < kinds->count && index < samples && index < 64; index++)
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
    if (compression == COMPRESSION_JPEG && bits != 8)
        return twc_failure(TWC_UNSUPPORTED, "a TIFF file with %llu-bit JPEG compression cannot be read",
            (unsigned long long)bits);
    const char *limit = limit_of_compression(reader);
    if (limit)
        return twc_failure(TWC_UNSUPPORTED, "a TIFF file with %s compression %s cannot be read",
            compression_name(compression), limit);
    return twc_ok();
}

/// Canon's raw files begin as TIFF files whose first image is a preview in old-style JPEG.
static bool is_canon_raw(const twc_tiff_reader *reader) {
    uint8_t mark[3];
    return twc_tiff_read_at(&reader->input, 8, mark, sizeof mark) && memcmp(mark, "CR\2", sizeof mark) == 0;
}

/// The array of strips or tiles that libtiff reads. If the directory has both arrays, it is the last one. Null if there
/// is none.
static const twc_tiff_entry *find_places(const twc_tiff_directory *directory) {
    const twc_tiff_entry *strips = twc_tiff_find(directory, TIFFTAG_STRIPOFFSETS);
    const twc_tiff_entry *tiles = twc_tiff_find(directory, TIFFTAG_TILEOFFSETS);
    return !strips || (tiles && tiles > strips) ? tiles : strips;
}

/// Whether the depth of the image or of tiles is not a single number. libtiff would refuse the whole directory.
static bool has_broken_depth(const twc_tiff_reader *reader) {
    const twc_tiff_input *input = &reader->input;
    uint32_t counter = input->is_big ? 8 : 2, step = input->is_big ? 20 : 12, word = input->is_big ? 8 : 4;
    const twc_tiff_directory *directory = &reader->directory;
    for (uint32_t index = 0; index < directory->count + directory->lost; index++) {
        uint8_t entry[20];
        if (!twc_tiff_read_at(input, reader->offset + counter + (uint64_t)index * step, entry, step)) return false;
        uint64_t tag = twc_tiff_decode(input, entry, 2), type = twc_tiff_decode(input, entry + 2, 2);
        if ((tag == TIFFTAG_IMAGEDEPTH || tag == TIFFTAG_TILEDEPTH)
            && ((type != TIFF_SHORT && type != TIFF_LONG) || twc_tiff_decode(input, entry + 4, word) != 1))
            return true;
    }
    return false;
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
    bool is_old_jpeg = field(reader, TIFFTAG_COMPRESSION, COMPRESSION_NONE) == COMPRESSION_OJPEG;
    if (is_old_jpeg && is_canon_raw(reader))
        return twc_failure(TWC_UNSUPPORTED, "a camera raw file of Canon (CR2) cannot be read");
    // The stream at this offset says where the pixels are. Many such files have wrong offsets and lengths.
    if (is_old_jpeg && twc_tiff_find(directory, TIFFTAG_JPEGIFOFFSET)) return twc_ok();
    const twc_tiff_entry *places = find_places(directory);
    if (!places) return twc_damage(0, "the directory does not say where the pixels are");
    reader->places = places->count;
    const twc_tiff_entry *counts = twc_tiff_find(directory, TIFFTAG_STRIPBYTECOUNTS);
    if (!counts || !counts->count) counts = twc_tiff_find(directory, TIFFTAG_TILEBYTECOUNTS);
    // For a single strip of length 0, libtiff computes the length.
    reader->has_counts = counts && (counts->count > 1 || twc_tiff_integer(input, counts, 0, 0));
    reader->has_broken_depth = has_broken_depth(reader);
    if (reader->has_broken_depth)
        twc_note(&reader->base.notes, "the depth of the image (TIFF field %u or %u) cannot be read; 1 was assumed",
            TIFFTAG_IMAGEDEPTH, TIFFTAG_TILEDEPTH);
    return counts && !reader->has_broken_depth ? twc_ok() : twc_tiff_repair(reader, !counts);
}
