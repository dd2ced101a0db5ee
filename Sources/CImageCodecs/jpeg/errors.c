// Turns the library's errors and warnings into statuses and notes. Nothing is printed.
#include "jpeg.h"
#include <ctype.h>
#include <string.h>

void twc_jpeg_fail(j_common_ptr library, twc_status status) {
    twc_jpeg_state *state = twc_jpeg_state_of(library);
    state->status = status;
    longjmp(state->escape, 1);
}

static twc_status refusal(const char *what) {
    return twc_failure(TWC_UNSUPPORTED, "%s cannot be read", what);
}

/// The refusal of a kind of file, by the marker that begins its frame.
static twc_status frame_refusal(int marker) {
    switch (marker) {
        case 0xC3: case 0xCB: return refusal("a lossless JPEG file");
        case 0xC5: case 0xC6: case 0xC7: case 0xCD: case 0xCE: case 0xCF: case 0xDE:
            return refusal("a hierarchical JPEG file");
        case 0xF7: return refusal("a JPEG-LS file");
        case 0xC8: return refusal("a JPEG file with extensions");
        default: return twc_damage(0, "the JPEG file has an unknown marker 0x%02X", (unsigned)marker);
    }
}

static twc_status count_refusal(int components) {
    return twc_failure(TWC_UNSUPPORTED, "a JPEG file with %d components cannot be read", components);
}

static twc_status reading_error(const twc_jpeg_reader *reader, const struct jpeg_error_mgr *errors) {
    const struct jpeg_decompress_struct *library = &reader->library;
    int parameter = errors->msg_parm.i[0];
    switch (errors->msg_code) {
        case JERR_SOF_UNSUPPORTED: case JERR_UNKNOWN_MARKER: return frame_refusal(parameter);
        case JERR_BAD_PRECISION:
            return twc_failure(TWC_UNSUPPORTED, "a %d-bit JPEG file cannot be read", parameter);
        case JERR_EMPTY_IMAGE:
            if (library->image_width && library->num_components)
                return refusal("a JPEG file that tells its height behind the pixels (DNL)");
            return twc_damage(0, "the header says the image is %u×%u pixels with %d components; it needs 1 of each",
                library->image_width, library->image_height, library->num_components);
        case JERR_COMPONENT_COUNT: return count_refusal(parameter);
        case JERR_IMAGE_TOO_BIG:
            return twc_failure(TWC_UNSUPPORTED, "the image is %u×%u pixels; a side of a JPEG image can be %d at most",
                library->image_width, library->image_height, (int)JPEG_MAX_DIMENSION);
        case JERR_FRACT_SAMPLE_NOTIMPL: case JERR_CCIR601_NOTIMPL:
            return refusal("a JPEG file with fractional subsampling");
        case JERR_NO_IMAGE: return twc_damage(0, "the JPEG file has no pixel data");
        default:
            // With more than four components, the scan's header is reported first. The number of components is the real
            // reason.
            return library->marker && library->marker->saw_SOF && library->num_components > 4
                ? count_refusal(library->num_components) : twc_ok();
    }
}

static void on_error(j_common_ptr library) {
    twc_jpeg_state *state = twc_jpeg_state_of(library);
    twc_status status = twc_ok();
    if (library->err->msg_code == JERR_OUT_OF_MEMORY)
        status = twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for the JPEG image");
    else if (state->reader)
        status = reading_error(state->reader, library->err);
    if (!status.code) {
        char message[JMSG_LENGTH_MAX];
        library->err->format_message(library, message);
        if (isupper((unsigned char)message[0]) && !isupper((unsigned char)message[1]))
            message[0] = (char)tolower((unsigned char)message[0]);
        status = state->reader ? twc_damage(0, "the JPEG file is damaged: %s", message)
            : twc_failure(TWC_MISUSE, "the JPEG image cannot be written: %s", message);
    }
    twc_jpeg_fail(library, status);
}

static void on_message(j_common_ptr library, int level) {
    // Messages from level 0 on are traces.
    if (level >= 0) return;
    library->err->num_warnings++;
    twc_jpeg_state *state = twc_jpeg_state_of(library);
    if (state->reader) twc_jpeg_warning(state->reader);
}

static void on_output(j_common_ptr library) { (void)library; }

void twc_jpeg_errors_install(twc_jpeg_state *state, j_common_ptr library) {
    library->err = jpeg_std_error(&state->errors);
    library->client_data = state;
    state->errors.error_exit = on_error;
    state->errors.emit_message = on_message;
    state->errors.output_message = on_output;
}
