// Application segments and comments, as the library comes upon them.
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

/// Reads a segment whole. -1 if the file ends in it.
static int read_segment(twc_jpeg_reader *reader) {
    j_decompress_ptr library = &reader->library;
    reader->is_behind_data = false;
    if (!reader->segment)
        reader->segment = library->mem->alloc_large((j_common_ptr)library, JPOOL_PERMANENT, TWC_JPEG_SEGMENT);
    int length = next_byte(library) << 8;
    length |= next_byte(library);
    length = length < 2 ? 0 : length - 2;
    for (int done = 0; done < length && !reader->has_ended;) {
        if (!library->src->bytes_in_buffer) library->src->fill_input_buffer(library);
        size_t part = library->src->bytes_in_buffer;
        if (part > (size_t)(length - done)) part = (size_t)(length - done);
        memcpy(reader->segment + done, library->src->next_input_byte, part);
        library->src->next_input_byte += part;
        library->src->bytes_in_buffer -= part;
        done += (int)part;
    }
    return reader->has_ended ? -1 : length;
}

/// Printable characters from the begin of a segment, for a note.
static void name(char text[49], const uint8_t *bytes, size_t count) {
    size_t index = 0;
    while (index < 48 && index < count && isprint(bytes[index])) {
        text[index] = (char)bytes[index];
        index++;
    }
    text[index] = 0;
}

static bool begins(const uint8_t *bytes, size_t count, const char *text, size_t length) {
    return count >= length && memcmp(bytes, text, length) == 0;
}
#define BEGINS(text) begins(bytes, count, text, sizeof text - 1)
#define APPEND(target, skipped) keep(reader, target, bytes + (skipped), count - (skipped))

static void keep(twc_jpeg_reader *reader, twc_jpeg_bytes *target, const uint8_t *bytes, size_t count) {
    if (!twc_jpeg_append(target, bytes, count, LIMIT))
        twc_note_metadata(&reader->common.notes, "metadata beyond %d MiB was left out", LIMIT >> 20);
}

static void take_exif(twc_jpeg_reader *reader, const uint8_t *bytes, size_t count) {
    // A block that is too long for one segment goes on in the next, without a byte order mark.
    bool is_first = count >= 10 && (memcmp(bytes + 6, "II*\0", 4) == 0 || memcmp(bytes + 6, "MM\0*", 4) == 0);
    twc_jpeg_bytes *exif = &reader->segments.exif;
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

/// Pieces come in order, each with the name and the length of the whole.
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

static void take(twc_jpeg_reader *reader, int number, const uint8_t *bytes, size_t count) {
    static const char xmp[] = "http://ns.adobe.com/xap/1.0/\0", extended[] = "http://ns.adobe.com/xmp/extension/\0";
    twc_jpeg_segments *segments = &reader->segments;
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
        twc_note_metadata(&reader->common.notes, "data of a program (APP%d, \"%s\") was left out", number, text);
    }
}

static boolean on_application(j_decompress_ptr library) {
    twc_jpeg_reader *reader = twc_jpeg_state_of((j_common_ptr)library)->reader;
    int number = library->unread_marker - JPEG_APP0, length = read_segment(reader);
    if (length >= 0) take(reader, number, reader->segment, (size_t)length);
    return TRUE;
}

static boolean on_comment(j_decompress_ptr library) {
    twc_jpeg_reader *reader = twc_jpeg_state_of((j_common_ptr)library)->reader;
    int length = read_segment(reader);
    char text[49];
    name(text, reader->segment, length > 0 ? (size_t)length : 0);
    if (length > 0) twc_note_metadata(&reader->common.notes,
        "a comment of %d bytes was left out: \"%s\"", length, text);
    return TRUE;
}

void twc_jpeg_segments_install(twc_jpeg_reader *reader) {
    // JFIF's and Adobe's are the library's own.
    for (int number = 1; number < 16; number++)
        if (number != 14) jpeg_set_marker_processor(&reader->library, JPEG_APP0 + number, on_application);
    jpeg_set_marker_processor(&reader->library, JPEG_COM, on_comment);
}

void twc_jpeg_segments_close(twc_jpeg_segments *segments) {
    free(segments->exif.bytes);
    free(segments->xmp.bytes);
    free(segments->photoshop.bytes);
    free(segments->extended.bytes);
    for (int index = 0; index < 256; index++) free(segments->icc[index].bytes);
}
