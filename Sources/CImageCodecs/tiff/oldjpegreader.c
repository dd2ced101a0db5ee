// Rows of old-style JPEG, read by the reader of JPEG files.
#include "tiff.h"
#include <stdlib.h>

/// Takes over the stream reader's notes, except those about junk, because that is the rest of the TIFF file.
static void take_notes(twc_tiff_reader *reader) {
    const twc_notes *notes = &reader->old_jpeg->reader->notes;
    for (size_t index = 0; index < notes->count; index++)
        if (!notes->entries[index].is_about_metadata && !notes->entries[index].is_about_junk)
            twc_note(&reader->base.notes, "%s", notes->entries[index].text);
    if (reader->old_jpeg->reader->blocks.count)
        twc_note_metadata(&reader->base.notes, "what the JPEG stream within the TIFF file says beside its pixels was "
            "left out");
}

static twc_status describe(twc_tiff_reader *reader) {
    const twc_info *jpeg = &reader->old_jpeg->reader->info;
    twc_info *info = &reader->base.info;
    twc_tiff_layout *layout = &reader->layout;
    info->width = (uint32_t)twc_tiff_field(&reader->input, &reader->directory, TIFFTAG_IMAGEWIDTH, 0);
    info->height = (uint32_t)twc_tiff_field(&reader->input, &reader->directory, TIFFTAG_IMAGELENGTH, 0);
    layout->samples = (uint16_t)twc_tiff_field(&reader->input, &reader->directory, TIFFTAG_SAMPLESPERPIXEL, 1);
    layout->photometric = (uint16_t)twc_tiff_field(&reader->input, &reader->directory, TIFFTAG_PHOTOMETRIC,
        layout->samples == 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_YCBCR);
    // Some streams are padded to whole MCUs in height.
    if (jpeg->width != info->width || jpeg->height < info->height || jpeg->channels != layout->samples)
        return twc_damage(0,
            "the JPEG stream has %u×%u pixels of %u samples; the directory says %u×%u of %u",
            jpeg->width, jpeg->height, jpeg->channels, info->width, info->height, layout->samples);
    bool is_gray = layout->photometric <= PHOTOMETRIC_MINISBLACK;
    bool is_color = layout->photometric == PHOTOMETRIC_YCBCR || layout->photometric == PHOTOMETRIC_RGB;
    if (layout->samples == 1 ? !is_gray : !is_color)
        return twc_failure(TWC_UNSUPPORTED, "a TIFF file with old-style JPEG compression and color kind number %u "
            "cannot be read", layout->photometric);
    info->channels = jpeg->channels;
    info->depth = info->stored_depth = 8;
    info->color = jpeg->color;
    info->needs_all_data = jpeg->needs_all_data;
    info->block_width = info->width;
    uint64_t orientation = twc_tiff_field(&reader->input, &reader->directory, TIFFTAG_ORIENTATION, 1);
    info->orientation = orientation >= 1 && orientation <= 8 ? (uint32_t)orientation : 1;
    return twc_ok();
}

twc_status twc_tiff_open_old_jpeg(twc_tiff_reader *reader) {
    twc_tiff_old_jpeg *jpeg = reader->old_jpeg = calloc(1, sizeof *jpeg);
    twc_source source;
    if (!jpeg) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a reader");
    twc_status status = twc_tiff_compose_old_jpeg(reader, jpeg);
    if (!status.code) status = twc_source_compose(&source, reader->base.source.file, jpeg->pieces, jpeg->count);
    if (!status.code) status = twc_jpeg_open(&source, &reader->base.options, &jpeg->reader);
    if (!status.code) status = describe(reader);
    if (!status.code) take_notes(reader);
    return status;
}

twc_status twc_tiff_old_jpeg_rows(twc_tiff_reader *reader, uint8_t *rows, size_t stride, uint32_t count) {
    twc_status status = twc_reader_rows(reader->old_jpeg->reader, rows, stride, count);
    size_t row_bytes = twc_row_bytes(&reader->base.info);
    for (uint32_t row = 0; !status.code && row < count && reader->layout.photometric == PHOTOMETRIC_MINISWHITE; row++)
        for (size_t index = 0; index < row_bytes; index++) rows[row * stride + index] ^= 0xFF;
    take_notes(reader);
    return status;
}

twc_status twc_tiff_old_jpeg_finish(twc_tiff_reader *reader) {
    twc_tiff_old_jpeg *jpeg = reader->old_jpeg;
    // Rows below the image are not checked.
    if (!jpeg || jpeg->reader->info.height != jpeg->reader->next_row) return twc_ok();
    twc_status status = twc_reader_finish(jpeg->reader);
    take_notes(reader);
    return status;
}

void twc_tiff_old_jpeg_close(twc_tiff_old_jpeg *jpeg) {
    if (!jpeg) return;
    twc_reader_close(jpeg->reader);
    free(jpeg->pieces);
    free(jpeg->header);
    free(jpeg);
}
