// Old-style JPEG (compression 6): composes a JPEG stream from its parts in the file. libtiff's own decoder of it has
// assertions that end the program, and does not notice leftover data. Three kinds of files exist: a whole JPEG stream
// to which fields point, or which is the strip; such a stream's header, with the data in strips; tables to which fields
// point, with the data in strips.
#include "tiff.h"
#include <stdlib.h>
#include <string.h>

enum { SOF0 = 0xC0, DHT = 0xC4, RST0 = 0xD0, SOI = 0xD8, EOI = 0xD9, SOS = 0xDA, DQT = 0xDB, DRI = 0xDD };

static const uint8_t restarts[8][2] = {{0xFF, RST0}, {0xFF, RST0 + 1}, {0xFF, RST0 + 2}, {0xFF, RST0 + 3},
    {0xFF, RST0 + 4}, {0xFF, RST0 + 5}, {0xFF, RST0 + 6}, {0xFF, RST0 + 7}};
static const uint8_t end_marker[2] = {0xFF, EOI};

/// Values from the directory.
typedef struct {
    const twc_tiff_input *input;
    const twc_tiff_directory *directory;
    uint64_t width, height, samples, strip_rows, strips;
    uint32_t across, down;
} facts;

typedef struct {
    uint64_t start, end;
    /// The header of the scan, and where its data begins; 0 if there is none.
    uint64_t scan, data;
} stream;

static uint64_t field(const facts *of, uint16_t tag, uint64_t fallback) {
    return twc_tiff_field(of->input, of->directory, tag, fallback);
}

static void add(twc_tiff_old_jpeg *jpeg, const uint8_t *bytes, uint64_t offset, uint64_t count) {
    const twc_piece *last = jpeg->count ? &jpeg->pieces[jpeg->count - 1] : NULL;
    if (!count) return;
    jpeg->pieces[jpeg->count++] = (twc_piece){
        .start = last ? last->start + last->count : 0, .count = count, .bytes = bytes, .offset = offset};
}

/// Appends bytes to the header. Its capacity suffices for all of its parts.
static void append(twc_tiff_old_jpeg *jpeg, const void *bytes, size_t count) {
    memcpy(jpeg->header + jpeg->header_bytes, bytes, count);
    jpeg->header_bytes += count;
}

static void append_segment(twc_tiff_old_jpeg *jpeg, uint8_t marker, size_t count) {
    const uint8_t head[4] = {0xFF, marker, (uint8_t)((count + 2) >> 8), (uint8_t)(count + 2)};
    append(jpeg, head, sizeof head);
}

/// Finds the scan of a stream. False if the bytes are no stream.
static bool find_scan(const facts *of, stream *found) {
    uint8_t head[4];
    uint64_t at = found->start + 2;
    if (found->end - found->start < 4 || !twc_tiff_read_at(of->input, found->start, head, 2) || head[0] != 0xFF
        || head[1] != SOI)
        return false;
    while (at + 4 <= found->end && twc_tiff_read_at(of->input, at, head, 4) && head[0] == 0xFF) {
        if (head[1] == 0xFF) {
            at++;
            continue;
        }
        uint64_t next = at + 2 + twc_be16(head + 2);
        if (head[1] == EOI || next > found->end) return true;
        if (head[1] == SOS) {
            found->scan = at;
            found->data = next;
            return true;
        }
        at = next;
    }
    return true;
}

static stream strip_at(const facts *of, uint64_t index) {
    const twc_tiff_entry *offsets = twc_tiff_find(of->directory, TIFFTAG_STRIPOFFSETS);
    const twc_tiff_entry *counts = twc_tiff_find(of->directory, TIFFTAG_STRIPBYTECOUNTS);
    uint64_t size = of->input->size, start = twc_tiff_integer(of->input, offsets, index, size);
    uint64_t count = twc_tiff_integer(of->input, counts, index, 0);
    if (start > size) start = size;
    // The last strip may extend to the end of the file.
    if (!count && index + 1 == of->strips) count = size - start;
    return (stream){.start = start, .end = count < size - start ? start + count : size};
}

/// MCUs of the scan between restart markers; 0 if there are none.
static uint64_t restart_interval(const facts *of) {
    if (of->strips == 1) return field(of, TIFFTAG_JPEGRESTARTINTERVAL, 0);
    return ((of->width - 1) / (8 * of->across) + 1) * (of->strip_rows / (8 * of->down));
}

static void append_interval(twc_tiff_old_jpeg *jpeg, uint64_t interval) {
    const uint8_t bytes[2] = {(uint8_t)(interval >> 8), (uint8_t)interval};
    append_segment(jpeg, DRI, sizeof bytes);
    append(jpeg, bytes, sizeof bytes);
}

static bool append_table(const facts *of, twc_tiff_old_jpeg *jpeg, uint64_t offset, uint8_t marker, uint8_t name) {
    uint8_t table[16 + 256];
    size_t count = marker == DQT ? 64 : 16;
    if (!offset || !twc_tiff_read_at(of->input, offset, table, count)) return false;
    if (marker == DHT) {
        size_t values = 0;
        for (size_t index = 0; index < 16; index++) values += table[index];
        if (values > 256 || !twc_tiff_read_at(of->input, offset + 16, table + 16, values)) return false;
        count += values;
    }
    append_segment(jpeg, marker, count + 1);
    append(jpeg, &name, 1);
    append(jpeg, table, count);
    return true;
}

/// Makes a header from the fields of TIFF 6. Each component has its own table, unless it shares that of the component
/// before.
static bool append_header(const facts *of, twc_tiff_old_jpeg *jpeg) {
    static const struct { uint16_t tag; uint8_t marker, class; } kinds[3] = {
        {TIFFTAG_JPEGQTABLES, DQT, 0}, {TIFFTAG_JPEGDCTABLES, DHT, 0}, {TIFFTAG_JPEGACTABLES, DHT, 0x10}};
    const uint8_t start[2] = {0xFF, SOI};
    uint8_t names[3][3] = {{0}}, samples = (uint8_t)of->samples;
    append(jpeg, start, sizeof start);
    for (size_t kind = 0; kind < 3; kind++) {
        const twc_tiff_entry *entry = twc_tiff_find(of->directory, kinds[kind].tag);
        for (uint8_t index = 0; index < samples; index++) {
            uint64_t offset = twc_tiff_integer(of->input, entry, index, 0);
            bool is_same = index && (!offset || offset == twc_tiff_integer(of->input, entry, index - 1u, 0));
            names[kind][index] = is_same ? names[kind][index - 1] : index;
            uint8_t name = (uint8_t)(kinds[kind].class | index);
            if (!is_same && !append_table(of, jpeg, offset, kinds[kind].marker, name)) return false;
        }
    }
    const uint8_t frame[6] = {8, (uint8_t)(of->height >> 8), (uint8_t)of->height, (uint8_t)(of->width >> 8),
        (uint8_t)of->width, samples};
    append_segment(jpeg, SOF0, sizeof frame + 3u * samples);
    append(jpeg, frame, sizeof frame);
    for (uint8_t index = 0; index < samples; index++) {
        const uint8_t sampling = (uint8_t)(index ? 0x11 : of->across << 4 | of->down);
        append(jpeg, (const uint8_t[3]){(uint8_t)(index + 1), sampling, names[0][index]}, 3);
    }
    if (restart_interval(of)) append_interval(jpeg, restart_interval(of));
    append_segment(jpeg, SOS, 4u + 2u * samples);
    append(jpeg, &samples, 1);
    for (uint8_t index = 0; index < samples; index++)
        append(jpeg, (const uint8_t[2]){(uint8_t)(index + 1), (uint8_t)(names[1][index] << 4 | names[2][index])}, 2);
    append(jpeg, (const uint8_t[3]){0, 63, 0}, 3);
    return true;
}

/// Adds the data of the strips, with restart markers between them and an end marker.
/// - first: the offset where the data of the first strip begins; 0 for the strip's start.
static void add_strips(const facts *of, twc_tiff_old_jpeg *jpeg, uint64_t first) {
    for (uint64_t index = 0; index < of->strips; index++) {
        stream strip = strip_at(of, index);
        uint8_t last[2] = {0};
        if (!index && first) strip.start = first;
        if (strip.end - strip.start >= 2) twc_tiff_read_at(of->input, strip.end - 2, last, 2);
        bool has_marker = last[0] == 0xFF && last[1] >= RST0 && last[1] <= EOI;
        add(jpeg, NULL, strip.start, strip.end - strip.start);
        if (index + 1 == of->strips) add(jpeg, end_marker, 0, sizeof end_marker);
        else if (!has_marker) add(jpeg, restarts[index % 8], 0, 2);
    }
}

/// Adds the header of a stream, with the restart interval that follows from the strips, and then their data.
static void add_header_and_strips(const facts *of, twc_tiff_old_jpeg *jpeg, const stream *header, uint64_t first) {
    add(jpeg, NULL, header->start, header->scan - header->start);
    if (of->strips > 1) append_interval(jpeg, restart_interval(of));
    add(jpeg, jpeg->header, 0, jpeg->header_bytes);
    add(jpeg, NULL, header->scan, header->data - header->scan);
    add_strips(of, jpeg, first);
}

static twc_status compose(const facts *of, twc_tiff_old_jpeg *jpeg) {
    stream whole = {.start = field(of, TIFFTAG_JPEGIFOFFSET, 0)}, first = strip_at(of, 0);
    uint64_t count = field(of, TIFFTAG_JPEGIFBYTECOUNT, 0), size = of->input->size;
    whole.end = count && whole.start < size && count < size - whole.start ? whole.start + count : size;
    bool has_stream = whole.start && whole.start < size && find_scan(of, &whole);
    if (has_stream && whole.data && whole.data < whole.end)
        add(jpeg, NULL, whole.start, whole.end - whole.start);
    else if (has_stream && whole.data)
        add_header_and_strips(of, jpeg, &whole, 0);
    else if (find_scan(of, &first) && first.data)
        add_header_and_strips(of, jpeg, &first, first.data);
    else if (append_header(of, jpeg)) {
        add(jpeg, jpeg->header, 0, jpeg->header_bytes);
        add_strips(of, jpeg, 0);
    } else
        return twc_damage(0, "the file has no header, or not all tables, for its old-style JPEG data");
    return twc_ok();
}

twc_status twc_tiff_compose_old_jpeg(twc_tiff_reader *reader, twc_tiff_old_jpeg *jpeg) {
    // The beginning and the end, nine tables with their segments, and the frame, interval and scan of three components.
    enum { MAXIMUM_HEADER = 4 + 3 * (5 + 64) + 6 * (5 + 16 + 256) + 19 + 6 + 14 };
    facts of = {.input = &reader->input, .directory = &reader->directory};
    of.width = field(&of, TIFFTAG_IMAGEWIDTH, 0);
    of.height = field(&of, TIFFTAG_IMAGELENGTH, 0);
    of.samples = field(&of, TIFFTAG_SAMPLESPERPIXEL, 1);
    of.strip_rows = field(&of, TIFFTAG_ROWSPERSTRIP, of.height);
    if (!of.strip_rows || of.strip_rows > of.height) of.strip_rows = of.height;
    of.strips = (of.height - 1) / of.strip_rows + 1;
    const twc_tiff_entry *sampling = twc_tiff_find(&reader->directory, TIFFTAG_YCBCRSUBSAMPLING);
    of.across = of.samples == 1 ? 1 : (uint32_t)twc_tiff_integer(&reader->input, sampling, 0, 2);
    of.down = of.samples == 1 ? 1 : (uint32_t)twc_tiff_integer(&reader->input, sampling, 1, 2);
    if (field(&of, TIFFTAG_JPEGPROC, 1) != 1)
        return twc_failure(TWC_UNSUPPORTED, "a TIFF file with lossless old-style JPEG compression cannot be read");
    if (of.width > 65535 || of.height > 65535 || !of.across || of.across > 4 || !of.down || of.down > 4)
        return twc_damage(0, "the directory has values that no JPEG stream can have");
    if (of.strips > 1 && (of.strip_rows % (8 * of.down) || restart_interval(&of) > 65535))
        return twc_damage(0, "the directory says strips have %llu rows; JPEG data cannot be cut there",
            (unsigned long long)of.strip_rows);
    jpeg->header = malloc(MAXIMUM_HEADER);
    jpeg->pieces = malloc((size_t)(of.strips * 2 + 8) * sizeof *jpeg->pieces);
    if (!jpeg->header || !jpeg->pieces) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a header");
    return compose(&of, jpeg);
}
