// Checks a directory against the data that the file holds, and against the limits of its compression.
#include "tiff.h"

/// Refuses images of several slices. They have one directory, but are many images.
static twc_status check_depth(const twc_tiff_reader *reader) {
    uint64_t slices = twc_tiff_field(&reader->input, &reader->directory, TIFFTAG_IMAGEDEPTH, 1);
    uint64_t a_tile = twc_tiff_field(&reader->input, &reader->directory, TIFFTAG_TILEDEPTH, 1);
    if (slices < a_tile) slices = a_tile;
    return slices <= 1 || reader->has_broken_depth ? twc_ok()
        : twc_failure(TWC_UNSUPPORTED, "a TIFF file of a volume (%llu slices) cannot be read",
            (unsigned long long)slices);
}

static twc_status check_fax(const twc_tiff_layout *layout) {
    switch (layout->compression) {
        case COMPRESSION_CCITTRLE: case COMPRESSION_CCITTRLEW: case COMPRESSION_CCITTFAX3: case COMPRESSION_CCITTFAX4:
            if (layout->bits != 1 || (layout->samples > 1 && !layout->is_planar))
                return twc_failure(TWC_UNSUPPORTED,
                    "a TIFF file with CCITT compression and other samples than 1 of 1 bit cannot be read");
    }
    return twc_ok();
}

/// Checks the lengths of all strips or tiles. If the writer of a file was stopped, all lengths are often missing. If a
/// file does not say how many bits a sample has, that is 1 by definition, but strips may then have more data than fits.
static twc_status check_lengths(twc_tiff_reader *reader) {
    const twc_tiff_layout *layout = &reader->layout;
    const char *word = twc_tiff_block_name(layout);
    uint64_t total = (uint64_t)layout->across * layout->down * layout->planes, full = layout->block_bytes;
    bool is_plain = layout->compression == COMPRESSION_NONE, is_stored = false, is_long = false;
    for (uint64_t index = 0; index < total && (is_plain ? !is_long : !is_stored); index++) {
        uint64_t count = reader->has_counts ? TIFFGetStrileByteCount(reader->tiff, (uint32_t)index) : 0;
        is_stored = is_stored || count || TIFFGetStrileOffset(reader->tiff, (uint32_t)index);
        // Up to three bytes of padding can fill a word.
        is_long = is_plain && count / 2 >= full && count - full > 3;
    }
    if (!is_stored) return twc_damage(0, "no %s of the image is stored: the file was not written to its end", word);
    if (is_long && !twc_tiff_find(&reader->directory, TIFFTAG_BITSPERSAMPLE))
        return twc_damage(0, "the file does not say how many bits a sample has, and stores more than 1");
    if (is_long) twc_note(&reader->base.notes, "%ss have more bytes than their rows need; the rest was ignored", word);
    return twc_ok();
}

twc_status twc_tiff_check_contradictions(twc_tiff_reader *reader) {
    twc_status status = check_depth(reader);
    if (!status.code) status = check_fax(&reader->layout);
    return status.code ? status : check_lengths(reader);
}
