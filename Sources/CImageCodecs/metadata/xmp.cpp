#include "metadata.hpp"
#include <algorithm>
#include <mutex>

using namespace tilework;

namespace {

/// "LocationCreated" of "LocationCreated[1]/exif:GPSLatitude".
std::string root_of(const std::string &path) { return path.substr(0, path.find_first_of("[/")); }

/// "GPSLatitude" of the same.
std::string leaf_of(const std::string &path) {
    size_t start = path.find_last_of("/:");
    std::string leaf = start == std::string::npos ? path : path.substr(start + 1);
    return leaf.substr(0, leaf.find('['));
}

struct Name {
    const char *group;
    /// Null for all of the group.
    const char *root;
};

template <size_t count>
bool contains(const Name (&names)[count], const std::string &group, const std::string &root) {
    return std::any_of(names, names + count, [&](const Name &name) {
        return group == name.group && (!name.root || root == name.root);
    });
}

/// What is untrue of another image: thumbnails, and pictures, films and extensions stored beside the old one.
bool is_outdated(const std::string &group, const std::string &root) {
    static const Name names[] = {
        {"xmp", "Thumbnails"}, {"xmpNote", "HasExtendedXMP"}, {"hdrgm", nullptr}, {"Container", nullptr},
        {"GContainer", nullptr}, {"GDepth", nullptr}, {"GImage", nullptr}, {"GAudio", nullptr}};
    return contains(names, group, root)
        || (group == "GCamera" && (root.compare(0, 10, "MicroVideo") == 0 || root.compare(0, 11, "MotionPhoto") == 0));
}

/// Positions, serial numbers, owners, maker notes and identities. Authors and rights are credits: they stay.
bool is_private(const std::string &group, const std::string &path) {
    static const Name names[] = {
        {"aux", "OwnerName"}, {"exif", "ImageUniqueID"}, {"exif", "MakerNote"}, {"exifEX", "CameraOwnerName"},
        {"exifEX", "ImageUniqueID"}, {"tiff", "HostComputer"}, {"xmpMM", nullptr}, {"photoshop", "City"},
        {"photoshop", "State"}, {"photoshop", "Country"}, {"iptc", "Location"}, {"iptc", "CountryCode"},
        {"Iptc4xmpCore", "Location"}, {"Iptc4xmpCore", "CountryCode"}, {"iptcExt", "LocationCreated"},
        {"iptcExt", "LocationShown"}, {"Iptc4xmpExt", "LocationCreated"}, {"Iptc4xmpExt", "LocationShown"}};
    if (contains(names, group, root_of(path))) return true;
    // Other namespaces have their own names for the same: drone-dji:GpsLatitude.
    std::string leaf = leaf_of(path);
    std::transform(leaf.begin(), leaf.end(), leaf.begin(), [](unsigned char letter) { return std::tolower(letter); });
    for (const char *word : {"gps", "latitude", "longitude", "serialnumber"})
        if (leaf.find(word) != std::string::npos) return true;
    return false;
}

/// Sets a property that is there. Returns whether this changed it.
bool set_number(Exiv2::XmpData &data, const char *key, uint32_t number) {
    Exiv2::XmpData::iterator datum = data.findKey(Exiv2::XmpKey(key));
    std::string text = std::to_string(number);
    if (datum == data.end() || datum->toString() == text) return false;
    *datum = text;
    return true;
}

/// Returns whether anything changed.
bool edit_data(Exiv2::XmpData &data, const twc_edit &edit) {
    bool is_changed = false;
    for (Exiv2::XmpData::iterator datum = data.begin(); datum != data.end();) {
        std::string group = datum->groupName(), path = datum->tagName();
        if (is_outdated(group, root_of(path)) || (edit.is_private && is_private(group, path))) {
            datum = data.erase(datum);
            is_changed = true;
        } else {
            ++datum;
        }
    }
    is_changed |= set_number(data, "Xmp.tiff.Orientation", 1);
    is_changed |= set_number(data, "Xmp.tiff.ImageWidth", edit.width);
    is_changed |= set_number(data, "Xmp.tiff.ImageLength", edit.height);
    is_changed |= set_number(data, "Xmp.exif.PixelXDimension", edit.width);
    is_changed |= set_number(data, "Xmp.exif.PixelYDimension", edit.height);
    return is_changed;
}

twc_status damaged() {
    return last_message().empty() ? twc_failure(TWC_DAMAGED, "XMP packet cannot be parsed")
        : twc_failure(TWC_DAMAGED, "XMP packet cannot be parsed: %.150s", last_message().c_str());
}

/// The toolkit's time grows with the square of the number of properties: 20,000 take 3 seconds. Packets of real images
/// have some hundreds, or ten thousand items of lists.
bool is_too_complex(const std::string &packet) {
    enum { MAXIMUM_MARKS = 60000 };
    return std::count_if(packet.begin(), packet.end(), [](char mark) { return mark == '<' || mark == '='; })
        > MAXIMUM_MARKS;
}

twc_status edit_xmp(const uint8_t *bytes, size_t count, const twc_edit &edit, twc_bytes *result) {
    // The XMP toolkit within exiv2 keeps one table of namespaces for the whole process.
    static std::mutex mutex;
    std::lock_guard<std::mutex> guard(mutex);
    std::string packet(reinterpret_cast<const char *>(bytes), count);
    if (is_too_complex(packet)) return twc_failure(TWC_UNSUPPORTED, "XMP packet has too many properties");
    Exiv2::XmpData data;
    if (Exiv2::XmpParser::decode(data, packet) != 0) return damaged();
    // What needs no change stays byte for byte: padding, order and comments, which an encoder would lose.
    if (!edit_data(data, edit) && !edit.is_private) return give(bytes, count, result);
    if (data.empty()) return twc_ok();
    std::string edited;
    if (Exiv2::XmpParser::encode(edited, data, Exiv2::XmpParser::useCompactFormat, 0) != 0) return damaged();
    return give(edited.data(), edited.size(), result);
}

}

twc_status twc_xmp_edit(const uint8_t *bytes, size_t count, const twc_edit *edit, twc_bytes *result) {
    return guarded("XMP packet", count, result, [&] { return edit_xmp(bytes, count, *edit, result); });
}
