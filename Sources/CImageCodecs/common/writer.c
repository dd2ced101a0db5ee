// The public calls, over the methods of each format. All rules are checked here once.
#include "codec.h"
#include <stdlib.h>

static twc_writer_opener opener(twc_format format) {
    switch (format) {
        case TWC_PNG: return twc_png_create;
        case TWC_JPEG: return twc_jpeg_create;
        case TWC_BMP: return twc_bmp_create;
        case TWC_TIFF: return twc_tiff_create;
        case TWC_WEBP: return twc_webp_create;
    }
    return NULL;
}

static bool is_sound(const twc_writer_options *options) {
    return options->width && options->height && (options->channels == 1 || options->channels == 3
        || options->channels == 4) && (options->depth == 8 || options->depth == 16) && options->quality <= 100
        && options->level <= 9 && options->tile_side % 16 == 0 && (options->blocks || !options->block_count)
        && (!options->is_gray_alpha || options->channels == 4) && (!options->overviews || options->tile_side);
}

twc_status twc_writer_open(int file, const twc_writer_options *options, twc_writer **writer) {
    twc_sink sink;
    *writer = NULL;
    twc_writer_opener open = opener(options->format);
    if (!open || !is_sound(options)) return twc_failure(TWC_MISUSE, "an image that cannot be written");
    twc_status status = twc_sink_open(&sink, file);
    return status.code ? status : open(&sink, options, writer);
}

twc_writer *twc_writer_allocate(
    size_t bytes, const twc_writer_methods *methods, twc_sink *sink, const twc_writer_options *options) {
    twc_writer *writer = calloc(1, bytes);
    if (!writer) {
        twc_sink_close(sink);
        return NULL;
    }
    writer->methods = methods;
    writer->sink = *sink;
    writer->options = *options;
    *sink = (twc_sink){.file = -1};
    for (size_t index = 0; index < options->block_count; index++) {
        const twc_block *block = &options->blocks[index];
        twc_blocks_add(
            &writer->blocks, &writer->notes, block->kind, block->tag, block->type, block->bytes, block->count);
    }
    writer->options.blocks = writer->blocks.blocks;
    writer->options.block_count = writer->blocks.count;
    return writer;
}

static size_t row_bytes(const twc_writer_options *options) {
    return (size_t)options->width * options->channels * (options->depth / 8);
}

static twc_status fail(twc_writer *writer, twc_status status) {
    if (status.code) writer->has_failed = true;
    return status;
}

twc_status twc_writer_rows(twc_writer *writer, const void *rows, size_t stride, uint32_t count) {
    if (writer->has_failed || writer->has_tiles || count > writer->options.height - writer->next_row
        || stride < row_bytes(&writer->options))
        return fail(writer, twc_failure(TWC_MISUSE, "rows that the writer cannot take"));
    if (!count) return twc_ok();
    twc_status status = writer->methods->rows(writer, rows, stride, count);
    if (!status.code) writer->next_row += count;
    return fail(writer, status);
}

twc_status twc_writer_tile(
    twc_writer *writer, uint32_t level, uint32_t column, uint32_t row, const void *pixels, size_t stride) {
    if (writer->has_failed || !writer->methods->tile || !writer->options.tile_side || writer->next_row
        || level > writer->options.overviews)
        return fail(writer, twc_failure(TWC_MISUSE, "a tile that the writer cannot take"));
    writer->has_tiles = true;
    return fail(writer, writer->methods->tile(writer, level, column, row, pixels, stride));
}

twc_status twc_writer_finish(twc_writer *writer) {
    if (writer->has_failed || (!writer->has_tiles && writer->next_row != writer->options.height))
        return fail(writer, twc_failure(TWC_MISUSE, "rows are missing, or the writer has failed before"));
    twc_status status = writer->methods->finish(writer);
    writer->has_finished = !status.code;
    return fail(writer, status);
}

bool twc_writer_index_begin(twc_writer *writer, uint32_t band_rows, uint32_t bands) {
    writer->band_rows = band_rows;
    writer->offsets = malloc((bands + (size_t)1) * sizeof *writer->offsets);
    return writer->offsets != NULL;
}

twc_row_index twc_writer_row_index(const twc_writer *writer) {
    const twc_block *exif = twc_blocks_first(writer->blocks.blocks, writer->blocks.count, TWC_EXIF);
    bool is_upright = !exif || twc_exif_orientation(exif->bytes, exif->count) == 1;
    if (!writer->offsets || !writer->has_finished || !is_upright) return (twc_row_index){.count = 0};
    return (twc_row_index){
        .band_rows = writer->band_rows, .count = writer->offset_count, .offsets = writer->offsets};
}

size_t twc_writer_note_count(const twc_writer *writer) { return writer->notes.count; }
const char *twc_writer_note(const twc_writer *writer, size_t index) { return writer->notes.entries[index].text; }

void twc_writer_close(twc_writer *writer) {
    if (!writer) return;
    writer->methods->close(writer);
    twc_blocks_free(&writer->blocks);
    free(writer->offsets);
    twc_sink_close(&writer->sink);
    free(writer);
}
