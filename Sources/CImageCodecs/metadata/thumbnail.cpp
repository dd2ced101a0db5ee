#include "thumbnail.hpp"
#include "../common/codec.h"
#include <algorithm>
#include <cstring>

namespace {

/// Reads numbers of a TIFF structure within its bounds.
struct Structure {
    std::vector<uint8_t> &bytes;
    bool is_little;

    bool has(size_t offset, size_t count) const { return offset <= bytes.size() && count <= bytes.size() - offset; }
    uint32_t read16(size_t at) const { return is_little ? twc_le16(&bytes[at]) : twc_be16(&bytes[at]); }
    uint32_t read32(size_t at) const { return is_little ? twc_le32(&bytes[at]) : twc_be32(&bytes[at]); }

    /// The directory's number of entries, if all of them and the link after them lie within the block; else 0.
    size_t entries(size_t directory) const {
        if (!has(directory, 2)) return 0;
        size_t count = read16(directory);
        return has(directory + 2, count * 12 + 4) ? count : 0;
    }
};

}

void tilework::remove_thumbnail(std::vector<uint8_t> &block) {
    enum { THUMBNAIL_OFFSET = 0x0201, THUMBNAIL_SIZE = 0x0202 };
    if (block.size() < 14 || (std::memcmp(&block[0], "II", 2) != 0 && std::memcmp(&block[0], "MM", 2) != 0)) return;
    Structure structure = {block, block[0] == 'I'};
    size_t first = structure.read32(4), count = structure.entries(first);
    if (!count) return;
    size_t link = first + 2 + count * 12, second = structure.read32(link), start = 0, size = 0;
    if (!second) return;
    count = structure.entries(second);
    for (size_t entry = second + 2; count; count--, entry += 12) {
        if (structure.read16(entry) == THUMBNAIL_OFFSET) start = structure.read32(entry + 8);
        if (structure.read16(entry) == THUMBNAIL_SIZE) size = structure.read32(entry + 8);
    }
    std::memset(&block[link], 0, 4);
    // Only what begins as a JPEG file is surely no other data.
    if (start < link + 4 || size < 4 || !structure.has(start, size)) return;
    if (block[start] != 0xFF || block[start + 1] != 0xD8) return;
    // Behind the last value, up to three bytes fill it up to an even place.
    if (block.size() - start - size <= 3) block.resize(start);
    else std::fill_n(block.begin() + static_cast<std::ptrdiff_t>(start), size, uint8_t(0));
}
