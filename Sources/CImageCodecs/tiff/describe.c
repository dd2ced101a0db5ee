// Describes the page: how samples and blocks lie in the file, and what rows the reader makes of them.
#include "tiff.h"

static uint16_t short_field(TIFF *tiff, uint32_t tag, uint16_t fallback) {
    uint16_t value = fallback;
    return TIFFGetFieldDefaulted(tiff, tag, &value) ? value : fallback;
}

static twc_status refuse_color(const char *what) {
    return twc_failure(TWC_UNSUPPORTED, "a TIFF file of %s cannot be read", what);
}

/// Guesses the kind of colors from the number of samples, for files that do not state it.
static uint16_t guess_photometric(twc_tiff_reader *reader) {
    const twc_tiff_layout *layout = &reader->layout;
    bool is_fax = layout->compression >= COMPRESSION_CCITTRLE && layout->compression <= COMPRESSION_CCITTFAX4;
    twc_note(&reader->base.notes, "the file does not say what its samples are; they were taken for %s",
        is_fax ? "gray with 0 as white" : layout->samples < 3 ? "gray with 0 as black" : "RGB");
    return is_fax ? PHOTOMETRIC_MINISWHITE : layout->samples < 3 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB;
}

static twc_status describe_color(twc_tiff_reader *reader) {
    twc_tiff_layout *layout = &reader->layout;
    twc_info *info = &reader->base.info;
    if (!TIFFGetField(reader->tiff, TIFFTAG_PHOTOMETRIC, &layout->photometric))
        layout->photometric = guess_photometric(reader);
    uint64_t said = twc_tiff_field(&reader->input, &reader->directory, TIFFTAG_PHOTOMETRIC, 0);
    if (said == PHOTOMETRIC_PALETTE && layout->photometric != PHOTOMETRIC_PALETTE)
        twc_note(&reader->base.notes, "the file has no color map for its palette; its samples were taken for %s",
            layout->photometric == PHOTOMETRIC_RGB ? "RGB" : "gray");
    layout->colors = 1;
    switch (layout->photometric) {
        case PHOTOMETRIC_MINISWHITE: case PHOTOMETRIC_MINISBLACK: case PHOTOMETRIC_MASK:
            info->color = TWC_GRAY;
            break;
        case PHOTOMETRIC_PALETTE:
            info->color = TWC_PALETTE;
            break;
        case PHOTOMETRIC_RGB:
            info->color = TWC_RGB;
            layout->colors = 3;
            break;
        case PHOTOMETRIC_YCBCR:
            info->color = TWC_YCBCR;
            layout->colors = 3;
            break;
        case PHOTOMETRIC_SEPARATED:
            info->color = TWC_CMYK;
            layout->colors = 4;
            if (short_field(reader->tiff, TIFFTAG_INKSET, INKSET_CMYK) != INKSET_CMYK)
                return refuse_color("inks other than CMYK");
            break;
        case PHOTOMETRIC_CIELAB: case PHOTOMETRIC_ICCLAB:
            info->color = TWC_LAB;
            layout->colors = 3;
            if (layout->bits != 8 && layout->bits != 16)
                return refuse_color("CIE L*a*b* colors of other than 8 or 16 bits");
            break;
        case PHOTOMETRIC_LOGL: case PHOTOMETRIC_LOGLUV:
            if (!layout->is_log) return refuse_color("LogLuv colors without their compression");
            info->color = layout->photometric == PHOTOMETRIC_LOGL ? TWC_GRAY : TWC_RGB;
            layout->colors = layout->photometric == PHOTOMETRIC_LOGL ? 1 : 3;
            break;
        case PHOTOMETRIC_ITULAB: return refuse_color("ITU L*a*b* colors (fax)");
        case PHOTOMETRIC_CFA: return refuse_color("color filter samples (camera raw)");
        case 34892: return refuse_color("linear camera samples (raw)");
        default:
            return twc_failure(TWC_UNSUPPORTED, "a TIFF file with color kind number %u cannot be read",
                layout->photometric);
    }
    if (layout->samples < layout->colors)
        return twc_damage(0, "the directory says %u samples a pixel; its colors need %u",
            layout->samples, layout->colors);
    return twc_ok();
}

/// Finds alpha among the extra samples, and notes which samples are left out.
static void describe_extra(twc_tiff_reader *reader) {
    twc_tiff_layout *layout = &reader->layout;
    twc_info *info = &reader->base.info;
    uint16_t kinds = 0, *kind = NULL;
    uint32_t extra = layout->samples - layout->colors;
    layout->alpha = -1;
    if (!extra) return;
    if (!TIFFGetField(reader->tiff, TIFFTAG_EXTRASAMPLES, &kinds, &kind)) kinds = 0;
    for (uint32_t index = 0; index < kinds && index < extra && layout->alpha < 0; index++) {
        if (kind[index] == EXTRASAMPLE_ASSOCALPHA) info->alpha = TWC_ALPHA_ASSOCIATED;
        if (kind[index] == EXTRASAMPLE_UNASSALPHA) info->alpha = TWC_ALPHA_STRAIGHT;
        if (info->alpha) layout->alpha = layout->colors + (int32_t)index;
    }
    uint32_t left_out = extra - (layout->alpha >= 0);
    if (left_out)
        twc_note(&reader->base.notes, left_out == 1 ? "%u sample a pixel that is neither color nor alpha was left out"
                : "%u samples a pixel that are neither color nor alpha were left out", left_out);
}

static twc_status describe_subsampling(twc_tiff_reader *reader) {
    twc_tiff_layout *layout = &reader->layout;
    layout->across_subsampling = layout->down_subsampling = 1;
    if (layout->photometric != PHOTOMETRIC_YCBCR) return twc_ok();
    if (layout->compression == COMPRESSION_JPEG) {
        layout->is_jpeg_rgb = !layout->is_planar;
        if (layout->is_planar) return refuse_color("YCbCr planes in JPEG compression");
        TIFFSetField(reader->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        return twc_ok();
    }
    // libtiff decodes these as RGB.
    if (layout->compression == COMPRESSION_WEBP) return twc_ok();
    uint16_t across = 2, down = 2;
    TIFFGetFieldDefaulted(reader->tiff, TIFFTAG_YCBCRSUBSAMPLING, &across, &down);
    bool is_known = (across == 1 || across == 2 || across == 4) && (down == 1 || down == 2 || down == 4);
    if (!is_known)
        return twc_damage(0, "the directory says colors are subsampled by %u×%u", across, down);
    if (layout->bits != 8) return refuse_color("YCbCr colors of other than 8 bits");
    if ((across > 1 || down > 1) && (layout->is_planar || layout->samples != 3))
        return refuse_color("subsampled YCbCr colors in planes or with extra samples");
    layout->across_subsampling = across;
    layout->down_subsampling = down;
    return twc_ok();
}

/// Whether tiles are far larger than the image, so that the cost of decoding has nothing to do with its size. Tiles may
/// be somewhat larger than a small image.
/// - bytes: the size of a decoded tile, in one plane.
static bool is_absurd(const twc_tiff_reader *reader, uint64_t bytes) {
    const twc_tiff_layout *layout = &reader->layout;
    const twc_info *info = &reader->base.info;
    uint64_t tiles = (uint64_t)layout->across * layout->down * layout->planes;
    bool is_wide = layout->block_width > TWC_TIFF_USUAL_TILE_SIDE && layout->block_width / 2 > info->width;
    bool is_high = layout->block_height > TWC_TIFF_USUAL_TILE_SIDE && layout->block_height / 2 > info->height;
    return layout->is_tiled && (is_wide || is_high) && bytes > TWC_TIFF_MAXIMUM_TILE / tiles;
}

/// Finds the sizes of strips or tiles. libtiff computes them, so that its buffers and ours agree.
static twc_status describe_blocks(twc_tiff_reader *reader) {
    twc_tiff_layout *layout = &reader->layout;
    const twc_info *info = &reader->base.info;
    uint32_t width = info->width, height = info->height;
    layout->is_tiled = TIFFIsTiled(reader->tiff);
    if (layout->is_tiled) {
        if (!TIFFGetField(reader->tiff, TIFFTAG_TILEWIDTH, &width)
            || !TIFFGetField(reader->tiff, TIFFTAG_TILELENGTH, &height) || !width || !height)
            return twc_damage(0, "the directory does not say how large tiles are");
    } else {
        uint32_t rows = height;
        TIFFGetFieldDefaulted(reader->tiff, TIFFTAG_ROWSPERSTRIP, &rows);
        if (!rows) return twc_damage(0, "the directory says strips have no rows");
        if (rows < height) height = rows;
    }
    layout->block_width = width;
    layout->block_height = height;
    layout->across = (info->width - 1) / width + 1;
    layout->down = (info->height - 1) / height + 1;
    layout->planes = layout->is_planar ? layout->samples : 1;
    // 64 bits, because a tile can be larger than the image, whose sides have at most 2^20 pixels.
    uint64_t row_samples = (uint64_t)width * (layout->is_planar ? 1 : layout->samples);
    uint64_t row_bytes = (row_samples * layout->bits + 7) / 8;
    uint64_t bytes = layout->is_tiled ? TIFFTileSize64(reader->tiff) : TIFFVStripSize64(reader->tiff, height);
    bool is_spread = layout->across_subsampling > 1 || layout->down_subsampling > 1;
    if (!bytes || (!is_spread && (row_bytes > UINT64_MAX / height || bytes != row_bytes * height)))
        return twc_damage(0, "the sizes of strips or tiles in the directory contradict each other");
    if (is_absurd(reader, bytes))
        return twc_failure(TWC_UNSUPPORTED, "tiles of %u×%u pixels, far larger than the image, cannot be read", width,
            height);
    layout->mode = !layout->is_tiled && layout->compression == COMPRESSION_NONE && !is_spread ? TWC_TIFF_ROWS
        : layout->is_tiled || bytes <= TWC_TIFF_MAXIMUM_STRIP ? TWC_TIFF_BLOCKS : TWC_TIFF_SCANLINES;
    bool is_whole_only = layout->compression == COMPRESSION_LERC || layout->compression == COMPRESSION_JBIG
        || layout->compression == COMPRESSION_WEBP || layout->compression == COMPRESSION_PIXARLOG
        || layout->compression == COMPRESSION_THUNDERSCAN || layout->compression == COMPRESSION_NEXT
        || layout->compression == COMPRESSION_CCITTRLEW || layout->is_log;
    if (layout->mode == TWC_TIFF_SCANLINES && (is_spread || layout->is_planar || is_whole_only
        || !reader->has_counts))
        return twc_failure(TWC_UNSUPPORTED, "strips of %u×%u pixels of this kind cannot be decoded in bounded memory",
            width, height);
    uint64_t spread = is_spread ? row_bytes * height : 0;
    if (layout->mode == TWC_TIFF_BLOCKS && (bytes > TWC_TIFF_MAXIMUM_TILE / layout->planes
        || spread > TWC_TIFF_MAXIMUM_TILE))
        return twc_failure(TWC_UNSUPPORTED, "%ss of %u×%u pixels cannot be decoded in bounded memory",
            twc_tiff_block_name(layout), width, height);
    layout->row_bytes = (size_t)row_bytes;
    layout->block_bytes = (size_t)bytes;
    return twc_ok();
}

/// Chooses whether libtiff or our own code undoes the predictor. Our own code does it for the compressions in which the
/// decoder is asked for one byte too many (decode.c).
static twc_status describe_predictor(twc_tiff_reader *reader) {
    twc_tiff_layout *layout = &reader->layout;
    layout->predictor = PREDICTOR_NONE;
    switch (layout->compression) {
        case COMPRESSION_LZW: case COMPRESSION_DEFLATE: case COMPRESSION_ADOBE_DEFLATE: case COMPRESSION_ZSTD:
        case COMPRESSION_LZMA: layout->predictor = short_field(reader->tiff, TIFFTAG_PREDICTOR, PREDICTOR_NONE);
    }
    if (layout->predictor == PREDICTOR_NONE) return twc_ok();
    if (layout->predictor != PREDICTOR_HORIZONTAL)
        return twc_failure(TWC_UNSUPPORTED, "a TIFF file with predictor number %u cannot be read", layout->predictor);
    if (layout->bits != 8 && layout->bits != 16)
        return twc_failure(TWC_UNSUPPORTED, "a TIFF file with a predictor and %u bits a sample cannot be read",
            layout->bits);
    if (layout->across_subsampling > 1 || layout->down_subsampling > 1)
        return refuse_color("subsampled YCbCr colors with a predictor");
    if (layout->mode == TWC_TIFF_BLOCKS) TIFFSetField(reader->tiff, TIFFTAG_PREDICTOR, PREDICTOR_NONE);
    return twc_ok();
}

static void fill_info(twc_tiff_reader *reader) {
    const twc_tiff_layout *layout = &reader->layout;
    twc_info *info = &reader->base.info;
    bool is_gray = info->color == TWC_GRAY;
    info->stored_depth = layout->bits;
    info->depth = layout->bits > 8 && info->color != TWC_PALETTE ? 16 : 8;
    info->is_gray_alpha = is_gray && info->alpha;
    info->is_converted_to_srgb = info->color == TWC_CMYK || info->color == TWC_LAB || layout->is_log;
    info->channels = info->alpha ? 4 : is_gray ? 1 : 3;
    if (layout->mode == TWC_TIFF_BLOCKS) {
        info->block_width = layout->block_width;
        info->block_height = layout->block_height;
    } else {
        info->block_width = info->width;
    }
    uint16_t orientation = short_field(reader->tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    info->orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
    if (layout->photometric == PHOTOMETRIC_MINISWHITE && info->alpha == TWC_ALPHA_ASSOCIATED)
        twc_note(&reader->base.notes, "gray with 0 as white and associated alpha was read as straight alpha");
}

twc_status twc_tiff_describe(twc_tiff_reader *reader) {
    twc_tiff_layout *layout = &reader->layout;
    twc_info *info = &reader->base.info;
    uint32_t width = 0, height = 0;
    TIFFGetField(reader->tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(reader->tiff, TIFFTAG_IMAGELENGTH, &height);
    twc_status status = twc_check_size(&reader->base.options, width, height);
    if (status.code) return status;
    info->width = width;
    info->height = height;
    layout->compression = short_field(reader->tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    layout->is_log = layout->compression == COMPRESSION_SGILOG || layout->compression == COMPRESSION_SGILOG24;
    if (layout->is_log) TIFFSetField(reader->tiff, TIFFTAG_SGILOGDATAFMT, SGILOGDATAFMT_8BIT);
    layout->bits = short_field(reader->tiff, TIFFTAG_BITSPERSAMPLE, 1);
    layout->samples = short_field(reader->tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
    layout->fill_order = short_field(reader->tiff, TIFFTAG_FILLORDER, FILLORDER_MSB2LSB);
    layout->is_planar = layout->samples > 1
        && short_field(reader->tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE;
    if (layout->bits < 1 || layout->bits > 16 || !layout->samples || layout->samples > 64)
        return twc_damage(0, "the directory contradicts itself about samples");
    status = describe_color(reader);
    if (status.code) return status;
    describe_extra(reader);
    if (info->color == TWC_LAB && info->alpha == TWC_ALPHA_ASSOCIATED)
        return refuse_color("CIE L*a*b* colors with associated alpha");
    status = describe_subsampling(reader);
    if (!status.code) status = describe_blocks(reader);
    if (!status.code) status = describe_predictor(reader);
    if (!status.code) status = twc_tiff_check_contradictions(reader);
    if (status.code) return status;
    fill_info(reader);
    uint64_t band = layout->mode == TWC_TIFF_BLOCKS ? twc_tiff_band_bytes(reader) : 0;
    if (band > TWC_TIFF_MAXIMUM_BAND)
        return twc_failure(TWC_UNSUPPORTED, "a row of tiles of this image, %llu MiB, cannot be held in memory",
            (unsigned long long)(band >> 20));
    return twc_ok();
}
