#ifndef TILEWORK_THUMBNAIL_HPP
#define TILEWORK_THUMBNAIL_HPP

#include <cstdint>
#include <vector>

namespace tilework {

/// Ends the chain of directories of an EXIF block after the first, and removes the JPEG thumbnail of the second. A
/// thumbnail at the block's end is cut off; elsewhere it is filled with zeros. Nothing else moves.
/// - Returns: whether the second directory has a thumbnail.
bool remove_thumbnail(std::vector<uint8_t> &block);

}
#endif
