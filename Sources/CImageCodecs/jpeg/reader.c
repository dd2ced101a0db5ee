// Rows of JPEG files, the same as those of imread of OpenCV 4.6.
#include "jpeg.h"
#include <stdlib.h>
#include <string.h>

/// The limit of scans in one file. A decompression bomb has thousands in a few bytes, each over the whole image.
enum { MAXIMUM_SCANS = 500, SURE_SCANS = 64 };
static const uint64_t MAXIMUM_SCANNED_PIXELS = 8000000000;

static twc_jpeg_reader *reader_of(twc_reader *reader) { return (twc_jpeg_reader *)reader; }

static boolean read_restart_marker(j_decompress_ptr library) {
    twc_jpeg_reader *reader = twc_jpeg_state_of((j_common_ptr)library)->reader;
    unsigned *rest = &library->marker->discarded_bytes;
    reader->at_restart = true;
    // Bytes that the decoder has buffered are reported only at the next search for a marker.
    if (*rest && library->unread_marker) {
        twc_jpeg_on_rest(reader, *rest, library->unread_marker);
        *rest = 0;
    }
    boolean is_read = reader->read_restart_marker(library);
    reader->at_restart = false;
    reader->zeros = 0;
    return is_read;
}

static void on_progress(j_common_ptr common) {
    twc_jpeg_reader *reader = twc_jpeg_state_of(common)->reader;
    const struct jpeg_decompress_struct *library = &reader->library;
    twc_jpeg_entropy_install(reader);
    if (library->input_scan_number <= SURE_SCANS) return;
    uint64_t limit = MAXIMUM_SCANNED_PIXELS / ((uint64_t)library->image_width * library->image_height);
    limit = limit < SURE_SCANS ? SURE_SCANS : limit > MAXIMUM_SCANS ? MAXIMUM_SCANS : limit;
    if ((uint64_t)library->input_scan_number > limit)
        twc_jpeg_fail(common, twc_failure(TWC_UNSUPPORTED,
            "a JPEG file of this size with more than %u scans cannot be read", (unsigned)limit));
}

static twc_status read_header(twc_jpeg_reader *reader) {
    j_decompress_ptr library = &reader->library;
    if (setjmp(reader->state.escape)) return reader->state.status;
    jpeg_create_decompress(library);
    twc_jpeg_source_install(reader);
    twc_jpeg_coefficients_install((j_common_ptr)library, reader->common.options.scratch);
    twc_jpeg_segments_install(reader);
    reader->progress.progress_monitor = on_progress;
    library->progress = &reader->progress;
    reader->read_restart_marker = library->marker->read_restart_marker;
    library->marker->read_restart_marker = read_restart_marker;
    jpeg_read_header(library, TRUE);
    reader->phase = TWC_JPEG_PIXELS;
    twc_jpeg_take_late_segments(reader);
    if (library->arith_code) twc_jpeg_source_hold(reader);
    return twc_ok();
}

static twc_status describe_color(twc_info *info, const struct jpeg_decompress_struct *library) {
    switch (library->jpeg_color_space) {
        case JCS_GRAYSCALE: info->color = TWC_GRAY; break;
        case JCS_RGB: info->color = TWC_RGB; break;
        case JCS_YCbCr: info->color = TWC_YCBCR; break;
        case JCS_CMYK: info->color = TWC_CMYK; break;
        case JCS_YCCK: info->color = TWC_YCCK; break;
        default:
            return twc_failure(
                TWC_UNSUPPORTED, "a JPEG file with %d components cannot be read", library->num_components);
    }
    info->is_converted_to_srgb = info->color == TWC_CMYK || info->color == TWC_YCCK;
    info->channels = info->color == TWC_GRAY ? 1 : 3;
    for (int index = 0; index < library->num_components; index++) {
        const jpeg_component_info *component = &library->comp_info[index];
        if (library->max_h_samp_factor % component->h_samp_factor
            || library->max_v_samp_factor % component->v_samp_factor)
            return twc_failure(TWC_UNSUPPORTED, "a JPEG file with fractional subsampling cannot be read");
    }
    return twc_ok();
}

/// The resolution: JFIF's, else EXIF's, else Photoshop's.
static twc_density density(const twc_jpeg_reader *reader) {
    const struct jpeg_decompress_struct *library = &reader->library;
    const twc_blocks *blocks = &reader->common.blocks;
    const twc_block *exif = twc_blocks_first(blocks->blocks, blocks->count, TWC_EXIF);
    twc_density said = {.x = library->X_density, .y = library->Y_density,
        .unit = library->density_unit == 1 ? TWC_UNIT_INCH : library->density_unit == 2 ? TWC_UNIT_CENTIMETRE
            : TWC_UNIT_NONE};
    // JFIF has square pixels without a unit if the resolution is unknown.
    bool is_void = !library->saw_JFIF_marker || !said.x || !said.y || (said.unit == TWC_UNIT_NONE && said.x == said.y);
    if (!is_void) return said;
    if (exif) said = twc_exif_density(exif->bytes, exif->count);
    const twc_buffer *photoshop = &reader->segments.photoshop;
    return exif && said.x > 0 ? said : twc_photoshop_density(photoshop->bytes, photoshop->count);
}

static twc_status describe(twc_jpeg_reader *reader) {
    const struct jpeg_decompress_struct *library = &reader->library;
    twc_info *info = &reader->common.info;
    twc_status status = twc_check_size(&reader->common.options, library->image_width, library->image_height);
    if (!status.code) status = describe_color(info, library);
    if (status.code) return status;
    info->format = TWC_JPEG;
    info->width = info->block_width = library->image_width;
    info->height = library->image_height;
    info->block_height = (uint32_t)library->max_v_samp_factor * DCTSIZE;
    info->depth = info->stored_depth = 8;
    info->needs_all_data = jpeg_has_multiple_scans((j_decompress_ptr)&reader->library);
    twc_jpeg_segments_publish(reader);
    info->density = density(reader);
    if (library->num_components == 4) {
        reader->ink = malloc((size_t)info->width * 4 * TWC_JPEG_INK_ROWS);
        if (!reader->ink) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for rows of the JPEG image");
        const twc_blocks *blocks = &reader->common.blocks;
        const twc_block *profile = twc_blocks_first(blocks->blocks, blocks->count, TWC_ICC);
        reader->cmyk = twc_cmyk_open(profile, 8, true, &reader->common.notes);
    }
    return twc_ok();
}

static void start(twc_jpeg_reader *reader) {
    j_decompress_ptr library = &reader->library;
    library->out_color_space = library->num_components == 4 ? JCS_CMYK
        : library->num_components == 1 ? JCS_GRAYSCALE : JCS_EXT_BGR;
    library->dct_method = JDCT_ISLOW;
    library->do_fancy_upsampling = TRUE;
    jpeg_start_decompress(library);
    twc_jpeg_entropy_install(reader);
    reader->has_started = true;
    if (!reader->common.info.needs_all_data) return;
    twc_status status = twc_jpeg_check_scans(reader);
    if (status.code) twc_jpeg_fail((j_common_ptr)library, status);
}

/// Checks rows behind the end of arithmetic-coded data. They are valid only if each row has one color, because such
/// rows need no data.
static void check_plain(twc_jpeg_reader *reader, uint32_t top, const JSAMPROW *rows, uint32_t count) {
    size_t samples = (size_t)reader->library.output_width * (size_t)reader->library.output_components;
    size_t pixel = (size_t)reader->library.output_components;
    uint32_t first = (reader->zeros_row + 1) * reader->common.info.block_height + 1;
    for (uint32_t index = 0; index < count; index++)
        if (top + index >= first && memcmp(rows[index], rows[index] + pixel, samples - pixel) != 0)
            twc_jpeg_fail((j_common_ptr)&reader->library, twc_jpeg_damage_here(reader, "ends"));
}

/// Reads some of the next rows, at most `count`. Returns their number.
static uint32_t read_some(twc_jpeg_reader *reader, uint8_t *rows, size_t stride, uint32_t count) {
    JSAMPROW targets[16];
    uint32_t limit = reader->ink ? TWC_JPEG_INK_ROWS : 16, width = reader->common.info.width;
    if (count > limit) count = limit;
    for (uint32_t index = 0; index < count; index++)
        targets[index] = reader->ink ? reader->ink + (size_t)index * width * 4 : rows + index * stride;
    uint32_t top = reader->library.output_scanline;
    uint32_t done = jpeg_read_scanlines(&reader->library, targets, count);
    if (reader->zeros > TWC_JPEG_SOUND_ZEROS && !reader->common.info.needs_all_data)
        check_plain(reader, top, targets, done);
    for (uint32_t index = 0; reader->ink && index < done; index++)
        twc_cmyk_to_bgr(reader->cmyk, targets[index], rows + index * stride, width, 8, true);
    return done;
}

/// Not inlined, because its variables change after the setjmp of its caller.
__attribute__((noinline)) static void read_all(twc_jpeg_reader *reader, uint8_t *rows, size_t stride, uint32_t count) {
    if (!reader->has_started) start(reader);
    while (count) {
        uint32_t done = read_some(reader, rows, stride, count);
        rows += done * stride;
        count -= done;
    }
}

/// Takes rows from bands as long as the bands are sound. After that, the library decodes the file again from its first
/// row, to find the reason.
__attribute__((noinline)) static uint32_t read_bands(
    twc_jpeg_reader *reader, uint8_t *rows, size_t stride, uint32_t count) {
    if (!reader->has_started && !reader->bands && !reader->common.next_row)
        reader->bands = twc_jpeg_readbands_open(reader);
    if (!reader->bands) return 0;
    uint32_t done = twc_jpeg_readbands_rows(reader->bands, rows, stride, count);
    if (done == count) return done;
    twc_jpeg_readbands_close(reader->bands);
    reader->bands = NULL;
    // Rows that were given before are decoded into the same place and dropped.
    for (uint32_t row = 0; row < reader->common.next_row; row++) read_all(reader, rows, stride, 1);
    read_all(reader, rows, stride, done);
    return done;
}

static twc_status read_rows(twc_reader *common, uint8_t *rows, size_t stride, uint32_t count) {
    twc_jpeg_reader *reader = reader_of(common);
    if (setjmp(reader->state.escape)) return reader->state.status;
    uint32_t done = read_bands(reader, rows, stride, count);
    read_all(reader, rows + done * stride, stride, count - done);
    return twc_ok();
}

static twc_status finish(twc_reader *common) {
    twc_jpeg_reader *reader = reader_of(common);
    if (common->next_row < common->info.height || reader->phase == TWC_JPEG_TAIL) return twc_ok();
    reader->phase = TWC_JPEG_TAIL;
    // Behind the last band there is only the end marker.
    if (reader->bands) return twc_ok();
    if (setjmp(reader->state.escape)) {
        // All rows are there, so only damage of pixels that was found late still matters.
        if (reader->state.status.code != TWC_DAMAGED || reader->rest_is_damage) return reader->state.status;
        twc_note(&common->notes, "what follows the pixels cannot be read and was ignored");
        return twc_ok();
    }
    jpeg_finish_decompress(&reader->library);
    twc_jpeg_segments_publish(reader);
    if (reader->has_ended) twc_note(&common->notes, "the end marker of the JPEG file is missing; all rows are there");
    else twc_jpeg_note_trailer(reader);
    return twc_ok();
}

static void close_reader(twc_reader *common) {
    twc_jpeg_reader *reader = reader_of(common);
    twc_jpeg_readbands_close(reader->bands);
    jpeg_destroy_decompress(&reader->library);
    twc_jpeg_coefficients_close(&reader->state.coefficients);
    twc_jpeg_segments_close(&reader->segments);
    twc_cmyk_close(reader->cmyk);
    free(reader->ink);
}

twc_status twc_jpeg_open(twc_source *source, const twc_reader_options *options, twc_reader **opened) {
    static const twc_reader_methods methods = {.rows = read_rows, .finish = finish, .close = close_reader};
    twc_reader *common = twc_reader_allocate(sizeof(twc_jpeg_reader), &methods, source, options);
    if (!common) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a JPEG reader");
    twc_jpeg_reader *reader = reader_of(common);
    reader->state.reader = reader;
    twc_jpeg_errors_install(&reader->state, (j_common_ptr)&reader->library);
    twc_status status = read_header(reader);
    if (!status.code) status = describe(reader);
    if (status.code) twc_reader_close(common);
    else *opened = common;
    return status;
}
