// Reads some rows of a written file without the others.
#include "fuzz.h"
#include <stdlib.h>
#include <string.h>

/// Compares rows of a written file with the whole image.
/// - index: the index that the writer gave; null if it gave none.
static void check_regions(
    int file, const twc_info *whole, const uint8_t *pixels, const twc_row_index *index, uint8_t chance) {
    const bool has_bands = whole->format == TWC_PNG || whole->format == TWC_JPEG;
    const bool is_readable = whole->orientation == 1 && (has_bands ? index != NULL : whole->format != TWC_WEBP);
    const size_t row_bytes = twc_row_bytes(whole);
    FUZZ_REQUIRE(index || whole->format != TWC_PNG || whole->orientation != 1, "a PNG file without an index");
    for (uint32_t turn = 0; turn < 4; turn++) {
        const twc_reader_options options = {.maximum_side = 1 << 16, .maximum_pixels = 1 << 20, .page = -1,
            .scratch = -1, .threads = turn};
        // One row, some rows, all rows from `first` on, and all rows.
        uint32_t first = turn == 3 ? 0 : (uint32_t)(chance * (turn + 1)) % whole->height, left = whole->height - first;
        uint32_t count = turn == 0 ? 1 : turn == 1 ? 1 + chance / 3u % left : left;
        twc_reader *reader;
        twc_status status = twc_reader_open_rows(file, &options, first, count, index, &reader);
        fuzz_check_status(&status);
        FUZZ_REQUIRE(!status.code == !!reader, "reader %p with code %d", (void *)reader, (int)status.code);
        FUZZ_REQUIRE(!status.code == is_readable, "rows from %u, %u of them: %s", first, count, status.reason);
        if (status.code) continue;
        FUZZ_REQUIRE(twc_reader_info(reader)->height == count, "%u rows", twc_reader_info(reader)->height);
        FUZZ_REQUIRE(twc_row_bytes(twc_reader_info(reader)) == row_bytes, "rows of another kind");
        uint8_t *rows = __real_malloc(count * row_bytes);
        status = chance & 1 ? twc_reader_all(reader, rows, row_bytes, NULL, NULL)
            : twc_reader_rows(reader, rows, row_bytes, count);
        if (!status.code) status = twc_reader_finish(reader);
        FUZZ_REQUIRE(!status.code, "rows from %u, %u of them, cannot be read: %s", first, count, status.reason);
        FUZZ_REQUIRE(!memcmp(rows, pixels + first * row_bytes, count * row_bytes), "rows from %u, %u of them, differ",
            first, count);
        free(rows);
        twc_reader_close(reader);
    }
}

/// Reads rows with an index that is wrong in one number. The only guarantee is that this ends, with rows or a reason.
static void check_wrong_index(int file, const twc_info *whole, const twc_row_index *right, const uint8_t *plan) {
    const twc_reader_options options = {.maximum_side = 1 << 16, .maximum_pixels = 1 << 20, .page = -1, .scratch = -1,
        .threads = plan[2] & 3};
    uint64_t *offsets = __real_malloc((right->count + 1) * sizeof *offsets);
    memcpy(offsets, right->offsets, right->count * sizeof *offsets);
    twc_row_index index = *right;
    index.offsets = offsets;
    uint64_t *changed = &offsets[plan[2] % right->count];
    switch (plan[3] & 3) {
        case 0: *changed += (uint64_t)(int64_t)(int8_t)plan[2]; break;
        case 1: *changed = (uint64_t)plan[2] << (plan[3] >> 2 & 63); break;
        case 2: *changed = offsets[plan[3] % right->count]; break;
        case 3: index.band_rows = index.band_rows + plan[2] - 128u; break;
    }
    const uint32_t first = (uint32_t)plan[2] * plan[3] % whole->height, count = 1 + plan[2] % (whole->height - first);
    twc_reader *reader;
    twc_status status = twc_reader_open_rows(file, &options, first, count, &index, &reader);
    fuzz_check_status(&status);
    if (!status.code) {
        const size_t row_bytes = twc_row_bytes(twc_reader_info(reader));
        uint8_t *rows = __real_malloc(count * row_bytes);
        status = twc_reader_rows(reader, rows, row_bytes, count);
        if (!status.code) status = twc_reader_finish(reader);
        fuzz_check_status(&status);
        free(rows);
        twc_reader_close(reader);
    }
    FUZZ_REQUIRE(!status.code || status.code == TWC_DAMAGED || status.code == TWC_UNSUPPORTED, "%s", status.reason);
    free(offsets);
}

void fuzz_rows(
    int file, const twc_info *whole, const uint8_t *pixels, const twc_row_index *index,
    const uint8_t plan[FUZZ_PLAN]) {
    check_regions(file, whole, pixels, index, plan[3]);
    if (index) check_wrong_index(file, whole, index, plan);
}
