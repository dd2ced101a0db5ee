// Which texts are private: by their keywords, or because they hold other blocks of metadata.
#define _GNU_SOURCE
#include "png_reader.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

/// Enough for the first bytes of XMP in its longest encoding.
enum { LONGEST_MARK = 4 * 16 };

/// Whether a text begins with these letters, each of `width` bytes, padded with zeros. From the first letter to the
/// last, the bytes are the same in either byte order.
static bool begins(const uint8_t *text, size_t count, const char *letters, size_t width) {
    size_t length = strlen(letters);
    if (count < (length - 1) * width + 1) return false;
    for (size_t at = 0; at <= (length - 1) * width; at++)
        if (text[at] != (at % width ? 0 : (uint8_t)letters[at / width])) return false;
    return true;
}

static bool begins_xmp(const uint8_t *text, size_t count, size_t width) {
    switch (count > width ? text[width] : 0) {
        case 'x': return begins(text, count, "<x:xmpmeta", width);
        case 'r': return begins(text, count, "<rdf:RDF", width);
        case '?': return begins(text, count, "<?xpacket", width);
        default: return false;
    }
}

/// Whether a text contains XMP: in UTF-8, UTF-16 or UTF-32, in either byte order.
static bool has_xmp(const uint8_t *text, size_t count) {
    const uint8_t *end = text + count;
    for (; (text = memchr(text, '<', (size_t)(end - text))); text++)
        for (size_t width = 1; width <= 4; width *= 2)
            if (begins_xmp(text, (size_t)(end - text), width)) return true;
    return false;
}

/// The privacy of a compressed text, decompressed piece by piece.
static twc_privacy compressed_privacy(const uint8_t *bytes, size_t count) {
    enum { PIECE = 64 << 10 };
    z_stream stream = {.next_in = (Bytef *)bytes, .avail_in = (uInt)count};
    uint8_t *text = malloc(LONGEST_MARK + PIECE);
    // A text that cannot be inspected is not kept.
    twc_privacy found = TWC_PRIVACY_UNKNOWN;
    size_t kept = 0;
    int code = text ? inflateInit(&stream) : Z_MEM_ERROR;
    while (code == Z_OK && stream.total_out < TWC_PNG_TEXT_INSPECTED) {
        stream.next_out = text + kept;
        stream.avail_out = PIECE;
        code = inflate(&stream, Z_NO_FLUSH);
        size_t filled = kept + PIECE - stream.avail_out;
        if (has_xmp(text, filled)) found = TWC_PRIVATE;
        // Broken data ends here, and no program can read more of it.
        else if (code != Z_OK || stream.avail_out) found = TWC_PUBLIC;
        if (found != TWC_PRIVACY_UNKNOWN) break;
        // A mark can begin in one piece and end in the next.
        kept = filled < LONGEST_MARK ? filled : LONGEST_MARK;
        memmove(text, text + filled - kept, kept);
    }
    inflateEnd(&stream);
    free(text);
    return found;
}

/// Whether a letter begins a word: "Owner" of "cameraOwner", "Name" of "IDName".
static bool begins_word(const char *name, size_t at) {
    return at && isupper((unsigned char)name[at])
        && (islower((unsigned char)name[at - 1])
            || (isupper((unsigned char)name[at - 1]) && islower((unsigned char)name[at + 1])));
}

/// Whether a name has a word for an owner or a place. Only whole words count: "Replaced" and "Cityscape" are public.
/// Owners of rights are credits, so they are public.
static bool has_private_word(const char *name) {
    static const char words[] = " address addresses city coordinate coordinates country county geo lat latlon lng lon "
        "owner owners place places position positions postcode province street town village where ";
    char word[20] = " ";
    size_t length = 1;
    if (strcasestr(name, "copyright") || strcasestr(name, "rights")) return false;
    for (size_t at = 0;; at++) {
        bool is_letter = isalpha((unsigned char)name[at]);
        if (!is_letter || begins_word(name, at)) {
            strcpy(word + length, " ");
            if (length > 1 && strstr(words, word)) return true;
            length = 1;
        }
        if (!name[at]) return false;
        // A longer word is truncated, but remains too long to equal a private word.
        if (is_letter && length < sizeof word - 2) word[length++] = (char)tolower((unsigned char)name[at]);
    }
}

static bool is_private_keyword(const char *keyword) {
    // ImageMagick writes fields of EXIF as texts, and also the paths of a file and its thumbnail.
    static const char *const starts[] = {"exif:", "xmp:", "thumb::", TWC_PNG_RAW_KEYWORD, TWC_PNG_XMP_KEYWORD};
    for (size_t index = 0; index < sizeof starts / sizeof *starts; index++)
        if (strncasecmp(keyword, starts[index], strlen(starts[index])) == 0) return true;
    return twc_is_private_name(keyword) || has_private_word(keyword);
}

twc_privacy twc_png_text_privacy(uint32_t type, const uint8_t *bytes, size_t count) {
    size_t length = twc_png_keyword(bytes, count);
    if (length && is_private_keyword((const char *)bytes)) return TWC_PRIVATE;
    bool is_compressed;
    size_t at = twc_png_start_of_text(type, bytes, count, &is_compressed);
    if (!at || at > count) return TWC_PUBLIC;
    if (type == TWC_PNG_iTXt) {
        // The language and the translated keyword stand before the text.
        const uint8_t *language = bytes + length + 3;
        if (is_private_keyword((const char *)language + strlen((const char *)language) + 1)) return TWC_PRIVATE;
    }
    if (is_compressed) return compressed_privacy(bytes + at, count - at);
    if (has_xmp(bytes + at, count - at)) return TWC_PRIVATE;
    return TWC_PUBLIC;
}
