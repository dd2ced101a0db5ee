// Names well-known formats that are not read, so that a user who sends such a file knows what to do.
#include "codec.h"
#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

typedef struct {
    size_t offset;
    const char *bytes;
    size_t count;
    /// The name with its article.
    const char *name;
    /// Whether the file has no image in it, or more than one.
    bool is_no_image;
} signature;

#define AT(offset, bytes, name) {offset, bytes, sizeof bytes - 1, name, false}
#define NO_IMAGE(bytes, name) {0, bytes, sizeof bytes - 1, name, true}

static const signature signatures[] = {
    AT(0, "GIF8", "a GIF image"),
    AT(0, "\xFF\x0A", "a JPEG XL image"),
    AT(0, "\0\0\0\x0CJXL \r\n\x87\n", "a JPEG XL image"),
    AT(0, "\0\0\0\x0CjP  \r\n\x87\n", "a JPEG 2000 image"),
    AT(0, "\xFF\x4F\xFF\x51", "a JPEG 2000 image"),
    AT(0, "II\xBC\1", "a JPEG XR image"),
    AT(0, "FUJIFILMCCD-RAW", "a camera raw file of Fujifilm"),
    AT(0, "IIU\0", "a camera raw file of Panasonic"),
    AT(0, "IIRO", "a camera raw file of Olympus"),
    AT(0, "IIRS", "a camera raw file of Olympus"),
    AT(0, "MMOR", "a camera raw file of Olympus"),
    AT(6, "HEAPCCDR", "a camera raw file of Canon"),
    AT(0, "FOVb", "a camera raw file of Sigma"),
    AT(0, "\0MRM", "a camera raw file of Minolta"),
    AT(0, "8BPS", "a Photoshop document"),
    AT(0, "gimp xcf ", "a GIMP document"),
    AT(0, "v/1\1", "an OpenEXR image"),
    AT(0, "#?RADIANCE", "a Radiance image"),
    AT(0, "#?RGBE", "a Radiance image"),
    AT(0, "qoif", "a QOI image"),
    AT(0, "DDS ", "a DirectDraw surface"),
    AT(0, "BPG\xFB", "a BPG image"),
    AT(0, "\x8AMNG\r\n\x1A\n", "an MNG animation"),
    AT(0, "\0\0\1\0", "an icon (ICO)"),
    AT(0, "\xD7\xCD\xC6\x9A", "a Windows metafile"),
    AT(40, " EMF", "a Windows metafile"),
    AT(0, "SIMPLE  =", "a FITS file"),
    AT(128, "DICM", "a DICOM file"),
    AT(0, "AT&TFORM", "a DjVu document"),
    AT(0, "%PDF-", "a PDF document"),
    AT(0, "%!PS", "a PostScript document"),
    AT(0, "\xC5\xD0\xD3\xC6", "a PostScript document"),
    NO_IMAGE("PK\3\4", "a ZIP archive"),
    NO_IMAGE("\x1F\x8B", "a file packed by gzip"),
    NO_IMAGE("\x1A\x45\xDF\xA3", "a Matroska or WebM film"),
};

/// Names a file in ISO's base media format by its list of brands. The first brand alone does not always suffice.
static const char *media_name(const uint8_t *head, size_t count) {
    size_t end = twc_be32(head) < count ? twc_be32(head) : count;
    bool is_heif = false, is_heic = false;
    for (size_t at = 8; at + 4 <= end; at += 4) {
        const char *brand = (const char *)head + at;
        // The bytes after the first brand are its version.
        if (at == 12) continue;
        if (memcmp(brand, "avi", 3) == 0) return "an AVIF image";
        if (memcmp(brand, "crx ", 4) == 0) return "a camera raw file of Canon";
        is_heic = is_heic || memcmp(brand, "hei", 3) == 0 || memcmp(brand, "hev", 3) == 0;
        is_heif = is_heif || memcmp(brand, "mif1", 4) == 0 || memcmp(brand, "msf1", 4) == 0;
    }
    return is_heic ? "a HEIC image" : is_heif ? "a HEIF image" : NULL;
}

static bool has_word(const uint8_t *head, size_t count, const char *word) {
    size_t length = strlen(word);
    for (size_t at = 0; at + length <= count; at++)
        if (strncasecmp((const char *)head + at, word, length) == 0) return true;
    return false;
}

/// Text formats: files that begin with a tag, and the netpbm formats, which begin with a letter and a number.
static const signature *text_format(const uint8_t *head, size_t count) {
    static const signature svg = AT(0, "", "an SVG drawing"), html = NO_IMAGE("", "an HTML page");
    static const signature netpbm = AT(0, "", "a PNM image");
    if (count > 2 && head[0] == 'P' && head[1] >= '1' && head[1] <= '7' && isspace(head[2])) return &netpbm;
    if (count >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0) head += 3, count -= 3;
    while (count && isspace(*head)) head++, count--;
    if (!count || *head != '<') return NULL;
    return has_word(head, count, "<svg") ? &svg : has_word(head, count, "<html") ? &html : NULL;
}

twc_status twc_foreign_refusal(const uint8_t *head, size_t count) {
    signature media = {.is_no_image = false};
    const signature *found = text_format(head, count);
    for (size_t index = 0; index < sizeof signatures / sizeof *signatures && !found; index++) {
        const signature *one = &signatures[index];
        if (count >= one->offset + one->count && memcmp(head + one->offset, one->bytes, one->count) == 0) found = one;
    }
    if (!found && count >= 12 && memcmp(head + 4, "ftyp", 4) == 0) {
        media.name = media_name(head, count);
        media.is_no_image = !media.name;
        if (!media.name) media.name = "a film (MP4 or QuickTime)";
        found = &media;
    }
    if (!found) return twc_failure(TWC_NOT_AN_IMAGE, "not a PNG, JPEG, BMP, TIFF or WebP file");
    if (found->is_no_image)
        return twc_failure(TWC_NOT_AN_IMAGE, "this is %s, and not a PNG, JPEG, BMP, TIFF or WebP file", found->name);
    return twc_failure(TWC_NOT_AN_IMAGE,
        "this is %s, which is not supported; convert it to PNG, JPEG, TIFF or WebP", found->name);
}
