// Overviews, alpha, and editing of metadata and profiles. Included by CImageCodecs.h.
#ifndef TILEWORK_IMAGE_CODECS_EDITING_H
#define TILEWORK_IMAGE_CODECS_EDITING_H

#include "CImageCodecsTypes.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

// MARK: Overviews

/// A row of the image at half its size. Each pixel is the mean of four pixels, rounded to nearest; at the right edge it
/// is the mean of those that exist. `lower` is null for the last row of an odd height. Colors of BGRA are weighted by
/// alpha.
void twc_halve_rows(
    const void *upper, const void *TWC_NULLABLE lower, void *half, uint32_t width, uint32_t channels, uint32_t depth);

// MARK: Alpha

/// The first pixel of BGRA samples whose alpha is not full; `pixels` if there is none.
/// - depth: bits of a sample, 8 or 16.
size_t twc_alpha_first_transparent(const void *bgra, size_t pixels, uint32_t depth);

/// Lays 8-bit BGRA over a background (blue, green, red), rounded to nearest.
void twc_alpha_flatten(const uint8_t *bgra, uint8_t *bgr, size_t pixels, const uint8_t background[TWC_NONNULL 3]);

// MARK: Editing metadata

/// Bytes that the caller frees with free().
typedef struct {
    uint8_t *TWC_NULLABLE bytes;
    size_t count;
} twc_bytes;

typedef struct {
    /// The size of the image that the block will describe.
    uint32_t width;
    uint32_t height;
    /// Removes positions, serial numbers, owners' names, maker notes and thumbnails.
    bool is_private;
    /// The image was turned by 90°, so what the block says of rows is true of columns (resolutions, for example).
    bool is_turned;
    /// The reader converted other colors to sRGB, so color information is replaced by that of sRGB.
    bool is_converted_to_srgb;
    /// The result does not have the file's color profile, so properties that name it are removed.
    bool loses_profile;
} twc_edit;

/// Whether a property or a text of this name is private: a position, a serial number, an owner's name, a maker note or
/// a thumbnail.
bool twc_is_private_name(const char *name);

typedef enum {
    TWC_PUBLIC = 0,
    TWC_PRIVATE,
    /// The text is too long to be inspected.
    TWC_PRIVACY_UNKNOWN
} twc_privacy;

/// Whether a text chunk of PNG is private, by its keyword or because it holds another block of metadata.
/// - type: the chunk's type, as in `tag` of a block.
twc_privacy twc_png_text_privacy(uint32_t type, const uint8_t *bytes, size_t count);

/// The orientation in an EXIF block, 1 to 8; 1 if it has none or a wrong one.
uint32_t twc_exif_orientation(const uint8_t *bytes, size_t count);

/// Whether an EXIF block says that colors are Adobe RGB, as cameras do (DCF). Without a profile, nothing else says so.
bool twc_exif_is_adobe_rgb(const uint8_t *bytes, size_t count);

/// The resolution in an EXIF block; 0 by 0 if it has none or a wrong one.
twc_density twc_exif_density(const uint8_t *bytes, size_t count);

/// Writes a resolution into an EXIF block, or, given 0 bytes, makes a block that has only the resolution. All other
/// values stay where they are. `TWC_DAMAGED` if the block has no first directory, `TWC_UNSUPPORTED` if EXIF cannot hold
/// the resolution.
twc_status twc_exif_set_density(
    const uint8_t *TWC_NULLABLE bytes, size_t count, twc_density density, twc_bytes *result);

/// The block with orientation 1, the size of the result, and without an outdated thumbnail. `*result` has no bytes if
/// nothing of the block is left.
/// With `TWC_OK`, `reason` is a note if something could not be kept, else "". `TWC_DAMAGED` if the block cannot be
/// parsed, because then it cannot be edited either.
twc_status twc_exif_edit(const uint8_t *bytes, size_t count, const twc_edit *edit, twc_bytes *result);
twc_status twc_xmp_edit(const uint8_t *bytes, size_t count, const twc_edit *edit, twc_bytes *result);
twc_status twc_iptc_edit(const uint8_t *bytes, size_t count, const twc_edit *edit, twc_bytes *result);

// MARK: Profiles

/// The kind of colors that an ICC profile is for: `TWC_GRAY`, `TWC_RGB`, `TWC_CMYK` or `TWC_LAB`. 0 for other kinds,
/// and for bytes that are no profile.
int twc_profile_color(const uint8_t *bytes, size_t count);

/// A gray profile with the white point and the tone curve (that of the green channel) of an RGB profile.
twc_status twc_profile_gray(const uint8_t *bytes, size_t count, twc_bytes *result);

/// An RGB profile with the white point and the tone curve of a gray profile, and the primaries of sRGB. Pixels with R =
/// G = B look the same as the gray ones.
twc_status twc_profile_rgb(const uint8_t *bytes, size_t count, twc_bytes *result);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#ifdef __cplusplus
}
#endif
#endif
