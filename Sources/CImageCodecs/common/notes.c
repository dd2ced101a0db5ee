#include "codec.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Formats a text. If it is too long, it is cut between two characters and ends with dots.
TWC_PRINTF(3, 0) static void format_text(char *text, size_t capacity, const char *format, va_list arguments) {
    static const char dots[] = "…";
    size_t at = capacity - sizeof dots;
    if (vsnprintf(text, capacity, format, arguments) < (int)capacity) return;
    while (at && (text[at] & 0xC0) == 0x80) at--;
    memcpy(text + at, dots, sizeof dots);
}

TWC_PRINTF(3, 4) static void print(char *text, size_t capacity, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    format_text(text, capacity, format, arguments);
    va_end(arguments);
}

/// The next free entry for a note of this kind, about metadata or about pixels. Null if there are too many of the kind;
/// its last entry then says how many did not fit.
static twc_note_entry *next_entry(twc_notes *notes, bool is_about_metadata) {
    size_t number = notes->counts[is_about_metadata]++;
    if (number <= TWC_MAXIMUM_NOTES) {
        twc_note_entry *entry = &notes->entries[notes->count++];
        *entry = (twc_note_entry){.is_about_metadata = is_about_metadata};
        if (number < TWC_MAXIMUM_NOTES) return entry;
    }
    for (size_t index = notes->count; index--;) {
        twc_note_entry *last = &notes->entries[index];
        if (last->is_about_metadata != is_about_metadata) continue;
        print(last->text, sizeof last->text, "and %zu more notes%s", number + 1 - TWC_MAXIMUM_NOTES,
            is_about_metadata ? " about metadata" : "");
        return NULL;
    }
    return NULL;
}

/// Adds a note. Null if there is one with the same text, or if there are too many.
TWC_PRINTF(3, 0)
static twc_note_entry *add(twc_notes *notes, bool is_about_metadata, const char *format, va_list arguments) {
    char text[sizeof notes->entries[0].text];
    format_text(text, sizeof text, format, arguments);
    for (size_t index = 0; index < notes->count; index++)
        if (strcmp(notes->entries[index].text, text) == 0) return NULL;
    twc_note_entry *entry = next_entry(notes, is_about_metadata);
    if (entry) memcpy(entry->text, text, sizeof text);
    return entry;
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

void twc_note_quoting(twc_notes *notes, const char *plain, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    twc_note_entry *entry = add(notes, true, format, arguments);
    va_end(arguments);
    if (entry) print(entry->plain, sizeof entry->plain, "%s", plain);
}

void twc_note_junk(twc_notes *notes, uint64_t bytes) {
    size_t count = notes->count;
    twc_note(notes, "junk of %llu bytes behind the end of the image was ignored", (unsigned long long)bytes);
    if (notes->count > count) notes->entries[count].is_about_junk = true;
}

/// Writes the sentence without its `%s`, the place of the names, and without what surrounds it: ": ", " (" and ")", or
/// " ".
static void write_plain(twc_note_entry *entry, const char *sentence) {
    const char *place = strstr(sentence, "%s"), *after = place + 2;
    int length = (int)(place - sentence);
    bool is_in_brackets = length && sentence[length - 1] == '(';
    while (length && strchr(" (:", sentence[length - 1])) length--;
    print(entry->plain, sizeof entry->plain, "%.*s%s", length, sentence, after + is_in_brackets);
}

/// Puts the names into the sentence.
static void write_sentence(twc_note_entry *entry, const char *sentence) {
    const char *place = strstr(sentence, "%s");
    char more[32] = "";
    if (entry->count > TWC_NOTE_NAMES) snprintf(more, sizeof more, ", … (%zu)", entry->count);
    print(entry->text, sizeof entry->text, "%.*s%s%s%s", (int)(place - sentence), sentence, entry->names, more,
        place + 2);
}

static bool is_listed(const twc_note_entry *entry, const char *name) {
    size_t length = strlen(name);
    for (const char *at = entry->names; (at = strstr(at, name)); at++)
        if ((at == entry->names || at[-1] == ' ') && (!at[length] || at[length] == ',')) return true;
    return false;
}

/// Adds a name to the note that has this `several`, or begins such a note. Null if there are too many notes; the new
/// one is then only counted.
TWC_PRINTF(4, 0) static twc_note_entry *add_thing(
    twc_notes *notes, const char *one, const char *several, const char *format, va_list arguments) {
    char name[44];
    format_text(name, sizeof name, format, arguments);
    twc_note_entry *entry = NULL;
    for (size_t index = 0; index < notes->count && !entry; index++)
        if (notes->entries[index].several == several) entry = &notes->entries[index];
    bool is_first = !entry;
    if (is_first && !(entry = next_entry(notes, true))) return NULL;
    if (!is_first && is_listed(entry, name)) return entry;
    size_t used = strlen(entry->names);
    entry->several = several;
    if (++entry->count <= TWC_NOTE_NAMES)
        print(entry->names + used, sizeof entry->names - used, is_first ? "%s" : ", %s", name);
    write_sentence(entry, is_first ? one : several);
    return entry;
}

void twc_note_thing(twc_notes *notes, const char *one, const char *several, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    add_thing(notes, one, several, format, arguments);
    va_end(arguments);
}

void twc_note_quote(twc_notes *notes, const char *one, const char *several, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    twc_note_entry *entry = add_thing(notes, one, several, format, arguments);
    va_end(arguments);
    if (entry) write_plain(entry, entry->count > 1 ? several : one);
}

bool twc_blocks_add(
    twc_blocks *blocks, twc_notes *notes, twc_block_kind kind, uint32_t tag, uint32_t type, const void *bytes,
    size_t count) {
    if (blocks->count == TWC_MAXIMUM_BLOCKS || count > TWC_MAXIMUM_METADATA - blocks->bytes) {
        twc_note_metadata(notes, "metadata beyond %d blocks or %d MiB was left out", TWC_MAXIMUM_BLOCKS,
            TWC_MAXIMUM_METADATA >> 20);
        return false;
    }
    // malloc gets 1 byte at least, so that a block without bytes has an address.
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

void twc_blocks_remove(twc_blocks *blocks, size_t index) {
    twc_block *block = &blocks->blocks[index];
    blocks->bytes -= block->count;
    free((void *)block->bytes);
    blocks->count--;
    memmove(block, block + 1, (blocks->count - index) * sizeof *block);
}

void twc_blocks_free(twc_blocks *blocks) {
    for (size_t index = 0; index < blocks->count; index++) free((void *)blocks->blocks[index].bytes);
    free(blocks->blocks);
    *blocks = (twc_blocks){0};
}
