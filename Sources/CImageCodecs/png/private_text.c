// Which texts tell what `private` removes: by their keywords, or because they are other blocks in the shape of a text.
#define _GNU_SOURCE
#include "png_reader.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

/// Enough for what XMP begins with, in its longest coding.
enum { LONGEST_MARK = 4 * 16 };

/// Whether a text begins with these letters, each of `width` bytes with zeros between them. In either byte order these
/// are the same bytes from the first letter to the last.
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

/// Whether a text has XMP in it: in UTF-8, UTF-16 or UTF-32, of either byte order.
static bool has_xmp(const uint8_t *text, size_t count) {
    const uint8_t *end = text + count;
    for (; (text = memchr(text, '<', (size_t)(end - text))); text++)
        for (size_t width = 1; width <= 4; width *= 2)
            if (begins_xmp(text, (size_t)(end - text), width)) return true;
    return false;
}

/// The same of a compressed text, piece by piece.
static twc_privacy compressed_privacy(const uint8_t *bytes, size_t count) {
    enum { PIECE = 64 << 10 };
    z_stream stream = {.next_in = (Bytef *)bytes, .avail_in = (uInt)count};
    uint8_t *text = malloc(LONGEST_MARK + PIECE);
    // What cannot be looked at is not let through.
    twc_privacy found = TWC_PRIVACY_UNKNOWN;
    size_t kept = 0;
    int code = text ? inflateInit(&stream) : Z_MEM_ERROR;
    while (code == Z_OK && stream.total_out < TWC_PNG_TEXT_LOOKED_THROUGH) {
        stream.next_out = text + kept;
        stream.avail_out = PIECE;
        code = inflate(&stream, Z_NO_FLUSH);
        size_t filled = kept + PIECE - stream.avail_out;
        if (has_xmp(text, filled)) found = TWC_PRIVATE;
        // As far as its data goes, nobody can read more of it.
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

/// A letter that begins a word: "Owner" of "cameraOwner", "Name" of "IDName".
static bool begins_word(const char *name, size_t at) {
    return at && isupper((unsigned char)name[at])
        && (islower((unsigned char)name[at - 1])
            || (isupper((unsigned char)name[at - 1]) && islower((unsigned char)name[at + 1])));
}

/// Whether a whole word of a name tells an owner or a place; "Replaced" and "Cityscape" do not. Owners of rights are
/// credits.
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
        // Of a longer word, enough stays to be none of these.
        if (is_letter && length < sizeof word - 2) word[length++] = (char)tolower((unsigned char)name[at]);
    }
}

static bool is_private_keyword(const char *keyword) {
    // ImageMagick writes fields of EXIF under names of their own, and where a file and its thumbnail were.
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
        // The translated keyword ends where the text begins; the language stands before it.
        const uint8_t *language = bytes + length + 3;
        if (is_private_keyword((const char *)language + strlen((const char *)language) + 1)) return TWC_PRIVATE;
    }
    if (is_compressed) return compressed_privacy(bytes + at, count - at);
    if (has_xmp(bytes + at, count - at)) return TWC_PRIVATE;
    return TWC_PUBLIC;
}
