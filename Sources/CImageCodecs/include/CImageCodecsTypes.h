// Formats, statuses of calls, and metadata. Included by CImageCodecs.h.
#ifndef TILEWORK_IMAGE_CODECS_TYPES_H
#define TILEWORK_IMAGE_CODECS_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#pragma clang assume_nonnull begin
#define TWC_NULLABLE _Nullable
#define TWC_NONNULL _Nonnull
#else
#define TWC_NULLABLE
#define TWC_NONNULL
#endif

typedef enum { TWC_PNG = 1, TWC_JPEG, TWC_BMP, TWC_TIFF, TWC_WEBP } twc_format;

typedef enum {
    TWC_OK = 0,
    /// The file does not begin like any format that is read.
    TWC_NOT_AN_IMAGE,
    /// A valid file of a kind that is not read; the reason names the kind.
    TWC_UNSUPPORTED,
    /// The file contradicts itself, or data is missing.
    TWC_DAMAGED,
    /// The file could not be read or written; see `system_error`.
    TWC_IO,
    /// The disk, or the quota on it, is full. A file that may not grow further (EFBIG) is `TWC_IO`, because waiting for
    /// space does not help there.
    TWC_DISK_FULL,
    TWC_OUT_OF_MEMORY,
    /// The progress function asked to stop.
    TWC_STOPPED,
    /// The caller broke a rule of this header.
    TWC_MISUSE
} twc_code;

/// How a call ended. `code` is 0 for success. Otherwise `reason` is a sentence without a full stop that says what is
/// wrong and where.
typedef struct {
    twc_code code;
    /// `errno` for `TWC_IO` and `TWC_DISK_FULL`, else 0.
    int32_t system_error;
    /// The first row whose pixels may be wrong, from 0, as stored; -1 if there is no such row.
    int64_t row;
    char reason[504];
} twc_status;

// MARK: Metadata

/// The kind of a block of metadata. It determines which bytes the block has.
typedef enum {
    /// An ICC profile.
    TWC_ICC = 1,
    /// A TIFF structure, from its byte order mark; without "Exif\0\0".
    TWC_EXIF,
    /// An XMP packet in UTF-8, from its first byte; without the name of its namespace.
    TWC_XMP,
    /// IPTC-IIM records; without Photoshop's resource around them.
    TWC_IPTC,
    /// The data of a PNG chunk. `tag` is the chunk's type as four letters, the first in the highest byte: tEXt, zTXt,
    /// iTXt (except XMP), gAMA, cHRM, sRGB, cICP, tIME.
    TWC_PNG_CHUNK,
    /// The values of a TIFF field, in the machine's byte order; `tag` is its number, `type` its TIFF type. Only
    /// GeoTIFF's (33550, 33922, 34264, 34735, 34736, 34737) and GDAL's (42112, 42113).
    TWC_TIFF_FIELD
} twc_block_kind;

typedef struct {
    twc_block_kind kind;
    uint32_t tag;
    uint32_t type;
    const uint8_t *bytes;
    size_t count;
} twc_block;

typedef enum { TWC_UNIT_NONE = 0, TWC_UNIT_INCH, TWC_UNIT_CENTIMETRE } twc_unit;

/// A resolution in pixels per unit. Both numbers are 0 if the file has none. With `TWC_UNIT_NONE` only their ratio has
/// a meaning.
typedef struct {
    double x;
    double y;
    twc_unit unit;
} twc_density;

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#ifdef __cplusplus
}
#endif
#endif
