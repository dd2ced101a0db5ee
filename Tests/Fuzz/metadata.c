// Edits blocks of metadata, reads fields, or uses profiles. The first byte of the plan chooses.
#include "fuzz.h"
#include <stdlib.h>
#include <string.h>

extern bool fuzz_uses_pool;

typedef twc_status (*editor)(const uint8_t *, size_t, const twc_edit *, twc_bytes *);

static twc_bytes edited(editor edit, const uint8_t *bytes, size_t count, const twc_edit *request, twc_status *status) {
    twc_bytes result = {0};
    // The copy has exactly the size of the block, so that a byte read beyond its end is noticed.
    uint8_t *copy = malloc(count ? count : 1);
    if (count) memcpy(copy, bytes, count);
    *status = edit(copy, count, request, &result);
    free(copy);
    fuzz_check_status(status);
    FUZZ_REQUIRE(!status->code || !result.bytes, "bytes with code %d", (int)status->code);
    return result;
}

/// Edits a block, and one result in four again. The second edit must succeed.
static void edit_twice(editor edit, const uint8_t *bytes, size_t count, const uint8_t *plan) {
    const twc_edit request = {
        .width = (plan[1] & 15) * 777 + 1u, .height = (plan[2] & 15) * 5001 + 1u, .is_private = plan[0] & 128,
        .is_turned = plan[0] & 64, .is_converted_to_srgb = plan[2] & 128, .loses_profile = plan[2] & 64};
    twc_status status;
    twc_bytes first = edited(edit, bytes, count, &request, &status);
    if (first.bytes && fuzz_one_of(bytes, count, 4)) {
        twc_bytes second = edited(edit, first.bytes, first.count, &request, &status);
        FUZZ_REQUIRE(!status.code, "an edited block cannot be edited: %s", status.reason);
        if (edit == twc_exif_edit && second.bytes)
            FUZZ_REQUIRE(twc_exif_orientation(second.bytes, second.count) == 1, "an edited block is turned");
        free(second.bytes);
    }
    free(first.bytes);
}

static void use_profile(const uint8_t *bytes, size_t count, const uint8_t *plan) {
    twc_bytes gray = {0}, rgb = {0};
    int color = twc_profile_color(bytes, count);
    twc_status status = twc_profile_gray(bytes, count, &gray);
    fuzz_check_status(&status);
    if (!status.code) FUZZ_REQUIRE(twc_profile_color(gray.bytes, gray.count) == TWC_GRAY, "a gray profile is not gray");
    free(gray.bytes);
    status = twc_profile_rgb(bytes, count, &rgb);
    fuzz_check_status(&status);
    if (!status.code) FUZZ_REQUIRE(twc_profile_color(rgb.bytes, rgb.count) == TWC_RGB, "an RGB profile is not RGB");
    free(rgb.bytes);
    // Preparing a CMYK profile takes as long as a thousand runs.
    if (color != TWC_CMYK || !fuzz_one_of(bytes, count, 512)) return;
    enum { PIXELS = 7 };
    uint32_t depth = plan[1] & 1 ? 16 : 8;
    twc_notes notes = {0};
    const twc_block profile = {.kind = TWC_ICC, .bytes = bytes, .count = count};
    twc_cmyk *cmyk = twc_cmyk_open(&profile, depth, plan[1] & 2, &notes);
    uint8_t ink[PIXELS * 8], bgr[PIXELS * 6];
    for (size_t index = 0; index < sizeof ink; index++) ink[index] = (uint8_t)(index * plan[2]);
    twc_cmyk_to_bgr(cmyk, ink, bgr, PIXELS, depth, plan[1] & 2);
    twc_cmyk_close(cmyk);
}

/// Reads and writes fields that our own code parses, without a library.
static void read_fields(const uint8_t *bytes, size_t count, const uint8_t *plan) {
    static const char kinds[] = "tEXtzTXtiTXt";
    const uint8_t *kind = (const uint8_t *)kinds + plan[1] % 3 * 4;
    twc_exif_orientation(bytes, count);
    twc_exif_density(bytes, count);
    const twc_density density = {plan[2] + 1, plan[2] / 7.0 + 1, TWC_UNIT_INCH};
    twc_bytes made;
    twc_status status = twc_exif_set_density(bytes, count, density, &made);
    fuzz_check_status(&status);
    if (!status.code) FUZZ_REQUIRE(twc_exif_density(made.bytes, made.count).x == density.x, "EXIF without a resolution");
    free(made.bytes);
    twc_png_text_privacy(twc_be32(kind), bytes, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < FUZZ_PLAN) return -1;
    size -= FUZZ_PLAN;
    const uint8_t *plan = data + size;
    fuzz_uses_pool = !fuzz_one_of(data, size, 8);
    switch (plan[0] & 7) {
        case 0: case 1: edit_twice(twc_exif_edit, data, size, plan); break;
        case 2: case 3: edit_twice(twc_xmp_edit, data, size, plan); break;
        case 4: edit_twice(twc_iptc_edit, data, size, plan); break;
        case 5: read_fields(data, size, plan); break;
        default: use_profile(data, size, plan); break;
    }
    return 0;
}
