#include "codec.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(twc_notes *notes, bool is_about_metadata, const char *format, va_list arguments) {
    if (notes->count == TWC_MAXIMUM_NOTES) return;
    char *text = notes->text[notes->count];
    vsnprintf(text, sizeof notes->text[0], format, arguments);
    for (size_t index = 0; index < notes->count; index++)
        if (strcmp(notes->text[index], text) == 0) return;
    notes->is_about_metadata[notes->count++] = is_about_metadata;
}

void twc_note(twc_notes *notes, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    add(notes, false, format, arguments);
    va_end(arguments);
}

void twc_note_metadata(twc_notes *notes, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    add(notes, true, format, arguments);
    va_end(arguments);
}

bool twc_blocks_add(
    twc_blocks *blocks, twc_notes *notes, twc_block_kind kind, uint32_t tag, uint32_t type, const void *bytes,
    size_t count) {
    if (blocks->count == TWC_MAXIMUM_BLOCKS || count > TWC_MAXIMUM_METADATA - blocks->bytes) {
        twc_note_metadata(notes, "metadata beyond %d blocks or %d MiB was left out", TWC_MAXIMUM_BLOCKS,
            TWC_MAXIMUM_METADATA >> 20);
        return false;
    }
    // One byte at least, so that a block without bytes has an address.
    uint8_t *copy = malloc(count ? count : 1);
    twc_block *more = realloc(blocks->blocks, (blocks->count + 1) * sizeof *more);
    if (more) blocks->blocks = more;
    if (!copy || !more) {
        free(copy);
        twc_note_metadata(notes, "metadata was left out: not enough memory");
        return false;
    }
    if (count) memcpy(copy, bytes, count);
    more[blocks->count++] = (twc_block){.kind = kind, .tag = tag, .type = type, .bytes = copy, .count = count};
    blocks->bytes += count;
    return true;
}

const twc_block *twc_blocks_first(const twc_block *blocks, size_t count, twc_block_kind kind) {
    for (size_t index = 0; index < count; index++)
        if (blocks[index].kind == kind) return &blocks[index];
    return NULL;
}

void twc_blocks_free(twc_blocks *blocks) {
    for (size_t index = 0; index < blocks->count; index++) free((void *)blocks->blocks[index].bytes);
    free(blocks->blocks);
    *blocks = (twc_blocks){0};
}
