// Opens a TIFF file: finds the page, lets libtiff read its directory, and closes everything.
#include "tiff.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static tmsize_t client_read(thandle_t handle, void *bytes, tmsize_t count) {
    twc_tiff_reader *reader = (twc_tiff_reader *)handle;
    twc_source *source = &reader->base.source;
    if (!reader->addition || source->offset < reader->addition_offset)
        return (tmsize_t)twc_source_read(source, bytes, (size_t)count);
    uint64_t skipped = source->offset - reader->addition_offset;
    if (skipped >= reader->addition_bytes) return 0;
    size_t left = reader->addition_bytes - (size_t)skipped, part = (size_t)count < left ? (size_t)count : left;
    memcpy(bytes, reader->addition + skipped, part);
    twc_source_seek(source, source->offset + part);
    return (tmsize_t)part;
}

static toff_t client_size(thandle_t handle) {
    const twc_tiff_reader *reader = (const twc_tiff_reader *)handle;
    return reader->addition ? reader->addition_offset + reader->addition_bytes : reader->base.source.size;
}

static tmsize_t client_write(thandle_t handle, void *bytes, tmsize_t count) {
    (void)handle, (void)bytes, (void)count;
    return -1;
}

static toff_t client_seek(thandle_t handle, toff_t offset, int whence) {
    twc_source *source = &((twc_tiff_reader *)handle)->base.source;
    if (whence == SEEK_CUR) offset += source->offset;
    if (whence == SEEK_END) offset += client_size(handle);
    twc_source_seek(source, offset);
    return offset;
}

static int client_close(thandle_t handle) {
    (void)handle;
    return 0;
}

static void close_reader(twc_reader *base) {
    twc_tiff_reader *reader = (twc_tiff_reader *)base;
    if (reader->tiff) TIFFClose(reader->tiff);
    twc_tiff_directory_free(&reader->directory);
    if (reader->slots)
        for (size_t index = 0; index < (size_t)reader->slot_rows * reader->layout.across; index++)
            free(reader->slots[index].pixels);
    free(reader->slots);
    free(reader->addition);
    free(reader->stored);
    free(reader->decoded);
    free(reader->samples);
    free(reader->inks);
    if (reader->alpha_scale != reader->color_scale) free(reader->alpha_scale);
    free(reader->color_scale);
    free(reader->code_scale);
    free(reader->palette);
    free(reader->ycbcr);
    twc_cmyk_close(reader->cmyk);
    twc_lab_close(reader->lab);
    twc_tiff_old_jpeg_close(reader->old_jpeg);
}

static twc_status finish(twc_reader *base) { return twc_tiff_old_jpeg_finish((twc_tiff_reader *)base); }

static const twc_reader_methods methods = {
    .rows = twc_tiff_rows, .region = twc_tiff_region, .finish = finish, .close = close_reader};

/// Makes libtiff read the directory of the page, and no directory before it.
static twc_status read_directory(twc_tiff_reader *reader) {
    TIFFOpenOptions *options = twc_tiff_options(&reader->messages);
    if (!options) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for the file");
    twc_source_seek(&reader->base.source, 0);
    // Reads the header only, without mapping memory or chopping strips, because we read by offset ourselves.
    reader->tiff = TIFFClientOpenExt("", "rhmc", (thandle_t)reader, client_read, client_write,
        client_seek, client_close, client_size, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    if (!reader->tiff)
        return twc_damage(0, "the header cannot be read: %s", twc_tiff_reason(&reader->messages));
    twc_tiff_messages_reset(&reader->messages);
    if (TIFFSetSubDirectory(reader->tiff, reader->offset_for_libtiff)) return twc_ok();
    if (reader->base.source.error) return twc_system_failure(reader->base.source.error, "the file cannot be read");
    return twc_damage(0, "the directory at byte %llu cannot be read: %s", (unsigned long long)reader->offset,
        twc_tiff_reason(&reader->messages));
}

static twc_status open_page(twc_tiff_reader *reader) {
    twc_reader *base = &reader->base;
    uint64_t first;
    reader->input = (twc_tiff_input){.source = &base->source, .size = base->source.size};
    if (!twc_tiff_read_header(&reader->input, &first))
        return twc_damage(0, "the header of the TIFF file is cut short or contradicts itself");
    twc_tiff_pages pages;
    twc_status status = twc_tiff_find_page(
        &reader->input, first, base->options.page, base->options.overview, &pages, &base->notes);
    if (status.code) return status;
    reader->offset = reader->offset_for_libtiff = pages.offset;
    base->info.page = pages.page;
    base->info.pages = pages.pages;
    if (!twc_tiff_directory_read(&reader->input, pages.offset, &reader->directory))
        return twc_damage(0, "the directory at byte %llu cannot be read",
            (unsigned long long)pages.offset);
    if (reader->directory.is_unsorted)
        twc_note(&base->notes, "the fields of the directory are not in the order of their numbers");
    status = twc_tiff_check(reader);
    if (status.code) return status;
    bool is_old_jpeg = twc_tiff_field(&reader->input, &reader->directory, TIFFTAG_COMPRESSION, 0) == COMPRESSION_OJPEG;
    // Old-style JPEG is read without libtiff.
    status = is_old_jpeg ? twc_tiff_open_old_jpeg(reader) : read_directory(reader);
    if (!status.code && !is_old_jpeg) status = twc_tiff_describe(reader);
    if (status.code) return status;
    twc_tiff_read_metadata(reader);
    if (is_old_jpeg) return twc_ok();
    return twc_tiff_prepare_colors(reader);
}

twc_status twc_tiff_open(twc_source *source, const twc_reader_options *options, twc_reader **result) {
    twc_tiff_reader *reader = (twc_tiff_reader *)twc_reader_allocate(sizeof *reader, &methods, source, options);
    *result = NULL;
    if (!reader) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a reader");
    reader->base.info.format = TWC_TIFF;
    twc_status status = open_page(reader);
    // Old-style JPEG is one stream, however its strips are cut.
    reader->base.info.has_regions = reader->layout.mode != TWC_TIFF_SCANLINES && !reader->old_jpeg;
    reader->base.can_seek = reader->base.info.has_regions;
    if (status.code)
        twc_reader_close(&reader->base);
    else
        *result = &reader->base;
    return status;
}
