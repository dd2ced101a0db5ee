#include "metadata.hpp"
#include <algorithm>
#include <mutex>
#include <set>

using namespace tilework;

namespace {

/// The first part of a path: "LocationCreated" of "LocationCreated[1]/exif:GPSLatitude".
std::string root_of(const std::string &path) { return path.substr(0, path.find_first_of("[/")); }

/// The namespace of a prefix. A file chooses its prefixes freely, so only the namespace identifies a property.
std::string namespace_of(const std::string &prefix) {
    try {
        return Exiv2::XmpProperties::ns(prefix);
    } catch (const Exiv2::AnyError &) {
        return std::string();
    }
}

struct Name {
    const char *space;
    /// The begin of its name; empty for all names of the namespace.
    const char *start;
};

template <size_t count>
bool contains(const Name (&names)[count], const std::string &space, const std::string &root) {
    return std::any_of(names, names + count, [&](const Name &name) {
        return space == name.space && root.compare(0, std::strlen(name.start), name.start) == 0;
    });
}

/// Pictures, films, sounds and depth maps that were stored beside the source image. The result has none of them.
bool is_of_companion(const std::string &space, const std::string &root) {
    static const Name names[] = {
        {"http://ns.adobe.com/hdr-gain-map/1.0/", ""}, {"http://ns.apple.com/HDRGainMap/1.0/", ""},
        {"http://ns.google.com/photos/1.0/container/", ""}, {"http://ns.google.com/photos/1.0/depthmap/", ""},
        {"http://ns.google.com/photos/1.0/image/", ""}, {"http://ns.google.com/photos/1.0/audio/", ""},
        {"http://ns.google.com/photos/1.0/camera/", "MicroVideo"},
        {"http://ns.google.com/photos/1.0/camera/", "MotionPhoto"}};
    static const char dynamic_depth[] = "http://ns.google.com/photos/dd/1.0/";
    return contains(names, space, root) || space.compare(0, std::strlen(dynamic_depth), dynamic_depth) == 0;
}

/// Whether a property is outdated: thumbnails show the source image, and extended XMP was joined into one packet.
bool is_outdated(const std::string &space, const std::string &root) {
    static const Name names[] = {
        {"http://ns.adobe.com/xap/1.0/", "Thumbnails"}, {"http://ns.adobe.com/xmp/note/", "HasExtendedXMP"}};
    return contains(names, space, root);
}

/// Whether a property describes how the source stored its pixels.
bool is_structure(const std::string &space, const std::string &root) {
    static const Name names[] = {
        {"http://ns.adobe.com/tiff/1.0/", "BitsPerSample"}, {"http://ns.adobe.com/tiff/1.0/", "Compression"},
        {"http://ns.adobe.com/tiff/1.0/", "PhotometricInterpretation"},
        {"http://ns.adobe.com/tiff/1.0/", "SamplesPerPixel"},
        {"http://ns.adobe.com/tiff/1.0/", "PlanarConfiguration"},
        {"http://ns.adobe.com/tiff/1.0/", "YCbCrSubSampling"}, {"http://ns.adobe.com/exif/1.0/", "CompressedBitsPerPixel"},
        {"http://ns.adobe.com/photoshop/1.0/", "ColorMode"}};
    return contains(names, space, root);
}

/// Color information that is wrong after a conversion to sRGB. ColorSpace is not among it, because the edit replaces
/// it.
bool is_of_colors(const std::string &space, const std::string &root) {
    static const Name names[] = {
        {"http://ns.adobe.com/tiff/1.0/", "TransferFunction"}, {"http://ns.adobe.com/tiff/1.0/", "WhitePoint"},
        {"http://ns.adobe.com/tiff/1.0/", "PrimaryChromaticities"},
        {"http://ns.adobe.com/tiff/1.0/", "YCbCrCoefficients"},
        {"http://ns.adobe.com/tiff/1.0/", "ReferenceBlackWhite"}, {"http://ns.adobe.com/exif/1.0/", "Gamma"},
        {"http://cipa.jp/exif/1.0/", "Gamma"}, {"http://cipa.jp/exif/1.0/", "InteroperabilityIndex"}};
    return contains(names, space, root);
}

bool is_name_of_profile(const std::string &space, const std::string &root) {
    static const Name names[] = {{"http://ns.adobe.com/photoshop/1.0/", "ICCProfile"}};
    return contains(names, space, root);
}

/// Positions, serial numbers, owners, maker notes and identities. Authors and rights are credits: they stay.
bool is_private(const std::string &space, const std::string &path) {
    static const Name names[] = {
        {"http://www.w3.org/2003/01/geo/wgs84_pos#", ""}, {"http://ns.adobe.com/xap/1.0/mm/", ""},
        {"http://ns.adobe.com/photoshop/1.0/", "City"}, {"http://ns.adobe.com/photoshop/1.0/", "State"},
        {"http://ns.adobe.com/photoshop/1.0/", "Country"},
        {"http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/", "CountryCode"}};
    if (contains(names, space, root_of(path))) return true;
    // Every part of a path is checked: "LocationCreated", then "GPSLatitude" of "LocationCreated[1]/exif:GPSLatitude".
    for (size_t start = 0; start < path.size();) {
        size_t end = std::min(path.find('/', start), path.size());
        std::string part = path.substr(start, end - start);
        part = part.substr(part.find(':') + 1);
        if (twc_is_private_name(part.substr(0, part.find('[')).c_str())) return true;
        start = end + 1;
    }
    return false;
}

/// Sets a property if it exists. Returns whether this changed it.
bool set_number(Exiv2::XmpData &data, const char *key, uint32_t number) {
    Exiv2::XmpData::iterator datum = data.findKey(Exiv2::XmpKey(key));
    std::string text = std::to_string(number);
    if (datum == data.end() || datum->toString() == text) return false;
    *datum = text;
    return true;
}

/// Swaps the texts of two properties. If one is missing, the other one is missing afterwards. Returns whether anything
/// changed.
bool swap_texts(Exiv2::XmpData &data, const char *one, const char *other) {
    Exiv2::XmpData::iterator first = data.findKey(Exiv2::XmpKey(one)), second = data.findKey(Exiv2::XmpKey(other));
    std::string first_text = first == data.end() ? "" : first->toString();
    std::string second_text = second == data.end() ? "" : second->toString();
    if (first_text == second_text) return false;
    if (first != data.end()) data.erase(first);
    // Erasing invalidates iterators.
    second = data.findKey(Exiv2::XmpKey(other));
    if (second != data.end()) data.erase(second);
    if (!second_text.empty()) data[one] = second_text;
    if (!first_text.empty()) data[other] = first_text;
    return true;
}

/// Swaps resolutions across and down: on paper, and on the sensor.
bool turn(Exiv2::XmpData &data) {
    bool is_changed = swap_texts(data, "Xmp.tiff.XResolution", "Xmp.tiff.YResolution");
    is_changed |= swap_texts(data, "Xmp.exif.FocalPlaneXResolution", "Xmp.exif.FocalPlaneYResolution");
    return is_changed;
}

/// What was removed without a request, and has to be noted.
struct Losses {
    /// The prefixes of removed properties about companions.
    std::set<std::string> companions;
    bool has_thumbnail = false;
};

/// Edits the properties. Returns whether anything changed.
/// - losses: receives what is to be noted.
bool edit_data(Exiv2::XmpData &data, const twc_edit &edit, Losses &losses) {
    bool is_changed = false;
    for (Exiv2::XmpData::iterator datum = data.begin(); datum != data.end();) {
        std::string prefix = datum->groupName(), space = namespace_of(prefix), path = datum->tagName();
        bool is_companion = is_of_companion(space, root_of(path));
        if (is_companion) losses.companions.insert(prefix);
        losses.has_thumbnail |= root_of(path) == "Thumbnails" && is_outdated(space, root_of(path));
        bool is_untrue = is_outdated(space, root_of(path)) || is_structure(space, root_of(path))
            || (edit.is_converted_to_srgb && is_of_colors(space, root_of(path)))
            || (edit.loses_profile && is_name_of_profile(space, root_of(path)));
        if (is_companion || is_untrue || (edit.is_private && is_private(space, path))) {
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
    if (edit.is_converted_to_srgb) is_changed |= set_number(data, "Xmp.exif.ColorSpace", 1);
    if (edit.is_turned) is_changed |= turn(data);
    return is_changed;
}

twc_status damaged() {
    return last_message().empty() ? twc_failure(TWC_DAMAGED, "XMP packet cannot be parsed")
        : twc_failure(TWC_DAMAGED, "XMP packet cannot be parsed: %.150s", last_message().c_str());
}

twc_status noted(twc_status status, const Losses &losses, const twc_edit &edit) {
    std::string list;
    for (const std::string &prefix : losses.companions) list += (list.empty() ? "" : ", ") + prefix;
    if (!list.empty())
        add_note(status, "what it says of a depth map, a gain map, a film or further images (" + list.substr(0, 80)
            + ") was left out");
    if (losses.has_thumbnail && !edit.is_private)
        add_note(status, "the thumbnail in it was left out: it shows the image as it was");
    return status;
}

/// Whether a packet has too many properties. The toolkit's time grows with the square of their number: 20,000 take 3
/// seconds. Packets of real images have some hundreds, or ten thousand list items.
bool is_too_complex(const std::string &packet) {
    enum { MAXIMUM_MARKS = 60000 };
    return std::count_if(packet.begin(), packet.end(), [](char mark) { return mark == '<' || mark == '='; })
        > MAXIMUM_MARKS;
}

twc_status edit_xmp(const uint8_t *bytes, size_t count, const twc_edit &edit, twc_bytes *result) {
    // The XMP toolkit inside exiv2 has one table of namespaces for the whole process.
    static std::mutex mutex;
    std::lock_guard<std::mutex> guard(mutex);
    std::string packet(reinterpret_cast<const char *>(bytes), count);
    if (is_too_complex(packet)) return twc_failure(TWC_UNSUPPORTED, "XMP packet has too many properties");
    Exiv2::XmpData data;
    if (Exiv2::XmpParser::decode(data, packet) != 0) return damaged();
    Losses losses;
    // An unchanged packet keeps its bytes. An encoder would lose padding, order and comments.
    if (!edit_data(data, edit, losses) && !edit.is_private) return give(bytes, count, result);
    if (data.empty()) return noted(twc_ok(), losses, edit);
    std::string edited;
    if (Exiv2::XmpParser::encode(edited, data, Exiv2::XmpParser::useCompactFormat, 0) != 0) return damaged();
    return noted(give(edited.data(), edited.size(), result), losses, edit);
}

}

twc_status twc_xmp_edit(const uint8_t *bytes, size_t count, const twc_edit *edit, twc_bytes *result) {
    return guarded("XMP packet", count, result, [&] { return edit_xmp(bytes, count, *edit, result); });
}
