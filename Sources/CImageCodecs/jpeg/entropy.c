// Finds damage that the library does not report. Damaged data is often decoded as other, valid codes. The results show
// it: brightness that no image has, and bits that are left over, or missing, behind the last block.
#include "jpeg.h"
#include <stdlib.h>

/// The beginning of the private state of the library's Huffman decoder. It is the same in all versions from 1.5 to 3.1.
typedef struct {
    struct jpeg_entropy_decoder methods;
    size_t bits;
    int count;
} huffman_state;

/// Eight times the level of white, and a little more, because encoders that sharpen coefficients exceed it slightly.
enum { BRIGHTEST = 1024 + 128 };

static twc_jpeg_reader *reader_of(j_decompress_ptr library) {
    return twc_jpeg_state_of((j_common_ptr)library)->reader;
}

static void check_brightness(j_decompress_ptr library, JBLOCKROW *blocks) {
    for (int index = 0; index < library->blocks_in_MCU; index++) {
        const jpeg_component_info *component = library->cur_comp_info[library->MCU_membership[index]];
        int step = component->quant_table->quantval[0] << (library->progressive_mode ? library->Al : 0);
        int level = abs(blocks[index][0][0]) * component->quant_table->quantval[0];
        if (level > BRIGHTEST + step)
            twc_jpeg_fail((j_common_ptr)library, twc_jpeg_damage_here(reader_of(library), "is damaged"));
    }
}

/// Checks the end of a scan: after the last block, less than a byte may be left, and its bits must be equal.
static void check_rest(twc_jpeg_reader *reader) {
    const huffman_state *state = (const huffman_state *)(const void *)reader->library.entropy;
    int count = state->count;
    reader->is_behind_data = !reader->library.unread_marker;
    if (count <= 0 || count > (int)sizeof(size_t) * 8) return;
    size_t mask = count == (int)sizeof(size_t) * 8 ? SIZE_MAX : ((size_t)1 << count) - 1;
    size_t rest = state->bits & mask;
    bool is_padding = true;
    for (int at = 0; at < count / 8; at++) {
        uint8_t byte = (uint8_t)(rest >> 8 * at);
        is_padding &= byte == 0 || byte == 0xFF;
    }
    // The first bits fill the current byte.
    size_t last = rest >> (count / 8 * 8), ones = ((size_t)1 << count % 8) - 1;
    if (count / 8 > TWC_JPEG_HARMLESS_REST && !is_padding)
        twc_jpeg_fail((j_common_ptr)&reader->library,
            twc_damage(0, "pixel data is damaged: there are bytes after the last row"));
    if (last && last != ones)
        twc_note(&reader->common.notes, "the last bits of the pixel data are irregular: it may be damaged");
}

static boolean decode(j_decompress_ptr library, JBLOCKROW *blocks) {
    twc_jpeg_reader *reader = reader_of(library);
    if (!reader->decode_mcu(library, blocks)) return FALSE;
    bool has_brightness = !library->progressive_mode || (library->Ss == 0 && library->Ah == 0);
    if (has_brightness) check_brightness(library, blocks);
    if (++reader->mcus == (uint64_t)library->MCUs_per_row * library->MCU_rows_in_scan && !library->arith_code)
        check_rest(reader);
    return TRUE;
}

/// Installs the checks again, because each scan can bring another decoder.
static void start_scan(j_decompress_ptr library) {
    twc_jpeg_reader *reader = reader_of(library);
    reader->mcus = 0;
    reader->is_behind_data = false;
    reader->start_scan(library);
    if (library->entropy->decode_mcu != decode) reader->decode_mcu = library->entropy->decode_mcu;
    library->entropy->decode_mcu = decode;
}

void twc_jpeg_entropy_install(twc_jpeg_reader *reader) {
    struct jpeg_entropy_decoder *entropy = reader->library.entropy;
    if (reader->decode_mcu) return;
    reader->decode_mcu = entropy->decode_mcu;
    reader->start_scan = entropy->start_pass;
    entropy->decode_mcu = decode;
    entropy->start_pass = start_scan;
}
