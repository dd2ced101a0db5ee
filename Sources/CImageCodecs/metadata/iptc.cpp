#include "metadata.hpp"
#include <vector>

using namespace tilework;

namespace {

bool is_preview(const Exiv2::Iptcdatum &datum) {
    return datum.record() == 2 && datum.tag() >= 200 && datum.tag() <= 202;
}

/// Places, and the object's unique name.
bool is_private(const Exiv2::Iptcdatum &datum) {
    if (datum.record() == 1) return datum.tag() == 100;
    if (datum.record() != 2) return false;
    switch (datum.tag()) {
        case 26: // ContentLocationCode
        case 27: // ContentLocationName
        case 90: // City
        case 92: // SubLocation
        case 95: // ProvinceState
        case 100: // CountryCode
        case 101: // CountryName
            return true;
        default: return false;
    }
}

twc_status edit_iptc(const uint8_t *bytes, size_t count, const twc_edit &edit, twc_bytes *result) {
    // In memory, a record of 5 bytes takes more than a hundred.
    enum { MAXIMUM_BYTES = 2 << 20 };
    if (count > MAXIMUM_BYTES) return twc_failure(TWC_UNSUPPORTED, "IPTC block is too large");
    Exiv2::IptcData data;
    // Exiv2 0.27 ignores the last five bytes, which can be a record without data.
    std::vector<uint8_t> padded(bytes, bytes + count);
    padded.push_back(0);
    if (Exiv2::IptcParser::decode(data, padded.data(), static_cast<uint32_t>(padded.size())) != 0 || data.empty())
        return twc_failure(TWC_DAMAGED, "IPTC block has no records, or none that are whole");
    bool is_changed = false, has_preview = false;
    for (Exiv2::IptcData::iterator datum = data.begin(); datum != data.end();) {
        has_preview |= is_preview(*datum);
        if (is_preview(*datum) || (edit.is_private && is_private(*datum))) {
            datum = data.erase(datum);
            is_changed = true;
        } else {
            ++datum;
        }
    }
    if (!is_changed && !edit.is_private) return give(bytes, count, result);
    twc_status status = twc_ok();
    if (!data.empty()) {
        Exiv2::DataBuf encoded = Exiv2::IptcParser::encode(data);
        status = give(encoded.pData_, static_cast<size_t>(encoded.size_), result);
    }
    if (has_preview)
        std::snprintf(status.reason, sizeof status.reason,
            "the preview in it was left out: it shows the image as it was");
    return status;
}

}

twc_status twc_iptc_edit(const uint8_t *bytes, size_t count, const twc_edit *edit, twc_bytes *result) {
    return guarded("IPTC block", count, result, [&] { return edit_iptc(bytes, count, *edit, result); });
}
