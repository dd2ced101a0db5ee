#include "fuzz.h"
#include <stdlib.h>
#include <string.h>

static bool has_place(twc_format format, twc_block_kind kind) {
    switch (kind) {
        case TWC_ICC: return true;
        case TWC_EXIF:
        case TWC_XMP: return format != TWC_BMP;
        case TWC_IPTC: return format == TWC_PNG || format == TWC_JPEG || format == TWC_TIFF;
        case TWC_PNG_CHUNK: return format == TWC_PNG;
        case TWC_TIFF_FIELD: return format == TWC_TIFF;
    }
    return false;
}

/// Converts the samples to what a format can hold: leaves out alpha, and the lower 8 of 16 bits.
static uint8_t *converted(const fuzz_image *image, uint32_t channels, uint32_t depth) {
    size_t pixels = (size_t)image->info.width * image->info.height, bytes = depth / 8, stored = image->info.depth / 8;
    uint8_t *result = __real_malloc(pixels * channels * bytes);
    for (size_t pixel = 0; pixel < pixels; pixel++)
        for (uint32_t channel = 0; channel < channels; channel++)
            memcpy(result + (pixel * channels + channel) * bytes,
                image->pixels + (pixel * image->info.channels + channel) * stored + (stored - bytes), bytes);
    return result;
}

static twc_writer_options options_of(const fuzz_image *image, const uint8_t *plan) {
    twc_format format = (plan[1] & 15) > TWC_WEBP ? TWC_PNG : plan[1] & 15;
    bool is_jpeg = format == TWC_JPEG;
    twc_writer_options options = {
        .format = format, .width = image->info.width, .height = image->info.height,
        .channels = is_jpeg && image->info.channels == 4 ? 3 : image->info.channels,
        .depth = format == TWC_PNG || format == TWC_TIFF ? image->info.depth : 8,
        .density = image->info.density, .scratch = plan[1] & 16 ? fuzz_file_with(FUZZ_SCRATCH, NULL, 0) : 0};
    options.threads = (plan[3] >> 6) + 1u;
    options.is_gray_alpha = image->info.is_gray_alpha && options.channels == 4;
    options.is_progressive = is_jpeg && plan[1] & 32;
    options.subsampling = is_jpeg && plan[1] & 64 ? TWC_SUBSAMPLING_444 : TWC_SUBSAMPLING_420;
    if (format != TWC_BMP && format != TWC_PNG) options.quality = plan[2] % 101;
    options.level = format == TWC_PNG ? plan[2] % 4 : 0;
    if (format == TWC_TIFF) {
        options.compression = plan[2] % 5;
        options.tile_side = plan[2] & 128 ? 16 + (plan[2] >> 3 & 3) * 16 : 0;
        options.is_big = plan[1] & 32;
        options.is_alpha_associated = options.channels == 4 && plan[1] & 64;
        options.overviews = options.tile_side && plan[1] & 128 ? 2 : 0;
    }
    return options;
}

static twc_status write_tiles(
    twc_writer *writer, const twc_writer_options *options, const uint8_t *pixels, size_t stride) {
    size_t pixel = options->channels * options->depth / 8;
    for (uint32_t level = 0; level <= options->overviews; level++) {
        uint32_t width = options->width, height = options->height, side = options->tile_side;
        for (uint32_t done = 0; done < level; done++) width = (width + 1) / 2, height = (height + 1) / 2;
        for (uint32_t row = 0; row * side < height; row++)
            for (uint32_t column = 0; column * side < width; column++) {
                twc_status status = twc_writer_tile(
                    writer, level, column, row, pixels + row * side * stride + column * side * pixel, stride);
                if (status.code) return status;
            }
    }
    return twc_ok();
}

static twc_status write_pixels(
    twc_writer *writer, const twc_writer_options *options, const uint8_t *pixels, uint8_t detail) {
    size_t stride = (size_t)options->width * options->channels * (options->depth / 8);
    if (options->tile_side && (options->overviews || detail & 8)) return write_tiles(writer, options, pixels, stride);
    uint32_t step = (detail >> 3 & 7) * 3 + 1;
    for (uint32_t top = 0; top < options->height; top += step) {
        uint32_t count = options->height - top < step ? options->height - top : step;
        twc_status status = twc_writer_rows(writer, pixels + top * stride, stride, count);
        if (status.code) return status;
    }
    return twc_ok();
}

/// Whether the file has to give back exactly the written samples.
static bool is_lossless(const twc_writer_options *options) {
    switch (options->format) {
        case TWC_JPEG: return false;
        case TWC_TIFF: return options->compression != TWC_COMPRESSION_JPEG && !options->is_alpha_associated;
        case TWC_WEBP: return !options->quality;
        default: return true;
    }
}

static void read_back(
    int file, const twc_writer_options *written, const uint8_t *pixels, const twc_row_index *index,
    const uint8_t *plan) {
    const twc_reader_options options = {.maximum_side = 1 << 16, .maximum_pixels = 1 << 20, .page = -1, .scratch = -1};
    twc_reader *reader;
    twc_status status = twc_reader_open(file, &options, &reader);
    FUZZ_REQUIRE(!status.code, "what was written cannot be opened: %s", status.reason);
    const twc_info *info = twc_reader_info(reader);
    FUZZ_REQUIRE(info->width == written->width && info->height == written->height, "%u×%u", info->width, info->height);
    FUZZ_REQUIRE(info->depth == written->depth, "%u bits", info->depth);
    size_t bytes = twc_row_bytes(info) * info->height;
    uint8_t *found = __real_malloc(bytes);
    status = twc_reader_all(reader, found, twc_row_bytes(info), NULL, NULL);
    if (!status.code) status = twc_reader_finish(reader);
    FUZZ_REQUIRE(!status.code, "what was written cannot be read: %s", status.reason);
    // The number of channels may change: formats without gray store color, and WebP drops alpha that is opaque
    // everywhere.
    if (is_lossless(written) && info->channels == written->channels)
        FUZZ_REQUIRE(!memcmp(found, pixels, bytes), "what was written is read as something else");
    const twc_info whole = *info;
    twc_reader_close(reader);
    fuzz_rows(file, &whole, found, index, plan);
    free(found);
}

void fuzz_write(const fuzz_image *image, const twc_reader *reader, const uint8_t plan[FUZZ_PLAN]) {
    twc_writer_options options = options_of(image, plan);
    if (!(plan[1] & 15) || (plan[1] & 15) > TWC_WEBP) return;
    size_t count = twc_reader_block_count(reader);
    twc_block *blocks = __real_malloc((count + 1) * sizeof *blocks);
    for (size_t index = 0; index < count; index++) {
        blocks[options.block_count] = twc_reader_block(reader, index);
        if (has_place(options.format, blocks[options.block_count].kind)) options.block_count++;
    }
    options.blocks = blocks;
    uint8_t *pixels = converted(image, options.channels, options.depth);
    int file = fuzz_file_with(FUZZ_OUTPUT, NULL, 0);
    fuzz_fault fault = fuzz_fault_of(plan);
    if (fault == FUZZ_WRITER_MEMORY) fuzz_fail_allocation(plan[2] % 32 + 1);
    if (fault == FUZZ_WRITER_DISK) fuzz_limit_files(plan[2] * 16);
    twc_writer *writer;
    twc_status status = twc_writer_open(file, &options, &writer);
    FUZZ_REQUIRE(!status.code == !!writer, "writer %p with code %d", (void *)writer, (int)status.code);
    free(blocks);
    if (!status.code) status = write_pixels(writer, &options, pixels, plan[3]);
    if (!status.code) status = twc_writer_finish(writer);
    fuzz_fail_allocation(0);
    if (fault == FUZZ_WRITER_DISK) fuzz_limit_files(UINT64_MAX);
    fuzz_check_status(&status);
    // The limit of a file's size must not be reported as a full disk.
    FUZZ_REQUIRE(status.code != TWC_DISK_FULL, "%s", status.reason);
    for (size_t index = 0; writer && index < twc_writer_note_count(writer); index++)
        fuzz_check_text(twc_writer_note(writer, index), 480);
    if (!status.code) {
        const twc_row_index index = twc_writer_row_index(writer);
        read_back(file, &options, pixels, index.count ? &index : NULL, plan);
    }
    twc_writer_close(writer);
    free(pixels);
}
