// Statuses of calls, notes about a file, and its blocks of metadata.
#ifndef TILEWORK_NOTES_H
#define TILEWORK_NOTES_H

#include "../include/CImageCodecs.h"
#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Status

#define TWC_PRINTF(text, first) __attribute__((format(printf, text, first)))

static inline twc_status twc_ok(void) {
    // Fields by position, because C++ warns about designated ones.
    const twc_status status = {TWC_OK, 0, -1, {0}};
    return status;
}
twc_status twc_failure(twc_code code, const char *format, ...) TWC_PRINTF(2, 3);
/// Damage from a row on. The reason need not name the row.
twc_status twc_damage(int64_t row, const char *format, ...) TWC_PRINTF(2, 3);
/// After a system call has failed: `TWC_DISK_FULL` or `TWC_IO` with its `errno`.
twc_status twc_system_failure(int error, const char *what);

// MARK: Notes and blocks

enum {
    /// The limit for notes about pixels, and also the limit for notes about metadata.
    TWC_MAXIMUM_NOTES = 24,
    /// The number of names that a note about several things lists.
    TWC_NOTE_NAMES = 8
};

typedef struct {
    char text[480];
    bool is_about_metadata;
    /// The sentence for several things of one kind, with `%s` for their names. Null if the note is about one thing
    /// only.
    const char *several;
    char names[TWC_NOTE_NAMES * 46];
    size_t count;
    /// The sentence without quotations from the file; empty if it quotes nothing.
    char plain[96];
    /// Whether the note is about bytes behind the image. An image inside another file may be followed by such bytes.
    bool is_about_junk;
} twc_note_entry;

typedef struct {
    /// The last entry about pixels, and the last one about metadata, can count the notes that did not fit.
    twc_note_entry entries[2 * (TWC_MAXIMUM_NOTES + 1)];
    size_t count;
    size_t counts[2];
} twc_notes;

/// Adds a note unless it exists already.
void twc_note(twc_notes *notes, const char *format, ...) TWC_PRINTF(2, 3);
/// Adds a note that does not matter to a caller who wants no metadata.
void twc_note_metadata(twc_notes *notes, const char *format, ...) TWC_PRINTF(2, 3);
/// Adds a note that quotes the file.
/// - plain: the sentence without the quotation.
void twc_note_quoting(twc_notes *notes, const char *plain, const char *format, ...) TWC_PRINTF(3, 4);
/// The type of `twc_note` and `twc_note_metadata`.
typedef void twc_noting(twc_notes *notes, const char *format, ...) TWC_PRINTF(2, 3);
/// Notes junk behind the end of the image.
void twc_note_junk(twc_notes *notes, uint64_t bytes);
/// Notes one of several things of a kind. Together they become one note: "EXIF fields 1, 2, … (30) were left out".
/// - one, several: the sentences, each with one `%s` for the names. They are constants: `several` identifies the kind.
/// - format: formats the name.
void twc_note_thing(twc_notes *notes, const char *one, const char *several, const char *format, ...) TWC_PRINTF(4, 5);
/// Notes a thing whose name is a quotation from the file. The plain sentence leaves the names out: "comments were left
/// out".
void twc_note_quote(twc_notes *notes, const char *one, const char *several, const char *format, ...) TWC_PRINTF(4, 5);

typedef struct {
    twc_block *blocks;
    size_t count;
    /// Bytes of all blocks, `TWC_MAXIMUM_METADATA` at most.
    size_t bytes;
} twc_blocks;

enum { TWC_MAXIMUM_METADATA = 64 << 20, TWC_MAXIMUM_BLOCKS = 1024 };

/// Copies a block. False if there is no memory, or if the limit is exceeded; either becomes a note.
bool twc_blocks_add(
    twc_blocks *blocks, twc_notes *notes, twc_block_kind kind, uint32_t tag, uint32_t type, const void *bytes,
    size_t count);
/// The first block of a kind; null if there is none.
const twc_block *twc_blocks_first(const twc_block *blocks, size_t count, twc_block_kind kind);
void twc_blocks_remove(twc_blocks *blocks, size_t index);
void twc_blocks_free(twc_blocks *blocks);

/// Adds the IPTC records in Photoshop's resources as a block, and notes which other resources are left out.
/// - place: where in the file they are, for notes.
void twc_photoshop_add(twc_blocks *blocks, twc_notes *notes, const uint8_t *bytes, size_t count, const char *place);
/// The resolution in Photoshop's resources; 0 by 0 if they have none.
twc_density twc_photoshop_density(const uint8_t *bytes, size_t end);

#ifdef __cplusplus
}
#endif
#endif
