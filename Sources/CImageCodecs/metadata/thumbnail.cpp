#include "thumbnail.hpp"
#include "structure.h"
#include <algorithm>

/// The entries of a directory that lies in the block as a whole, with its link; else 0.
static size_t whole_entries(const twc_structure &block, size_t directory) {
    size_t count = twc_structure_entries(&block, directory);
    return count && count == twc_structure_16(&block, directory)
            && twc_structure_has(&block, directory + 2 + count * TWC_ENTRY_BYTES, 4)
        ? count : 0;
}

bool tilework::remove_thumbnail(std::vector<uint8_t> &bytes) {
    enum { STRIPS = 0x0111, THUMBNAIL_OFFSET = 0x0201, THUMBNAIL_SIZE = 0x0202 };
    twc_structure block;
    bool has_strips = false;
    if (!twc_structure_open(&block, bytes.data(), bytes.size())) return false;
    size_t first = twc_structure_32(&block, 4), count = whole_entries(block, first);
    if (!count) return false;
    size_t link = first + 2 + count * TWC_ENTRY_BYTES, second = twc_structure_32(&block, link), start = 0, size = 0;
    if (!second) return false;
    count = whole_entries(block, second);
    for (size_t entry = second + 2; count; count--, entry += TWC_ENTRY_BYTES) {
        if (twc_structure_16(&block, entry) == THUMBNAIL_OFFSET) start = twc_structure_32(&block, entry + 8);
        if (twc_structure_16(&block, entry) == THUMBNAIL_SIZE) size = twc_structure_32(&block, entry + 8);
        has_strips |= twc_structure_16(&block, entry) == STRIPS;
    }
    bool has_thumbnail = has_strips || (start && size);
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(link), 4, uint8_t(0));
    // Only data that begins as a JPEG file is certainly a thumbnail.
    if (start < link + 4 || size < 4 || !twc_structure_has(&block, start, size)) return has_thumbnail;
    if (bytes[start] != 0xFF || bytes[start + 1] != 0xD8) return has_thumbnail;
    // Up to three bytes of padding can follow the last value.
    if (bytes.size() - start - size <= 3) bytes.resize(start);
    else std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(start), size, uint8_t(0));
    return has_thumbnail;
}
