// EXIF is a TIFF structure. This file copies its directories from a TIFF file or an EXIF block into memory, and from
// there into a block or a file.
#include "tiff.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint16_t tag;
    uint16_t type;
    uint32_t count;
    /// In the machine's byte order; null for a sub-directory.
    uint8_t *bytes;
    twc_tiff_node *child;
} node_entry;

struct twc_tiff_node {
    node_entry *entries;
    size_t count;
};

static const bool is_machine_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

static bool is_child_tag(uint16_t tag) {
    return tag == TIFFTAG_EXIFIFD || tag == TIFFTAG_GPSIFD || tag == TIFFTAG_INTEROPERABILITYIFD;
}

void twc_tiff_swap(uint8_t *bytes, uint32_t type, uint64_t count) {
    uint32_t size = twc_tiff_type_size(type);
    if (type == TIFF_RATIONAL || type == TIFF_SRATIONAL) {
        size = 4;
        count *= 2;
    }
    for (uint64_t index = 0; size > 1 && index < count; index++, bytes += size)
        for (uint32_t low = 0, high = size - 1; low < high; low++, high--) {
            uint8_t byte = bytes[low];
            bytes[low] = bytes[high];
            bytes[high] = byte;
        }
}

/// Converts numbers of 8 bytes to 4, because EXIF has no 8-byte numbers. False if one does not fit.
static bool narrow(node_entry *entry) {
    if (entry->type != TIFF_LONG8 && entry->type != TIFF_SLONG8 && entry->type != TIFF_IFD8) return true;
    bool is_signed = entry->type == TIFF_SLONG8;
    for (uint32_t index = 0; index < entry->count; index++) {
        int64_t value;
        memcpy(&value, entry->bytes + index * 8, 8);
        if (is_signed ? value != (int32_t)value : value != (int64_t)(uint32_t)value) return false;
        uint32_t low = (uint32_t)value;
        memcpy(entry->bytes + index * 4, &low, 4);
    }
    entry->type = is_signed ? TIFF_SLONG : TIFF_LONG;
    return true;
}

static bool read_value(
    const twc_tiff_input *input, const twc_tiff_entry *from, node_entry *entry, size_t *budget, twc_notes *notes) {
    *entry = (node_entry){.tag = from->tag, .type = from->type, .count = (uint32_t)from->count};
    if (from->bytes > *budget) {
        twc_note_thing(notes, "EXIF field %s was left out: it is too large",
            "EXIF fields %s were left out: they are too large", "%u", from->tag);
        return false;
    }
    *budget -= (size_t)from->bytes;
    const char *why;
    entry->bytes = twc_tiff_entry_bytes(input, from, &why);
    if (!entry->bytes) {
        twc_note_thing(notes, "EXIF field %s was left out: it cannot be read, or there is not enough memory",
            "EXIF fields %s were left out: they cannot be read, or there is not enough memory", "%u", from->tag);
        return false;
    }
    if (input->is_big_endian != is_machine_big_endian) twc_tiff_swap(entry->bytes, from->type, from->count);
    if (narrow(entry)) return true;
    twc_note_thing(notes, "EXIF field %s was left out: it has numbers of 64 bits",
        "EXIF fields %s were left out: they have numbers of 64 bits", "%u", from->tag);
    free(entry->bytes);
    return false;
}

twc_tiff_node *twc_tiff_node_read(
    const twc_tiff_input *input, uint64_t offset, const uint16_t *only, int depth, size_t *budget, twc_notes *notes) {
    twc_tiff_directory directory;
    if (!twc_tiff_directory_read(input, offset, &directory)) {
        twc_note_metadata(notes, "an EXIF directory cannot be read and was left out");
        return NULL;
    }
    if (directory.lost && !only) twc_note_metadata(notes,
        "EXIF fields that cannot be read (%u) were left out", directory.lost);
    twc_tiff_node *node = calloc(1, sizeof *node);
    if (node) node->entries = calloc(directory.count + 1, sizeof *node->entries);
    if (!node || !node->entries) {
        twc_note_metadata(notes, "EXIF fields were left out: not enough memory");
        twc_tiff_directory_free(&directory);
        free(node);
        return NULL;
    }
    for (uint32_t index = 0; index < directory.count; index++) {
        const twc_tiff_entry *from = &directory.entries[index];
        node_entry *entry = &node->entries[node->count];
        if (only && !twc_tiff_is_in(only, from->tag)) continue;
        if (!is_child_tag(from->tag)) {
            node->count += read_value(input, from, entry, budget, notes);
            continue;
        }
        *entry = (node_entry){.tag = from->tag, .type = TIFF_LONG, .count = 1};
        if (depth > 0)
            entry->child = twc_tiff_node_read(
                input, twc_tiff_integer(input, from, 0, 0), NULL, depth - 1, budget, notes);
        node->count += entry->child != NULL;
    }
    twc_tiff_directory_free(&directory);
    return node;
}

void twc_tiff_node_free(twc_tiff_node *node) {
    if (!node) return;
    for (size_t index = 0; index < node->count; index++) {
        free(node->entries[index].bytes);
        twc_tiff_node_free(node->entries[index].child);
    }
    free(node->entries);
    free(node);
}

size_t twc_tiff_node_count(const twc_tiff_node *node) { return node->count; }

const uint8_t *twc_tiff_node_at(
    const twc_tiff_node *node, size_t index, uint16_t *tag, uint16_t *type, uint32_t *count) {
    const node_entry *entry = &node->entries[index];
    *tag = entry->tag;
    *type = entry->type;
    *count = entry->count;
    return entry->bytes;
}

const twc_tiff_node *twc_tiff_node_child(const twc_tiff_node *node, uint16_t tag) {
    for (size_t index = 0; index < node->count; index++)
        if (node->entries[index].tag == tag) return node->entries[index].child;
    return NULL;
}

// MARK: Writing

/// The bytes of a structure that will begin at `offset`.
typedef struct {
    twc_buffer buffer;
    uint64_t offset;
    bool is_big_endian;
    bool is_big;
    bool has_failed;
} builder;

/// Appends zeros at an even offset. Returns the offset.
static size_t extend(builder *builder, size_t count) {
    twc_buffer *buffer = &builder->buffer;
    size_t start = buffer->count + (buffer->count & 1), end = start + count;
    if (!builder->has_failed) builder->has_failed = !twc_buffer_reserve(buffer, end - buffer->count);
    if (builder->has_failed) return 0;
    memset(buffer->bytes + buffer->count, 0, end - buffer->count);
    buffer->count = end;
    return start;
}

static void put_number(builder *builder, size_t at, uint64_t value, uint32_t size) {
    for (uint32_t index = 0; index < size && !builder->has_failed; index++)
        builder->buffer.bytes[at + (builder->is_big_endian ? size - 1 - index : index)] = (uint8_t)(value >> index * 8);
}

static int by_tag(const void *a, const void *b) {
    return (int)((const node_entry *)a)->tag - (int)((const node_entry *)b)->tag;
}

static size_t build(builder *builder, const twc_tiff_node *node) {
    uint32_t counter = builder->is_big ? 8 : 2, step = builder->is_big ? 20 : 12, word = builder->is_big ? 8 : 4;
    size_t start = extend(builder, counter + node->count * step + word);
    put_number(builder, start, node->count, counter);
    qsort(node->entries, node->count, sizeof *node->entries, by_tag);
    for (size_t index = 0; index < node->count; index++) {
        const node_entry *entry = &node->entries[index];
        size_t at = start + counter + index * step;
        put_number(builder, at, entry->tag, 2);
        put_number(builder, at + 2, entry->type, 2);
        put_number(builder, at + 4, entry->count, word);
        if (entry->child) {
            size_t child = build(builder, entry->child);
            if (builder->is_big) put_number(builder, at + 2, TIFF_IFD8, 2);
            put_number(builder, at + 4 + word, builder->offset + child, word);
            continue;
        }
        size_t bytes = (size_t)entry->count * twc_tiff_type_size(entry->type);
        size_t target = at + 4 + word;
        if (bytes > word) {
            target = extend(builder, bytes);
            put_number(builder, at + 4 + word, builder->offset + target, word);
        }
        if (builder->has_failed) return 0;
        memcpy(builder->buffer.bytes + target, entry->bytes, bytes);
        if (builder->is_big_endian != is_machine_big_endian)
            twc_tiff_swap(builder->buffer.bytes + target, entry->type, entry->count);
    }
    return start;
}

uint8_t *twc_tiff_node_write(
    const twc_tiff_node *node, uint64_t offset, bool is_big_endian, bool is_big, size_t *count) {
    builder builder = {.offset = offset, .is_big_endian = is_big_endian, .is_big = is_big};
    build(&builder, node);
    if (builder.has_failed) {
        free(builder.buffer.bytes);
        return NULL;
    }
    *count = builder.buffer.count;
    return builder.buffer.bytes;
}
