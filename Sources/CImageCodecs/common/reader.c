// The public calls, over the methods of each format. All rules are checked here once.
#include "codec.h"
#include <stdlib.h>
#include <string.h>

int twc_format_of(const uint8_t *b, size_t count) {
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    if (count >= 8 && memcmp(b, png, 8) == 0) return TWC_PNG;
    if (count >= 3 && b[0] == 0xFF && b[1] == 0xD8 && b[2] == 0xFF) return TWC_JPEG;
    if (count >= 12 && memcmp(b, "RIFF", 4) == 0 && memcmp(b + 8, "WEBP", 4) == 0) return TWC_WEBP;
    if (count >= 4 && memcmp(b, "II", 2) == 0 && (b[2] == 42 || b[2] == 43) && b[3] == 0) return TWC_TIFF;
    if (count >= 4 && memcmp(b, "MM", 2) == 0 && b[2] == 0 && (b[3] == 42 || b[3] == 43)) return TWC_TIFF;
    // Two letters alone identify too little, so the size of the header, which has few valid values, is checked too.
    if (count >= 16 && memcmp(b, "BM", 2) == 0 && b[15] == 0 && b[14] >= 12) return TWC_BMP;
    return 0;
}

static twc_opener opener(int format) {
    switch (format) {
        case TWC_PNG: return twc_png_open;
        case TWC_JPEG: return twc_jpeg_open;
        case TWC_BMP: return twc_bmp_open;
        case TWC_TIFF: return twc_tiff_open;
        case TWC_WEBP: return twc_webp_open;
        default: return NULL;
    }
}

twc_status twc_reader_open(int file, const twc_reader_options *options, twc_reader **reader) {
    twc_source source;
    uint8_t head[TWC_FOREIGN_HEAD];
    *reader = NULL;
    twc_status status = twc_source_open(&source, file);
    if (status.code) return status;
    size_t count = twc_source_read(&source, head, sizeof head);
    int format = twc_format_of(head, count);
    twc_opener open = opener(format);
    bool has_page = (options->page <= 0 && !options->overview) || format == TWC_TIFF;
    if (open && has_page) {
        twc_source_seek(&source, 0);
        return open(&source, options, reader);
    }
    status = open && options->overview
        ? twc_failure(TWC_UNSUPPORTED, "an overview was asked for; a file of this format has none")
        : open ? twc_failure(TWC_UNSUPPORTED, "page %d was asked for; a file of this format has one", options->page)
        : source.error ? twc_system_failure(source.error, "the file cannot be read")
        : source.size == 0 ? twc_failure(TWC_NOT_AN_IMAGE, "the file is empty")
        : twc_foreign_refusal(head, count);
    twc_source_close(&source);
    return status;
}

twc_reader *twc_reader_allocate(
    size_t bytes, const twc_reader_methods *methods, twc_source *source, const twc_reader_options *options) {
    twc_reader *reader = calloc(1, bytes);
    if (!reader) {
        twc_source_close(source);
        return NULL;
    }
    reader->methods = methods;
    reader->source = *source;
    reader->options = *options;
    reader->info.orientation = 1;
    reader->info.pages = 1;
    reader->info.block_height = 1;
    *source = (twc_source){.file = -1};
    return reader;
}

twc_status twc_check_size(const twc_reader_options *options, uint64_t width, uint64_t height) {
    if (!width || !height)
        return twc_failure(TWC_DAMAGED, "the header says the image is %llu×%llu pixels; a side has 1 at least", (unsigned long long)width,
            (unsigned long long)height);
    if (width > options->maximum_side || height > options->maximum_side)
        return twc_failure(TWC_UNSUPPORTED, "the image is %llu×%llu pixels; a side can be %u pixels at most",
            (unsigned long long)width, (unsigned long long)height, options->maximum_side);
    if (width * height > options->maximum_pixels)
        return twc_failure(TWC_UNSUPPORTED, "the image is %llu×%llu pixels; %llu pixels can be decoded",
            (unsigned long long)width, (unsigned long long)height, (unsigned long long)options->maximum_pixels);
    return twc_ok();
}

const twc_info *twc_reader_info(const twc_reader *reader) {
    return reader->part ? &reader->part->info : &reader->info;
}

static twc_status fail(twc_reader *reader, twc_status status) {
    if (!status.code) return status;
    if (status.row >= 0) status.row += twc_rows_above(reader);
    // Orientation 2 mirrors rows and keeps their order.
    if (status.code == TWC_DAMAGED && status.row >= 0 && reader->info.orientation > 2 && !reader->has_failed) {
        static const char words[] = " (rows are counted as stored, before the image is turned upright)";
        if (strlen(status.reason) + sizeof words <= sizeof status.reason) strcat(status.reason, words);
    }
    reader->has_failed = true;
    return status;
}

twc_status twc_reader_rows(twc_reader *reader, void *rows, size_t stride, uint32_t count) {
    const twc_info *info = &reader->info;
    if (reader->has_failed || info->needs_whole_buffer || count > twc_rows_left(reader)
        || stride < twc_row_bytes(info))
        return fail(reader, twc_failure(TWC_MISUSE, "rows that the reader cannot give"));
    if (!count) return twc_ok();
    twc_status status = twc_part_begin(reader);
    if (!status.code) status = reader->methods->rows(reader, rows, stride, count);
    if (status.code) return fail(reader, status);
    reader->next_row += count;
    return fail(reader, twc_part_end(reader));
}

twc_status twc_reader_all(
    twc_reader *reader, void *pixels, size_t stride, twc_progress progress, void *context) {
    const twc_info *info = twc_reader_info(reader);
    if (reader->has_failed || twc_rows_left(reader) < info->height || stride < twc_row_bytes(info))
        return fail(reader, twc_failure(TWC_MISUSE, "an image that the reader cannot give"));
    if (reader->methods->all) {
        twc_status status = reader->methods->all(reader, pixels, stride, progress, context);
        if (!status.code) reader->next_row = info->height;
        return fail(reader, status);
    }
    uint32_t block = info->block_height < 16 ? 16 : info->block_height;
    for (uint32_t left; (left = twc_rows_left(reader));) {
        uint32_t done = info->height - left, count = left < block ? left : block;
        twc_status status = twc_reader_rows(reader, (uint8_t *)pixels + (size_t)done * stride, stride, count);
        if (status.code) return status;
        if (progress && progress(context, done + count))
            return fail(reader, twc_failure(TWC_STOPPED, "reading was stopped"));
    }
    return twc_ok();
}

twc_status twc_reader_region(
    twc_reader *reader, uint32_t x, uint32_t y, uint32_t width, uint32_t height, void *pixels, size_t stride) {
    const twc_info *info = twc_reader_info(reader);
    if (reader->has_failed || !info->has_regions || !width || !height || x >= info->width || y >= info->height
        || width > info->width - x || height > info->height - y
        || stride < (size_t)width * info->channels * (info->depth / 8))
        return fail(reader, twc_failure(TWC_MISUSE, "a region that the reader cannot give"));
    return fail(reader, reader->methods->region(reader, x, y, width, height, pixels, stride));
}

twc_status twc_reader_finish(twc_reader *reader) {
    if (reader->has_failed) return twc_failure(TWC_MISUSE, "the reader has failed before");
    // The end of a composed file was checked with its last wanted row.
    if (reader->part && reader->part->head) return twc_ok();
    return reader->methods->finish ? fail(reader, reader->methods->finish(reader)) : twc_ok();
}

size_t twc_reader_note_count(const twc_reader *reader) { return reader->notes.count; }
const char *twc_reader_note(const twc_reader *reader, size_t index) { return reader->notes.entries[index].text; }
const char *twc_reader_note_plain(const twc_reader *reader, size_t index) {
    const twc_note_entry *entry = &reader->notes.entries[index];
    return *entry->plain ? entry->plain : entry->text;
}
bool twc_reader_note_is_metadata(const twc_reader *reader, size_t index) {
    return reader->notes.entries[index].is_about_metadata;
}
size_t twc_reader_block_count(const twc_reader *reader) { return reader->blocks.count; }
twc_block twc_reader_block(const twc_reader *reader, size_t index) { return reader->blocks.blocks[index]; }

void twc_reader_close(twc_reader *reader) {
    if (!reader) return;
    reader->methods->close(reader);
    twc_blocks_free(&reader->blocks);
    twc_source_close(&reader->source);
    twc_part_free(reader->part);
    free(reader);
}
