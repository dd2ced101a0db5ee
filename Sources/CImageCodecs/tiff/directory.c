// Image file directories, classic and Big, in both byte orders. Every offset is checked against the size of the input.
#include "tiff.h"
#include <stdlib.h>
#include <string.h>

uint32_t twc_tiff_type_size(uint32_t type) {
    static const uint8_t sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
    return type < sizeof sizes ? sizes[type] : 0;
}

bool twc_tiff_read_at(const twc_tiff_input *input, uint64_t offset, void *bytes, uint64_t count) {
    if (offset > input->size || count > input->size - offset) return false;
    if (!input->source) {
        memcpy(bytes, input->bytes + offset, (size_t)count);
        return true;
    }
    twc_source_seek(input->source, offset);
    return twc_source_read(input->source, bytes, (size_t)count) == count;
}

uint64_t twc_tiff_decode(const twc_tiff_input *input, const uint8_t *bytes, uint32_t size) {
    uint64_t value = 0;
    for (uint32_t index = 0; index < size; index++)
        value = value << 8 | bytes[input->is_big_endian ? index : size - 1 - index];
    return value;
}

bool twc_tiff_read_header(twc_tiff_input *input, uint64_t *first) {
    uint8_t head[16];
    if (!twc_tiff_read_at(input, 0, head, 8)) return false;
    input->is_big_endian = head[0] == 'M';
    if (head[0] != head[1] || (head[0] != 'M' && head[0] != 'I')) return false;
    uint64_t version = twc_tiff_decode(input, head + 2, 2);
    input->is_big = version == 43;
    if (version == 42) {
        *first = twc_tiff_decode(input, head + 4, 4);
        return true;
    }
    if (version != 43 || !twc_tiff_read_at(input, 0, head, 16) || twc_tiff_decode(input, head + 4, 2) != 8)
        return false;
    *first = twc_tiff_decode(input, head + 8, 8);
    return true;
}

/// Reads one entry. False if its values do not lie in the input.
static bool read_entry(
    const twc_tiff_input *input, const uint8_t *bytes, uint64_t position, twc_tiff_entry *entry) {
    uint32_t word = input->is_big ? 8 : 4;
    entry->tag = (uint16_t)twc_tiff_decode(input, bytes, 2);
    entry->type = (uint16_t)twc_tiff_decode(input, bytes + 2, 2);
    entry->count = twc_tiff_decode(input, bytes + 4, word);
    uint32_t size = twc_tiff_type_size(entry->type);
    if (!size || entry->count > input->size / size) return false;
    entry->bytes = entry->count * size;
    entry->position = entry->bytes <= word ? position + 4 + word : twc_tiff_decode(input, bytes + 4 + word, word);
    return entry->position <= input->size && entry->bytes <= input->size - entry->position;
}

bool twc_tiff_directory_read(const twc_tiff_input *input, uint64_t offset, twc_tiff_directory *directory) {
    uint8_t head[8];
    uint32_t counter = input->is_big ? 8 : 2, step = input->is_big ? 20 : 12, word = input->is_big ? 8 : 4;
    *directory = (twc_tiff_directory){0};
    if (offset < 8 || !twc_tiff_read_at(input, offset, head, counter)) return false;
    uint64_t count = twc_tiff_decode(input, head, counter);
    if (!count || count > TWC_TIFF_MAXIMUM_ENTRIES) return false;
    size_t bytes = (size_t)count * step;
    uint8_t *raw = malloc(bytes);
    directory->entries = malloc((size_t)count * sizeof *directory->entries);
    bool is_read = raw && directory->entries && twc_tiff_read_at(input, offset + counter, raw, bytes);
    uint64_t last = 0;
    for (uint64_t index = 0; is_read && index < count; index++) {
        uint64_t tag = twc_tiff_decode(input, raw + index * step, 2);
        directory->is_unsorted |= tag < last;
        last = tag;
        uint64_t position = offset + counter + index * step;
        if (read_entry(input, raw + index * step, position, &directory->entries[directory->count]))
            directory->count++;
        else
            directory->lost++;
    }
    // Some files end before the offset of a next directory that does not exist.
    directory->is_cut = is_read && !twc_tiff_read_at(input, offset + counter + bytes, head, word);
    if (is_read && !directory->is_cut) directory->next = twc_tiff_decode(input, head, word);
    free(raw);
    if (!is_read) twc_tiff_directory_free(directory);
    return is_read;
}

void twc_tiff_directory_free(twc_tiff_directory *directory) {
    free(directory->entries);
    *directory = (twc_tiff_directory){0};
}

const twc_tiff_entry *twc_tiff_find(const twc_tiff_directory *directory, uint16_t tag) {
    for (uint32_t index = 0; index < directory->count; index++)
        if (directory->entries[index].tag == tag) return &directory->entries[index];
    return NULL;
}

uint64_t twc_tiff_integer(
    const twc_tiff_input *input, const twc_tiff_entry *entry, uint64_t index, uint64_t fallback) {
    uint8_t bytes[8];
    if (!entry || index >= entry->count) return fallback;
    uint32_t size = twc_tiff_type_size(entry->type);
    if (entry->type == 2 || entry->type == 5 || (entry->type >= 10 && entry->type <= 12)) return fallback;
    if (!twc_tiff_read_at(input, entry->position + index * size, bytes, size)) return fallback;
    return twc_tiff_decode(input, bytes, size);
}

uint64_t twc_tiff_field(
    const twc_tiff_input *input, const twc_tiff_directory *directory, uint16_t tag, uint64_t fallback) {
    return twc_tiff_integer(input, twc_tiff_find(directory, tag), 0, fallback);
}

double twc_tiff_rational(const twc_tiff_input *input, const twc_tiff_entry *entry) {
    uint8_t bytes[8];
    if (!entry || !entry->count) return 0;
    if (entry->type != 5) return (double)twc_tiff_integer(input, entry, 0, 0);
    if (!twc_tiff_read_at(input, entry->position, bytes, 8)) return 0;
    uint64_t above = twc_tiff_decode(input, bytes, 4), below = twc_tiff_decode(input, bytes + 4, 4);
    return below ? (double)above / (double)below : 0;
}

uint8_t *twc_tiff_entry_bytes(const twc_tiff_input *input, const twc_tiff_entry *entry, const char **why) {
    *why = "it is too large";
    if (entry->bytes > TWC_MAXIMUM_METADATA) return NULL;
    uint8_t *bytes = malloc((size_t)entry->bytes + 1);
    *why = "not enough memory";
    if (!bytes) return NULL;
    *why = "it cannot be read";
    bytes[entry->bytes] = 0;
    if (twc_tiff_read_at(input, entry->position, bytes, entry->bytes)) return bytes;
    free(bytes);
    return NULL;
}
