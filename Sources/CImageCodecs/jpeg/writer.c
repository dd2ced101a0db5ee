// Writes rows into JPEG files. With default options the bytes are those of imwrite of OpenCV 4.6, except that large
// files have restart markers.
#include "jpeg.h"
#include <stdlib.h>

static twc_jpeg_writer *writer_of(twc_writer *writer) { return (twc_jpeg_writer *)writer; }

/// Writes the first `count` bytes of the buffer, and empties it.
static void put(j_compress_ptr library, size_t count) {
    twc_jpeg_writer *writer = twc_jpeg_state_of((j_common_ptr)library)->writer;
    if (!twc_sink_write(&writer->common.sink, writer->buffer, count))
        twc_jpeg_fail((j_common_ptr)library, twc_sink_failure(&writer->common.sink));
    writer->output.next_output_byte = writer->buffer;
    writer->output.free_in_buffer = sizeof writer->buffer;
}

static void begin(j_compress_ptr library) { put(library, 0); }

static boolean on_full(j_compress_ptr library) {
    put(library, sizeof(((twc_jpeg_writer *)NULL)->buffer));
    return TRUE;
}

static void end(j_compress_ptr library) {
    put(library, sizeof(((twc_jpeg_writer *)NULL)->buffer) - library->dest->free_in_buffer);
}

void twc_jpeg_configure(j_compress_ptr library, const twc_writer_options *options) {
    library->image_width = options->width;
    library->image_height = options->height;
    library->input_components = (int)options->channels;
    library->in_color_space = options->channels == 1 ? JCS_GRAYSCALE : JCS_EXT_BGR;
    jpeg_set_defaults(library);
    jpeg_set_quality(library, options->quality ? (int)options->quality : 95, TRUE);
    if (options->is_progressive) jpeg_simple_progression(library);
    if (options->subsampling == TWC_SUBSAMPLING_444)
        library->comp_info[0].h_samp_factor = library->comp_info[0].v_samp_factor = 1;
    if (twc_jpeg_has_bands(options)) library->restart_in_rows = 1;
}

static twc_status begin_file(twc_jpeg_writer *writer) {
    const twc_writer_options *options = &writer->common.options;
    j_compress_ptr library = &writer->library;
    if (setjmp(writer->state.escape)) return writer->state.status;
    jpeg_create_compress(library);
    twc_jpeg_coefficients_install((j_common_ptr)library, options->scratch > 0 ? options->scratch : -1);
    writer->output = (struct jpeg_destination_mgr){
        .init_destination = begin, .empty_output_buffer = on_full, .term_destination = end};
    library->dest = &writer->output;
    twc_jpeg_configure(library, options);
    twc_jpeg_write_density(writer);
    jpeg_start_compress(library, TRUE);
    twc_jpeg_write_blocks(writer);
    if (!twc_jpeg_has_bands(options)) return twc_ok();
    // Writes the headers of frame and scan. The bands' data follows them.
    library->master->pass_startup(library);
    end(library);
    return twc_jpeg_bands_open(writer);
}

/// Not inlined, because its variables change after the setjmp of its caller.
__attribute__((noinline)) static void write_all(
    twc_jpeg_writer *writer, const uint8_t *rows, size_t stride, uint32_t count) {
    while (count) {
        // The library does not write to its rows, although its type is not const.
        JSAMPROW sources[16];
        uint32_t part = count < 16 ? count : 16;
        for (uint32_t index = 0; index < part; index++) sources[index] = (uint8_t *)(uintptr_t)(rows + index * stride);
        uint32_t done = jpeg_write_scanlines(&writer->library, sources, part);
        rows += done * stride;
        count -= done;
    }
}

static twc_status write_rows(twc_writer *common, const uint8_t *rows, size_t stride, uint32_t count) {
    twc_jpeg_writer *writer = writer_of(common);
    if (writer->bands) return twc_jpeg_bands_rows(writer->bands, rows, stride, count);
    if (setjmp(writer->state.escape)) return writer->state.status;
    write_all(writer, rows, stride, count);
    return twc_ok();
}

/// Ends the file. With bands it writes only the end marker, because the library has not seen their rows.
static void end_file(twc_jpeg_writer *writer) {
    if (!writer->bands) {
        jpeg_finish_compress(&writer->library);
        return;
    }
    writer->library.marker->write_file_trailer(&writer->library);
    end(&writer->library);
}

static twc_status finish(twc_writer *common) {
    twc_jpeg_writer *writer = writer_of(common);
    if (writer->bands) {
        twc_status status = twc_jpeg_bands_finish(writer->bands);
        if (status.code) return status;
    }
    if (setjmp(writer->state.escape)) return writer->state.status;
    end_file(writer);
    return twc_sink_flush(&common->sink) ? twc_ok() : twc_sink_failure(&common->sink);
}

static void close_writer(twc_writer *common) {
    twc_jpeg_writer *writer = writer_of(common);
    twc_jpeg_bands_close(writer->bands);
    jpeg_destroy_compress(&writer->library);
    twc_jpeg_coefficients_close(&writer->state.coefficients);
    free(writer->packet.bytes);
}

static twc_status check(const twc_writer_options *options) {
    if (options->channels == 4 || options->depth != 8)
        return twc_failure(TWC_MISUSE, "JPEG holds 8 bits, gray or color without alpha");
    if (options->width > JPEG_MAX_DIMENSION || options->height > JPEG_MAX_DIMENSION)
        return twc_failure(TWC_UNSUPPORTED, "the image is %u×%u pixels; a side of a JPEG image can be %d at most",
            options->width, options->height, (int)JPEG_MAX_DIMENSION);
    for (size_t index = 0; index < options->block_count; index++) {
        twc_block_kind kind = options->blocks[index].kind;
        if (kind != TWC_ICC && kind != TWC_EXIF && kind != TWC_XMP && kind != TWC_IPTC)
            return twc_failure(TWC_MISUSE, "JPEG has no place for PNG chunks and TIFF fields");
    }
    return twc_ok();
}

twc_status twc_jpeg_create(twc_sink *sink, const twc_writer_options *options, twc_writer **created) {
    static const twc_writer_methods methods = {.rows = write_rows, .finish = finish, .close = close_writer};
    twc_status status = check(options);
    if (status.code) {
        twc_sink_close(sink);
        return status;
    }
    twc_writer *common = twc_writer_allocate(sizeof(twc_jpeg_writer), &methods, sink, options);
    if (!common) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a JPEG writer");
    twc_jpeg_writer *writer = writer_of(common);
    writer->state.writer = writer;
    twc_jpeg_errors_install(&writer->state, (j_common_ptr)&writer->library);
    status = begin_file(writer);
    if (status.code) twc_writer_close(common);
    else *created = common;
    return status;
}
