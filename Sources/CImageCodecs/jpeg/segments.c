// Application segments and comments, taken while the library reads the file.
#include "jpeg.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = TWC_MAXIMUM_METADATA, EXTENSION_HEAD = 32 + 4 + 4 };

static uint8_t next_byte(j_decompress_ptr library) {
    if (!library->src->bytes_in_buffer) library->src->fill_input_buffer(library);
    library->src->bytes_in_buffer--;
    return *library->src->next_input_byte++;
}

uint8_t *twc_jpeg_segment_buffer(twc_jpeg_reader *reader) {
    j_common_ptr library = (j_common_ptr)&reader->library;
    if (!reader->segment) reader->segment = library->mem->alloc_large(library, JPOOL_PERMANENT, TWC_JPEG_SEGMENT);
    return reader->segment;
}

/// Reads a whole segment. -1 if the file ends in it.
static int read_segment(twc_jpeg_reader *reader) {
    j_decompress_ptr library = &reader->library;
    reader->is_behind_data = false;
    uint8_t *segment = twc_jpeg_segment_buffer(reader);
    int length = next_byte(library) << 8;
    length |= next_byte(library);
    length = length < 2 ? 0 : length - 2;
    for (int done = 0; done < length && !reader->has_ended;) {
        if (!library->src->bytes_in_buffer) library->src->fill_input_buffer(library);
        size_t part = library->src->bytes_in_buffer;
        if (part > (size_t)(length - done)) part = (size_t)(length - done);
        memcpy(segment + done, library->src->next_input_byte, part);
        library->src->next_input_byte += part;
        library->src->bytes_in_buffer -= part;
        done += (int)part;
    }
    return reader->has_ended ? -1 : length;
}

/// The length of the UTF-8 character at the start; 0 if it cannot be printed.
static size_t character(const uint8_t *bytes, size_t count) {
    if (bytes[0] < 0x80) return isprint(bytes[0]) != 0;
    size_t length = bytes[0] >= 0xF0 ? 4 : bytes[0] >= 0xE0 ? 3 : 2;
    if (bytes[0] < 0xC2 || bytes[0] > 0xF4 || length > count) return 0;
    for (size_t index = 1; index < length; index++)
        if ((bytes[index] & 0xC0) != 0x80) return 0;
    // Control characters, overlong encodings, surrogates, and numbers beyond Unicode.
    bool is_none = (bytes[0] == 0xC2 && bytes[1] < 0xA0) || (bytes[0] == 0xE0 && bytes[1] < 0xA0)
        || (bytes[0] == 0xED && bytes[1] > 0x9F) || (bytes[0] == 0xF0 && bytes[1] < 0x90)
        || (bytes[0] == 0xF4 && bytes[1] > 0x8F);
    return is_none ? 0 : length;
}

/// Copies printable characters from the start of a segment, for a note.
static void name(char text[49], const uint8_t *bytes, size_t count) {
    size_t used = 0, length;
    while (used < count && (length = character(bytes + used, count - used)) && used + length <= 48) {
        memcpy(text + used, bytes + used, length);
        used += length;
    }
    text[used] = 0;
}

static bool begins(const uint8_t *bytes, size_t count, const char *text, size_t length) {
    return count >= length && memcmp(bytes, text, length) == 0;
}
#define BEGINS(text) begins(bytes, count, text, sizeof text - 1)
#define APPEND(target, skipped) keep(reader, target, bytes + (skipped), count - (skipped))

static void keep(twc_jpeg_reader *reader, twc_buffer *target, const uint8_t *bytes, size_t count) {
    if (!twc_jpeg_append(target, bytes, count, LIMIT))
        twc_note_metadata(&reader->common.notes, "metadata beyond %d MiB was left out", LIMIT >> 20);
}

static void take_exif(twc_jpeg_reader *reader, const uint8_t *bytes, size_t count) {
    // A block that is too long for one segment continues in the next, without a byte order mark.
    bool is_first = count >= 10 && twc_begins_structure(bytes + 6);
    twc_buffer *exif = &reader->segments.exif;
    if (is_first && exif->count) twc_note_metadata(&reader->common.notes, "a second EXIF block was left out");
    else if (is_first || exif->count) APPEND(exif, 6);
    else twc_note_metadata(&reader->common.notes, "a damaged EXIF block was left out");
}

static void take_icc(twc_jpeg_reader *reader, const uint8_t *bytes, size_t count) {
    twc_jpeg_segments *segments = &reader->segments;
    if (count < 14 || !bytes[12] || bytes[12] > bytes[13]) {
        segments->icc_fault = "a piece of it has a wrong number";
    } else if (segments->icc_pieces && segments->icc_pieces != bytes[13]) {
        segments->icc_fault = "its pieces contradict each other";
    } else if (segments->icc[bytes[12]].count) {
        segments->icc_fault = "a piece of it is there twice";
    } else {
        segments->icc_pieces = bytes[13];
        APPEND(&segments->icc[bytes[12]], 14);
    }
}

/// Takes a piece of extended XMP. Pieces come in order, each with the name and the length of the whole.
static void take_extended_xmp(twc_jpeg_reader *reader, const uint8_t *bytes, size_t count) {
    twc_jpeg_segments *segments = &reader->segments;
    uint32_t total = count < EXTENSION_HEAD ? 0 : twc_be32(bytes + 32);
    if (count < EXTENSION_HEAD || (segments->extended_total && (total != segments->extended_total
        || memcmp(bytes, segments->extended_name, 32) != 0)) || twc_be32(bytes + 36) != segments->extended.count) {
        segments->extended_is_broken = true;
        return;
    }
    segments->extended_total = total;
    memcpy(segments->extended_name, bytes, 32);
    APPEND(&segments->extended, EXTENSION_HEAD);
}

/// Takes JFIF's segment: sets what the library would read from it, unless pixels came before, and notes a thumbnail.
static bool take_jfif(twc_jpeg_reader *reader, const uint8_t *bytes, size_t count) {
    j_decompress_ptr library = &reader->library;
    bool is_jfif = count >= 14 && BEGINS("JFIF\0");
    if (is_jfif && reader->phase == TWC_JPEG_HEADER) {
        library->saw_JFIF_marker = TRUE;
        library->JFIF_major_version = bytes[5];
        library->JFIF_minor_version = bytes[6];
        library->density_unit = bytes[7];
        library->X_density = (UINT16)twc_be16(bytes + 8);
        library->Y_density = (UINT16)twc_be16(bytes + 10);
    }
    bool has_thumbnail = is_jfif ? bytes[12] && bytes[13] && count > 14 : BEGINS("JFXX\0");
    if (has_thumbnail)
        twc_note_metadata(&reader->common.notes, "the thumbnail (%s) was left out: it shows the image as it was",
            is_jfif ? "JFIF" : "JFXX");
    return is_jfif || has_thumbnail;
}

/// Takes Adobe's segment: sets how colors are stored, as the library would, unless pixels came before.
static bool take_adobe(twc_jpeg_reader *reader, const uint8_t *bytes, size_t count) {
    if (count < 12 || !BEGINS("Adobe")) return false;
    if (reader->phase != TWC_JPEG_HEADER) return true;
    reader->library.saw_Adobe_marker = TRUE;
    reader->library.Adobe_transform = bytes[11];
    return true;
}

static void take(twc_jpeg_reader *reader, int number, const uint8_t *bytes, size_t count) {
    static const char xmp[] = "http://ns.adobe.com/xap/1.0/\0", extended[] = "http://ns.adobe.com/xmp/extension/\0";
    twc_jpeg_segments *segments = &reader->segments;
    if (number == 0 && take_jfif(reader, bytes, count)) return;
    if (number == 14 && take_adobe(reader, bytes, count)) return;
    if (number == 1 && count >= 6 && BEGINS("Exif\0")) {
        take_exif(reader, bytes, count);
    } else if (number == 1 && BEGINS(xmp)) {
        if (segments->xmp.count) twc_note_metadata(&reader->common.notes, "a second XMP packet was left out");
        else APPEND(&segments->xmp, sizeof xmp - 1);
    } else if (number == 1 && BEGINS(extended)) {
        take_extended_xmp(reader, bytes + sizeof extended - 1, count - (sizeof extended - 1));
    } else if (number == 2 && BEGINS("ICC_PROFILE\0")) {
        take_icc(reader, bytes, count);
    } else if (number == 2 && BEGINS("MPF\0")) {
        segments->has_images = true;
    } else if (number == 2 && BEGINS("urn:iso:std:iso:ts:21496:-1\0")) {
        segments->has_gain_map = true;
    } else if (number == 13 && BEGINS("Photoshop 3.0\0")) {
        APPEND(&segments->photoshop, 14);
    } else {
        char text[49];
        name(text, bytes, count);
        twc_note_quote(&reader->common.notes, "data of a program (%s) was left out",
            "data of programs (%s) was left out", "APP%d \"%s\"", number, text);
    }
}

void twc_jpeg_take_segment(twc_jpeg_reader *reader, int marker, const uint8_t *bytes, size_t count) {
    char text[49];
    if (marker != JPEG_COM) {
        take(reader, marker - JPEG_APP0, bytes, count);
    } else if (count) {
        name(text, bytes, count);
        twc_note_quote(
            &reader->common.notes, "a comment was left out: %s", "comments were left out: %s", "\"%s\"", text);
    }
}

static boolean on_segment(j_decompress_ptr library) {
    twc_jpeg_reader *reader = twc_jpeg_state_of((j_common_ptr)library)->reader;
    int marker = library->unread_marker;
    bool is_taken = twc_jpeg_offset(reader) < reader->late_end;
    int length = read_segment(reader);
    if (length >= 0 && !is_taken) twc_jpeg_take_segment(reader, marker, reader->segment, (size_t)length);
    return TRUE;
}

void twc_jpeg_segments_install(twc_jpeg_reader *reader) {
    for (int number = 0; number < 16; number++)
        jpeg_set_marker_processor(&reader->library, JPEG_APP0 + number, on_segment);
    jpeg_set_marker_processor(&reader->library, JPEG_COM, on_segment);
}

void twc_jpeg_segments_close(twc_jpeg_segments *segments) {
    free(segments->exif.bytes);
    free(segments->xmp.bytes);
    free(segments->photoshop.bytes);
    free(segments->extended.bytes);
    for (int index = 0; index < 256; index++) free(segments->icc[index].bytes);
}
