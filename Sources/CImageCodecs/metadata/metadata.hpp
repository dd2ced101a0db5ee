// Declarations that this folder shares: exiv2 without messages to stderr, and without exceptions that leave the folder.
#ifndef TILEWORK_METADATA_HPP
#define TILEWORK_METADATA_HPP

#include "../common/codec.h"
#include <cstdlib>
#include <cstring>
#include <exiv2/exiv2.hpp>
#include <new>
#include <string>

namespace tilework {

/// Sends exiv2's messages of this thread to `last_message` from now on, and clears it.
void listen();

/// The first error that exiv2 reported since `listen`, in one line; empty if there was none.
const std::string &last_message();

/// Copies bytes for a C caller, who frees them. Null if there are none.
inline twc_status give(const void *bytes, size_t count, twc_bytes *result) {
    if (!count) return twc_ok();
    result->bytes = static_cast<uint8_t *>(std::malloc(count));
    if (!result->bytes) throw std::bad_alloc();
    std::memcpy(result->bytes, bytes, count);
    result->count = count;
    return twc_ok();
}

/// Adds a sentence to a status without an error. It becomes a note.
void add_note(twc_status &status, const std::string &sentence);

/// Runs an edit. Any exception becomes a status that names the block: "EXIF block", "XMP packet".
template <typename Edit>
twc_status guarded(const char *name, size_t count, twc_bytes *result, Edit edit) {
    *result = twc_bytes();
    if (!count) return twc_ok();
    if (count > TWC_MAXIMUM_METADATA) return twc_failure(TWC_UNSUPPORTED, "%s is too large", name);
    try {
        listen();
        return edit();
    } catch (const std::bad_alloc &) {
        return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for the %s", name);
    } catch (const std::exception &error) {
        return twc_failure(TWC_DAMAGED, "%s cannot be edited: %.150s", name, error.what());
    } catch (...) {
        return twc_failure(TWC_DAMAGED, "%s cannot be edited", name);
    }
}

}
#endif
