#include "metadata.hpp"
#include "second.h"
#include "thumbnail.hpp"
#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace tilework;

namespace {

template <size_t count>
bool contains(const uint16_t (&tags)[count], uint16_t tag) {
    return std::find(tags, tags + count, tag) != tags + count;
}

/// Tags that say how a TIFF file stores its pixels, and blocks of other kinds (IPTC, XMP, Photoshop, ICC), which image
/// formats store separately. In the block of another image they would be wrong.
bool is_structure(const Exiv2::Exifdatum &datum) {
    static const uint16_t tags[] = {
        0x00FE, 0x00FF, 0x0102, 0x0103, 0x0106, 0x010A, 0x0111, 0x0115, 0x0116, 0x0117, 0x011C, 0x013D, 0x0140, 0x0142,
        0x0143, 0x0144, 0x0145, 0x014A, 0x0152, 0x0153, 0x015B, 0x0201, 0x0202, 0x0212, 0x02BC, 0x83BB, 0x8649, 0x8773};
    return datum.groupName() == "Image" && contains(tags, datum.tag());
}

/// Directories of other images: the thumbnail, and pages and reduced images of a TIFF file.
bool is_of_other_image(const Exiv2::Exifdatum &datum) {
    std::string group = datum.groupName();
    return group == "Thumbnail" || group == "Image2" || group == "Image3" || group.compare(0, 8, "SubImage") == 0
        || group.compare(0, 8, "SubThumb") == 0;
}

bool is_of_thumbnail(const Exiv2::Exifdatum &datum) {
    return datum.groupName() == "Thumbnail" && (datum.tag() == 0x0201 || datum.tag() == 0x0111);
}

/// Positions, serial numbers, owners and maker notes. Artist and Copyright are credits: they stay.
bool is_private(const Exiv2::Exifdatum &datum) {
    static const uint16_t tags[] = {
        0x013C, // HostComputer
        0x8825, // directory of GPS
        0x830E, 0x8480, 0x8482, 0x85D8, 0x87AF, 0x87B0, 0x87B1, // GeoTIFF
        0x927C, // MakerNote
        0xA420, // ImageUniqueID
        0xA430, // CameraOwnerName
        0xA431, 0xA435, 0xC62F, // serial numbers of body, lens, camera
        0xC634, 0xC65D, 0xC68B, 0xC68C, // DNGPrivateData, RawDataUniqueID, OriginalRawFileName and -Data
        0xFDE8, 0xFDE9, // owner and serial number as raw converters write them
        0xEA1C // padding, which can hold what a program has removed before
    };
    std::string group = datum.groupName();
    // Exiv2 names a group for each kind of maker note.
    return (group != "Image" && group != "Photo" && group != "Iop") || contains(tags, datum.tag());
}

/// Color information that is wrong after a conversion to sRGB. ColorSpace is not among it, because the edit replaces
/// it.
bool is_of_colors(const Exiv2::Exifdatum &datum) {
    static const uint16_t tags[] = {
        0x012D, 0x013E, 0x013F, 0x0211, 0x0214, // tone curve, white point, primary colors, YCbCr, black and white
        0xA005, // directory of the interoperability index, which names Adobe RGB
        0xA500 // gamma
    };
    std::string group = datum.groupName();
    return group == "Iop" || ((group == "Image" || group == "Photo") && contains(tags, datum.tag()));
}

/// Sets a number if the tag exists. A short one stays short, because its bytes are replaced in place.
void set_number(Exiv2::ExifData &data, const char *key, uint32_t number) {
    Exiv2::ExifData::iterator datum = data.findKey(Exiv2::ExifKey(key));
    if (datum == data.end()) return;
    if (datum->typeId() == Exiv2::unsignedShort && number <= 0xFFFF) *datum = static_cast<uint16_t>(number);
    else *datum = number;
}

/// Swaps the values of two tags. If one of them is missing, the other one is missing afterwards.
void swap_values(Exiv2::ExifData &data, const char *one, const char *other) {
    Exiv2::ExifData::iterator first = data.findKey(Exiv2::ExifKey(one)), second = data.findKey(Exiv2::ExifKey(other));
    if (first == data.end() && second == data.end()) return;
    if (first != data.end() && second != data.end()) {
        const Exiv2::Exifdatum before = *first;
        first->setValue(&second->value());
        second->setValue(&before.value());
        return;
    }
    bool has_first = first != data.end();
    const Exiv2::Exifdatum before = has_first ? *first : *second;
    data.erase(has_first ? first : second);
    data.add(Exiv2::ExifKey(has_first ? other : one), &before.value());
}

/// Swaps resolutions across and down: on paper, and on the sensor.
void turn(Exiv2::ExifData &data) {
    swap_values(data, "Exif.Image.XResolution", "Exif.Image.YResolution");
    swap_values(data, "Exif.Image.FocalPlaneXResolution", "Exif.Image.FocalPlaneYResolution");
    swap_values(data, "Exif.Photo.FocalPlaneXResolution", "Exif.Photo.FocalPlaneYResolution");
}

void edit_data(Exiv2::ExifData &data, const twc_edit &edit) {
    for (Exiv2::ExifData::iterator datum = data.begin(); datum != data.end();) {
        bool is_outdated = is_structure(*datum) || is_of_other_image(*datum)
            || (edit.is_converted_to_srgb && is_of_colors(*datum));
        if (is_outdated || (edit.is_private && is_private(*datum))) datum = data.erase(datum);
        else ++datum;
    }
    set_number(data, "Exif.Image.Orientation", 1);
    set_number(data, "Exif.Image.ImageWidth", edit.width);
    set_number(data, "Exif.Image.ImageLength", edit.height);
    set_number(data, "Exif.Photo.PixelXDimension", edit.width);
    set_number(data, "Exif.Photo.PixelYDimension", edit.height);
    if (edit.is_converted_to_srgb) set_number(data, "Exif.Photo.ColorSpace", 1);
    if (edit.is_turned) turn(data);
}

std::vector<Exiv2::byte> bytes_of(const Exiv2::Exifdatum &datum, Exiv2::ByteOrder order) {
    std::vector<Exiv2::byte> bytes(static_cast<size_t>(std::max(0L, static_cast<long>(datum.size()))));
    if (!bytes.empty()) datum.copy(bytes.data(), order);
    return bytes;
}

/// Whether a block that was changed in place has the wanted values. In a broken block, values can overlap each other or
/// a directory, and then one change can spoil another.
bool says(const std::vector<Exiv2::byte> &block, Exiv2::ByteOrder order, const Exiv2::ExifData &data) {
    Exiv2::ExifData found;
    try {
        if (Exiv2::ExifParser::decode(found, block.data(), static_cast<uint32_t>(block.size())) != order) return false;
    } catch (const Exiv2::AnyError &) {
        return false;
    }
    return std::equal(data.begin(), data.end(), found.begin(), found.end(),
        [order](const Exiv2::Exifdatum &one, const Exiv2::Exifdatum &other) {
            return one.key() == other.key() && bytes_of(one, order) == bytes_of(other, order);
        });
}

/// How many entries of `before` are missing from the encoded block. Above 64 KiB, exiv2 silently leaves out large ones.
size_t lost_entries(const Exiv2::ExifData &before, const Exiv2::Blob &blob) {
    Exiv2::ExifData after;
    Exiv2::ExifParser::decode(after, blob.data(), static_cast<uint32_t>(blob.size()));
    // A set, because exiv2's own search creates each key again for each comparison.
    std::set<std::string> kept;
    for (const Exiv2::Exifdatum &datum : after) kept.insert(datum.key());
    size_t lost = 0;
    for (const Exiv2::Exifdatum &datum : before)
        // exiv2 drops a pointer to a directory without entries, which is no loss.
        if (datum.tag() != 0x8769 && datum.tag() != 0xA005 && !kept.count(datum.key())) lost++;
    return lost;
}

/// Names of blocks of other kinds inside this one. Some programs for TIFF write them.
std::string inner_blocks(const Exiv2::ExifData &data) {
    static const struct {
        uint16_t tag;
        const char *name;
    } kinds[] = {{0x02BC, "XMP"}, {0x83BB, "IPTC"}, {0x8649, "Photoshop"}, {0x8773, "ICC"}};
    std::string list;
    for (const auto &kind : kinds)
        if (std::any_of(data.begin(), data.end(), [&](const Exiv2::Exifdatum &datum) {
                return datum.groupName() == "Image" && datum.tag() == kind.tag;
            }))
            list += (list.empty() ? "" : ", ") + std::string(kind.name);
    return list;
}

twc_status edit_exif(const uint8_t *bytes, size_t count, const twc_edit &edit, twc_bytes *result) {
    std::vector<Exiv2::byte> block(bytes, bytes + count);
    // Without its thumbnail, most of the block can stay in its place, even the offsets in unknown maker notes.
    bool has_thumbnail = remove_thumbnail(block);
    Exiv2::ExifData data;
    uint32_t size = static_cast<uint32_t>(block.size());
    Exiv2::ByteOrder order = Exiv2::ExifParser::decode(data, block.data(), size);
    if (order == Exiv2::invalidByteOrder) return twc_failure(TWC_DAMAGED, "EXIF block does not begin as one");
    std::string problem = last_message().substr(0, 150), inner = inner_blocks(data);
    has_thumbnail |= std::any_of(data.begin(), data.end(), is_of_thumbnail);
    edit_data(data, edit);
    if (data.empty() && !problem.empty())
        return twc_failure(TWC_DAMAGED, "EXIF block is damaged: %s", problem.c_str());
    twc_status status = twc_ok();
    if (!problem.empty()) add_note(status, "the EXIF block is damaged, only its sound part was kept: " + problem);
    if (!inner.empty()) add_note(status, "blocks of other kinds in it were left out: " + inner);
    if (has_thumbnail && !edit.is_private)
        add_note(status, "the thumbnail in it was left out: it shows the image as it was");
    if (data.empty()) return status;
    Exiv2::Blob blob;
    // A private block is encoded from its entries, so that no other bytes remain.
    if (edit.is_private) Exiv2::ExifParser::encode(blob, order, data);
    else if (Exiv2::ExifParser::encode(blob, block.data(), size, order, data) == Exiv2::wmNonIntrusive) {
        if (says(block, order, data)) {
            give(block.data(), size, result);
            return status;
        }
        blob.clear();
        Exiv2::ExifParser::encode(blob, order, data);
    }
    size_t lost = lost_entries(data, blob);
    give(blob.data(), blob.size(), result);
    if (lost) add_note(status, std::to_string(lost) + " EXIF entries could not be kept");
    return status;
}

/// Notes the fields beside the thumbnail, which are removed with it.
void note_second_directory(const uint8_t *bytes, size_t count, twc_status *status) {
    char list[100];
    twc_exif_second_fields(bytes, count, list, sizeof list);
    if (*list) add_note(*status, std::string("fields beside the thumbnail (") + list + ") were left out");
}

}

twc_status twc_exif_edit(const uint8_t *bytes, size_t count, const twc_edit *edit, twc_bytes *result) {
    twc_status status = guarded("EXIF block", count, result, [&] { return edit_exif(bytes, count, *edit, result); });
    if (!status.code && !edit->is_private) note_second_directory(bytes, count, &status);
    return status;
}
