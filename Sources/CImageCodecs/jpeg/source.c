// The bytes of the file for the library.
//
// At the end of its data, an arithmetic decoder takes zeros without an error. So it gets data only up to the next
// marker, and then zeros that are counted here. A valid file needs few of them.
#include "jpeg.h"
#include <string.h>

/// The number of zeros that an area of one color at the end can need: some until the coder has adapted, then at most
/// one for each 130,000 blocks. With one scan the rows are checked, too; with several, this number alone decides. Valid
/// scans were seen to need 10.
enum {
    PLAIN_ZEROS = 256, PLAIN_ZEROS_OF_ROW = 12, PLAIN_ZEROS_OF_SCANS = 32, NOTED_ZEROS_OF_SCANS = 14,
    BLOCKS_OF_ZERO = 1 << 14
};

static twc_jpeg_reader *reader_of(j_decompress_ptr library) {
    return twc_jpeg_state_of((j_common_ptr)library)->reader;
}

static bool is_in_arithmetic_data(const twc_jpeg_reader *reader) {
    const struct jpeg_decompress_struct *library = &reader->library;
    return library->arith_code && reader->phase == TWC_JPEG_PIXELS && !reader->at_restart
        && library->input_iMCU_row < library->total_iMCU_rows;
}

/// Gives the library `count` consecutive bytes of the buffer.
static void give(twc_jpeg_reader *reader, const uint8_t *bytes, size_t count) {
    reader->input.next_input_byte = bytes;
    reader->input.bytes_in_buffer = count;
}

/// Reads more bytes behind the held ones. False at the end of the file.
static bool load(twc_jpeg_reader *reader) {
    twc_source *source = &reader->common.source;
    memmove(reader->buffer, reader->ungiven, reader->held);
    size_t more = twc_source_read(source, reader->buffer + reader->held, TWC_JPEG_BUFFER - reader->held);
    reader->ungiven = reader->buffer;
    reader->held += more;
    if (source->error)
        twc_jpeg_fail((j_common_ptr)&reader->library, twc_system_failure(source->error, "the file cannot be read"));
    return more > 0;
}

static void give_held(twc_jpeg_reader *reader, size_t count) {
    give(reader, reader->ungiven, count);
    reader->ungiven += count;
    reader->held -= count;
}

/// How many held bytes are entropy-coded data before the next marker. A last 0xFF waits for the byte after it.
static size_t data_before_marker(const twc_jpeg_reader *reader) {
    size_t index = 0;
    while (index < reader->held) {
        const uint8_t *found = memchr(reader->ungiven + index, 0xFF, reader->held - index);
        if (!found) return reader->held;
        index = (size_t)(found - reader->ungiven);
        if (index + 1 == reader->held || reader->ungiven[index + 1] != 0) return index;
        index += 2;
    }
    return index;
}

static bool has_zero_left(twc_jpeg_reader *reader) {
    const struct jpeg_decompress_struct *library = &reader->library;
    if (!reader->zeros++) reader->zeros_row = library->input_iMCU_row;
    uint64_t rows = library->input_iMCU_row - reader->zeros_row;
    uint64_t blocks = rows * library->MCUs_per_row * (uint64_t)library->blocks_in_MCU;
    bool is_one_scan = !reader->common.info.needs_all_data;
    // The lowest bits of brightness are stored as they are, one a block, so plain areas can be any number of zeros.
    if (!is_one_scan && library->Ss == 0 && library->Ah > 0) return true;
    if (!is_one_scan && reader->zeros > NOTED_ZEROS_OF_SCANS + blocks / BLOCKS_OF_ZERO)
        twc_note(&reader->common.notes,
            "arithmetic-coded data of scan %d ends early: what follows is plain, or missing", library->input_scan_number);
    uint32_t limit = !is_one_scan ? PLAIN_ZEROS_OF_SCANS : rows ? PLAIN_ZEROS : PLAIN_ZEROS_OF_ROW;
    return reader->zeros <= limit + blocks / BLOCKS_OF_ZERO;
}

static void fill_arithmetic(twc_jpeg_reader *reader) {
    static const uint8_t zero = 0;
    size_t count = data_before_marker(reader);
    if (!count && reader->held < 2 && load(reader)) count = data_before_marker(reader);
    if (count) {
        give_held(reader, count);
        reader->zeros = 0;
        return;
    }
    // Without a marker behind the data, the number of missing bytes is unknown.
    if (!reader->held || !has_zero_left(reader))
        twc_jpeg_fail((j_common_ptr)&reader->library, twc_jpeg_damage_here(reader, "ends"));
    give(reader, &zero, 1);
}

static boolean fill(j_decompress_ptr library) {
    static const uint8_t end_marker[2] = {0xFF, JPEG_EOI};
    twc_jpeg_reader *reader = reader_of(library);
    if (is_in_arithmetic_data(reader)) {
        fill_arithmetic(reader);
    } else if (reader->held || load(reader)) {
        // In files with arithmetic coding, markers are read byte by byte, so that the data behind them can be
        // inspected.
        bool is_slow = library->arith_code && reader->phase != TWC_JPEG_HEADER;
        give_held(reader, is_slow ? 1 : reader->held);
    } else {
        if (reader->phase == TWC_JPEG_HEADER)
            twc_jpeg_fail((j_common_ptr)library, twc_damage(0, "the file ends in its header, after %llu bytes",
                (unsigned long long)reader->common.source.size));
        reader->has_ended = true;
        give(reader, end_marker, sizeof end_marker);
    }
    return TRUE;
}

static void skip(j_decompress_ptr library, long count) {
    twc_jpeg_reader *reader = reader_of(library);
    struct jpeg_source_mgr *input = &reader->input;
    if (count <= 0) return;
    size_t left = (size_t)count;
    size_t part = left < input->bytes_in_buffer ? left : input->bytes_in_buffer;
    input->next_input_byte += part;
    input->bytes_in_buffer -= part;
    left -= part;
    part = left < reader->held ? left : reader->held;
    reader->ungiven += part;
    reader->held -= part;
    left -= part;
    if (left) twc_source_seek(&reader->common.source, reader->common.source.offset + left);
}

static void begin(j_decompress_ptr library) { (void)library; }

void twc_jpeg_source_hold(twc_jpeg_reader *reader) {
    reader->ungiven = (uint8_t *)(uintptr_t)reader->input.next_input_byte;
    reader->held = reader->input.bytes_in_buffer;
    reader->input.bytes_in_buffer = 0;
}

void twc_jpeg_source_install(twc_jpeg_reader *reader) {
    reader->ungiven = reader->buffer;
    reader->input = (struct jpeg_source_mgr){
        .init_source = begin, .fill_input_buffer = fill, .skip_input_data = skip,
        .resync_to_restart = jpeg_resync_to_restart, .term_source = begin};
    reader->library.src = &reader->input;
}
