// Reads an image file in the ways that the plan chooses, compares the results, and writes some of them. Compiled once
// for each format, with FUZZ_FORMAT set to its number.
#include "fuzz.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Most runs refuse images above the first limit. A few go up to the second.
enum { SMALL_PIXELS = 1 << 12, LARGE_PIXELS = 4 << 20, COMPARED_PIXELS = 1 << 13, WRITTEN_PIXELS = 1 << 12 };

typedef enum { ALL, ODD_ROWS, SINGLE_ROWS, REGIONS } way;

static twc_status open_reader(
    const uint8_t *data, size_t count, const uint8_t *plan, uint32_t threads, twc_reader **reader) {
    const twc_reader_options options = {
        .maximum_side = 1 << 16,
        .maximum_pixels = plan[0] >> 4 == 15 && fuzz_one_of(data, count, 64) ? LARGE_PIXELS : SMALL_PIXELS,
        .page = plan[0] & 8 ? plan[3] & 3 : -1,
        .scratch = plan[3] & 4 || FUZZ_FORMAT != TWC_JPEG ? -1 : fuzz_file_with(FUZZ_SCRATCH, NULL, 0),
        .threads = threads,
        .overview = FUZZ_FORMAT == TWC_TIFF && plan[3] >> 3 == 31 ? 1 : 0};
    twc_status status = twc_reader_open(fuzz_file_with(FUZZ_INPUT, data, count), &options, reader);
    fuzz_check_status(&status);
    FUZZ_REQUIRE(!status.code == !!*reader, "reader %p with code %d", (void *)*reader, (int)status.code);
    if (status.code) return status;
    const twc_info *info = twc_reader_info(*reader);
    FUZZ_REQUIRE(info->width && info->height && (uint64_t)info->width * info->height <= options.maximum_pixels
        && info->width <= options.maximum_side && info->height <= options.maximum_side, "%u×%u", info->width,
        info->height);
    FUZZ_REQUIRE(info->channels == 1 || info->channels == 3 || info->channels == 4, "%u channels", info->channels);
    FUZZ_REQUIRE(info->depth == 8 || info->depth == 16, "%u bits", info->depth);
    FUZZ_REQUIRE(info->stored_depth >= 1 && info->stored_depth <= 16, "%u stored bits", info->stored_depth);
    FUZZ_REQUIRE(info->orientation >= 1 && info->orientation <= 8, "orientation %u", info->orientation);
    FUZZ_REQUIRE(info->page < info->pages, "page %u of %u", info->page, info->pages);
    FUZZ_REQUIRE(!info->is_gray_alpha || info->channels == 4, "gray with alpha in %u channels", info->channels);
    FUZZ_REQUIRE(info->block_height, "no height of blocks");
    return status;
}

static twc_status read_rows(twc_reader *reader, uint8_t *pixels, uint32_t step, size_t row_bytes) {
    uint32_t height = twc_reader_info(reader)->height;
    for (uint32_t top = 0; top < height; top += step) {
        uint32_t count = height - top < step ? height - top : step;
        // Each read gets a buffer of its own, so that a sample written beyond its end is noticed.
        uint8_t *rows = __real_malloc(count * row_bytes);
        memset(rows, 0x5A, count * row_bytes);
        twc_status status = twc_reader_rows(reader, rows, row_bytes, count);
        memcpy(pixels + top * row_bytes, rows, count * row_bytes);
        free(rows);
        if (status.code) return status;
    }
    return twc_ok();
}

static twc_status read_regions(twc_reader *reader, uint8_t *pixels, uint32_t side, size_t row_bytes) {
    const twc_info *info = twc_reader_info(reader);
    size_t pixel = info->channels * info->depth / 8;
    for (uint32_t y = 0; y < info->height; y += side)
        for (uint32_t x = 0; x < info->width; x += side) {
            uint32_t width = info->width - x < side ? info->width - x : side;
            uint32_t height = info->height - y < side ? info->height - y : side;
            uint8_t *region = __real_malloc(width * pixel * height);
            memset(region, 0xC3, width * pixel * height);
            twc_status status = twc_reader_region(reader, x, y, width, height, region, width * pixel);
            for (uint32_t row = 0; row < height; row++)
                memcpy(pixels + (y + row) * row_bytes + x * pixel, region + row * width * pixel, width * pixel);
            free(region);
            if (status.code) return status;
        }
    return twc_ok();
}

static int stop(void *left, uint32_t complete) { return complete && !(*(int *)left)--; }

static twc_status read_all(twc_reader *reader, uint8_t *pixels, uint8_t detail, size_t row_bytes) {
    int left = detail >> 6 == 3 ? 1 : 1000000;
    return twc_reader_all(reader, pixels, row_bytes, stop, &left);
}

static twc_status read_pixels(twc_reader *reader, uint8_t *pixels, way way, uint8_t detail) {
    const twc_info *info = twc_reader_info(reader);
    size_t row_bytes = twc_row_bytes(info);
    uint32_t step = (detail >> 3 & 7) * 2 + 3;
    if (way == ALL || info->needs_whole_buffer) return read_all(reader, pixels, detail, row_bytes);
    if (way == REGIONS && info->has_regions) {
        uint32_t largest = info->width > info->height ? info->width : info->height;
        return read_regions(reader, pixels, step * 5 + largest / 8, row_bytes);
    }
    return read_rows(reader, pixels, way == SINGLE_ROWS ? 1 : step, row_bytes);
}

static void check_notes_and_blocks(const twc_reader *reader) {
    for (size_t index = 0; index < twc_reader_note_count(reader); index++)
        fuzz_check_text(twc_reader_note(reader, index), 480);
    for (size_t index = 0; index < twc_reader_block_count(reader); index++) {
        twc_block block = twc_reader_block(reader, index);
        FUZZ_REQUIRE(block.kind >= TWC_ICC && block.kind <= TWC_TIFF_FIELD, "kind %d", (int)block.kind);
        FUZZ_REQUIRE(block.bytes, "block without an address");
    }
}

/// Reads the file in one way. If that succeeds and `writes` is true, also writes the image unless it is large. The
/// pixels are null if the file cannot be opened.
static fuzz_image read_image(
    const uint8_t *data, size_t count, const uint8_t *plan, way way, bool writes, twc_status *status) {
    twc_reader *reader;
    fuzz_image image = {0};
    if (fuzz_fault_of(plan) == FUZZ_READER_MEMORY) fuzz_fail_allocation(plan[2] % 64 + 1);
    // Every second way uses threads, so that reading with and without threads is compared.
    *status = open_reader(data, count, plan, way & 1 ? (plan[3] >> 6) + 1u : 1, &reader);
    if (status->code) {
        fuzz_fail_allocation(0);
        return image;
    }
    image.info = *twc_reader_info(reader);
    size_t bytes = twc_row_bytes(&image.info) * image.info.height;
    image.pixels = __real_malloc(bytes);
    FUZZ_REQUIRE(image.pixels, "memory for the pixels");
    memset(image.pixels, way == ALL ? 0xA5 : 0x5A, bytes);
    *status = read_pixels(reader, image.pixels, way, plan[3]);
    if (!status->code) *status = twc_reader_finish(reader);
    fuzz_fail_allocation(0);
    fuzz_check_status(status);
    check_notes_and_blocks(reader);
    if (!status->code && writes && (uint64_t)image.info.width * image.info.height <= WRITTEN_PIXELS)
        fuzz_write(&image, reader, plan);
    twc_reader_close(reader);
    return image;
}

typedef twc_cmyk *opener(const twc_block *profile, uint32_t depth, bool is_inverted, twc_notes *notes);
opener __real_twc_cmyk_open, __wrap_twc_cmyk_open;

static bool uses_profiles;

/// Most runs ignore CMYK profiles. Preparing one takes as long as a hundred runs, and the target `metadata` does it
/// often enough.
twc_cmyk *__wrap_twc_cmyk_open(const twc_block *profile, uint32_t depth, bool is_inverted, twc_notes *notes) {
    return uses_profiles ? __real_twc_cmyk_open(profile, depth, is_inverted, notes) : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < FUZZ_PLAN + 16 || twc_format_of(data, size - FUZZ_PLAN) != FUZZ_FORMAT) return -1;
    size -= FUZZ_PLAN;
    const uint8_t *plan = data + size;
    twc_status first, second;
    way way = plan[0] & 3;
    uses_profiles = fuzz_one_of(data, size, 256);
    fuzz_image image = read_image(data, size, plan, way, fuzz_one_of(data, size, 16), &first);
    bool compares = plan[0] & 4 && fuzz_fault_of(plan) != FUZZ_READER_MEMORY && fuzz_one_of(data, size, 3);
    if (image.pixels && compares && (uint64_t)image.info.width * image.info.height <= COMPARED_PIXELS) {
        fuzz_image other = read_image(data, size, plan, (way + 1) & 3, false, &second);
        FUZZ_REQUIRE(other.pixels, "opened once, but not again: %s", second.reason);
        if (first.code != TWC_STOPPED && second.code != TWC_STOPPED)
            FUZZ_REQUIRE(!first.code == !second.code, "way %d: %s; next way: %s", way, first.code ? first.reason : "ok",
                second.code ? second.reason : "ok");
        if (!first.code && !second.code)
            FUZZ_REQUIRE(!memcmp(image.pixels, other.pixels, twc_row_bytes(&image.info) * image.info.height),
                "pixels differ between two ways of reading, from %d on", way);
        free(other.pixels);
    }
    free(image.pixels);
    return 0;
}
