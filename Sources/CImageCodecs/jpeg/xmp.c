// XMP that is longer than a segment: a packet names its extension by a digest, and the extension comes in pieces.
#define _GNU_SOURCE
#include "jpeg.h"
#include <stdlib.h>
#include <string.h>

static const char NAME[] = "HasExtendedXMP";

typedef struct {
    const char *begin;
    const char *end;
} span;

static const char *find(span text, const char *what) {
    return text.begin ? memmem(text.begin, (size_t)(text.end - text.begin), what, strlen(what)) : NULL;
}

static bool put(twc_buffer *target, span text) {
    return twc_jpeg_append(target, text.begin, (size_t)(text.end - text.begin), TWC_MAXIMUM_METADATA);
}

/// The start tag of the RDF element, and the text between it and its end tag.
static bool find_body(span text, span *tag, span *body) {
    tag->begin = find(text, "<rdf:RDF");
    tag->end = tag->begin ? find((span){tag->begin, text.end}, ">") : NULL;
    if (!tag->end || tag->end[-1] == '/') return false;
    body->begin = tag->end + 1;
    body->end = find((span){body->begin, text.end}, "</rdf:RDF>");
    return body->end != NULL;
}

/// The attribute or the element that names the extension, and the 32 digits in it.
static bool find_name(span text, span *place, const char **digits) {
    const char *name = find(text, NAME);
    if (!name || (size_t)(text.end - name) < sizeof NAME + 34) return false;
    const char *rest = name + sizeof NAME - 1;
    bool is_attribute = *rest == '=';
    if (!is_attribute && *rest != '>') return false;
    *digits = rest + (is_attribute ? 2 : 1);
    place->begin = name;
    while (place->begin > text.begin && !strchr(is_attribute ? " \t\r\n" : "<", *place->begin)) place->begin--;
    place->end = is_attribute ? *digits + 33 : find((span){*digits + 32, text.end}, ">");
    if (!place->end || place->end > text.end) return false;
    if (!is_attribute) place->end++;
    return true;
}

/// Whether text consists of descriptions without properties.
static bool is_bare(span text) {
    static const char *const parts[] = {"<rdf:Description", "</rdf:Description>", "rdf:about=\"\"", "rdf:about=''",
        "xmlns:xmpNote=\"http://ns.adobe.com/xmp/note/\"", "xmlns:xmpNote='http://ns.adobe.com/xmp/note/'", "/>", ">",
        " ", "\t", "\r", "\n"};
    while (text.begin < text.end) {
        size_t length = 0, left = (size_t)(text.end - text.begin);
        for (size_t index = 0; index < sizeof parts / sizeof *parts && !length; index++)
            if (left >= strlen(parts[index]) && memcmp(text.begin, parts[index], strlen(parts[index])) == 0)
                length = strlen(parts[index]);
        if (!length) return false;
        text.begin += length;
    }
    return true;
}

/// Joins two packets: the descriptions of the extension follow those of the packet.
static bool join(twc_buffer *made, span text, span place, span extension) {
    span tag, body, added_tag, added;
    if (!find_body(text, &tag, &body) || !find_body(extension, &added_tag, &added)) return false;
    if (place.begin < body.begin || place.end > body.end) return false;
    // If the packet has nothing but the name, the extension is the whole.
    if (is_bare((span){body.begin, place.begin}) && is_bare((span){place.end, body.end})) return put(made, extension);
    // Namespaces that the extension declares outside its descriptions would be lost.
    const char *declared = find(added_tag, "xmlns:");
    if (declared && find((span){declared + 1, added_tag.end}, "xmlns:")) return false;
    return put(made, (span){text.begin, place.begin}) && put(made, (span){place.end, body.end}) && put(made, added)
        && put(made, (span){body.end, text.end});
}

bool twc_jpeg_xmp_join(twc_buffer *packet, const twc_jpeg_segments *segments) {
    const twc_buffer *pieces = &segments->extended;
    span text = {(const char *)packet->bytes, (const char *)packet->bytes + packet->count}, place;
    span extension = {(const char *)pieces->bytes, (const char *)pieces->bytes + pieces->count};
    const char *digits;
    if (!packet->count || !find_name(text, &place, &digits)) return false;
    bool is_whole = pieces->count && pieces->count == segments->extended_total && !segments->extended_is_broken
        && memcmp(digits, segments->extended_name, 32) == 0;
    twc_buffer made = {0};
    bool is_joined = is_whole && join(&made, text, place, extension);
    if (!is_joined) {
        // Only the packet is kept, and no longer names a missing extension.
        made.count = 0;
        if (!put(&made, (span){text.begin, place.begin}) || !put(&made, (span){place.end, text.end})) {
            free(made.bytes);
            return false;
        }
    }
    free(packet->bytes);
    *packet = made;
    return is_joined;
}

bool twc_jpeg_xmp_split(const twc_block *packet, twc_buffer *short_packet, twc_block *extension, char name[33]) {
    static const char before[] = "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">"
        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
        "<rdf:Description rdf:about=\"\" xmlns:xmpNote=\"http://ns.adobe.com/xmp/note/\" xmpNote:HasExtendedXMP=\"";
    static const char after[] = "\"/></rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>";
    span text = {(const char *)packet->bytes, (const char *)packet->bytes + packet->count};
    // An extension has no packet wrapper.
    const char *begin = find(text, "<x:xmpmeta"), *end = begin ? find((span){begin, text.end}, "</x:xmpmeta>") : NULL;
    if (!begin || !end) return false;
    end += strlen("</x:xmpmeta>");
    *extension = (twc_block){.kind = TWC_XMP, .bytes = (const uint8_t *)begin, .count = (size_t)(end - begin)};
    uint8_t digest[16];
    twc_jpeg_md5(extension->bytes, extension->count, digest);
    for (int index = 0; index < 16; index++) snprintf(name + 2 * index, 3, "%02X", digest[index]);
    return put(short_packet, (span){before, before + sizeof before - 1}) && put(short_packet, (span){name, name + 32})
        && put(short_packet, (span){after, after + sizeof after - 1});
}
