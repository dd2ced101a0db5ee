// Distinguishes damage from harmless irregularities.
#include "jpeg.h"

static uint32_t height_of_mcu(const struct jpeg_decompress_struct *library) {
    return (uint32_t)library->max_v_samp_factor * DCTSIZE;
}

static uint32_t current_row(const twc_jpeg_reader *reader) {
    const struct jpeg_decompress_struct *library = &reader->library;
    uint32_t row = (reader->zeros ? reader->zeros_row : library->input_iMCU_row) * height_of_mcu(library);
    return row < library->image_height ? row : library->image_height - 1;
}

twc_status twc_jpeg_damage_here(const twc_jpeg_reader *reader, const char *what) {
    const struct jpeg_decompress_struct *library = &reader->library;
    uint32_t row = current_row(reader);
    // Each scan adds to all rows, so without the later scans no row can be trusted.
    if (reader->common.info.needs_all_data)
        return twc_damage(0, "pixel data %s in scan %d", what, library->input_scan_number);
    // Upsampling of the row above reads this row of MCUs, too.
    int64_t first = row && library->max_v_samp_factor > 1 ? (int64_t)row - 1 : row;
    return twc_damage(first, "pixel data %s at row %u of %u", what, row + twc_rows_above(&reader->common),
        twc_whole_height(&reader->common));
}

/// Whether the bytes before the marker that was read last are padding.
static bool is_padding(twc_jpeg_reader *reader, uint64_t count) {
    uint64_t end = twc_jpeg_offset(reader);
    twc_source *source = &reader->common.source;
    if (reader->has_ended || end < count + 2) return reader->has_ended;
    uint64_t offset = source->offset, at = end - 2 - count;
    bool is_padding = true;
    while (is_padding && at < end - 2) {
        uint8_t part[4096];
        size_t left = (size_t)(end - 2 - at < sizeof part ? end - 2 - at : sizeof part);
        twc_source_seek(source, at);
        if (twc_source_read(source, part, left) < left) break;
        for (size_t index = 0; index < left; index++) is_padding &= part[index] == 0 || part[index] == 0xFF;
        at += left;
    }
    twc_source_seek(source, offset);
    return is_padding;
}

void twc_jpeg_on_rest(twc_jpeg_reader *reader, uint32_t count, int marker) {
    twc_notes *notes = &reader->common.notes;
    j_common_ptr library = (j_common_ptr)&reader->library;
    bool is_between_markers = !reader->at_restart && !reader->is_behind_data;
    reader->is_behind_data = false;
    reader->has_skipped = true;
    if (!is_between_markers && !is_padding(reader, count)) {
        if (reader->at_restart) twc_jpeg_fail(library, twc_jpeg_damage_here(reader, "is damaged"));
        reader->rest_is_damage = count > TWC_JPEG_HARMLESS_REST;
        if (reader->rest_is_damage)
            twc_jpeg_fail(library, twc_damage(0, "pixel data is damaged: there are bytes after the last row"));
    }
    twc_note(notes, "%u bytes %s marker 0x%02X were ignored", count,
        is_between_markers ? "before" : "between the pixel data and", (unsigned)marker);
}

void twc_jpeg_warning(twc_jpeg_reader *reader) {
    const struct jpeg_error_mgr *errors = &reader->state.errors;
    const int *parameters = errors->msg_parm.i;
    j_common_ptr library = (j_common_ptr)&reader->library;
    twc_notes *notes = &reader->common.notes;
    switch (errors->msg_code) {
        case JWRN_EXTRANEOUS_DATA: twc_jpeg_on_rest(reader, (uint32_t)parameters[0], parameters[1]); return;
        case JWRN_ADOBE_XFORM:
            twc_note(notes, "an unknown color transform of Adobe (%d) was ignored", parameters[0]);
            return;
        case JWRN_JFIF_MAJOR:
            twc_note(notes, "an unknown version of JFIF (%d.%02d) was ignored", parameters[0], parameters[1]);
            return;
        case JWRN_NOT_SEQUENTIAL:
            twc_note(notes, "parameters of progressive coding in a sequential file were ignored");
            return;
        case JWRN_BOGUS_PROGRESSION:
            twc_jpeg_fail(library, twc_damage(0, "scan %d of the progressive file does not fit those before it",
                reader->library.input_scan_number));
        case JWRN_HIT_MARKER:
            twc_jpeg_fail(library, twc_jpeg_damage_here(reader,
                reader->has_ended || reader->library.unread_marker == JPEG_EOI ? "ends" : "is damaged"));
        case JWRN_MUST_RESYNC:
            twc_jpeg_fail(library, twc_jpeg_damage_here(reader,
                reader->has_ended || parameters[0] == JPEG_EOI ? "ends" : "is damaged"));
        default: twc_jpeg_fail(library, twc_jpeg_damage_here(reader, "is damaged"));
    }
}

twc_status twc_jpeg_check_scans(twc_jpeg_reader *reader) {
    const struct jpeg_decompress_struct *library = &reader->library;
    for (int component = 0; component < library->num_components; component++) {
        const int *left = library->progressive_mode ? library->coef_bits[component] : NULL;
        // A component gets its quantization table with its first scan.
        if (!library->comp_info[component].quant_table || (left && left[0] < 0))
            return twc_damage(0, "pixel data of component %d of %d is missing", component + 1, library->num_components);
        for (int index = 0; left && index < DCTSIZE2; index++) {
            if (left[index] > 0 || (left[index] < 0 && (reader->has_ended || reader->has_skipped)))
                return twc_damage(0, "pixel data ends after scan %d: finer scans are missing",
                    library->input_scan_number);
            if (left[index] < 0)
                twc_note(&reader->common.notes, "the progressive file has no scans for the finest details");
        }
    }
    return twc_ok();
}
