// How calls end, what is said of a file, and its blocks of metadata.
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
    // By position, so that C++ compiles it without warnings.
    const twc_status status = {TWC_OK, 0, -1, {0}};
    return status;
}
twc_status twc_failure(twc_code code, const char *format, ...) TWC_PRINTF(2, 3);
/// Damage from a row on, which the reason need not name.
twc_status twc_damage(int64_t row, const char *format, ...) TWC_PRINTF(2, 3);
/// After a system call has failed: `TWC_DISK_FULL` or `TWC_IO` with its `errno`.
twc_status twc_system_failure(int error, const char *what);

// MARK: Notes and blocks

enum {
    /// Notes about pixels, and as many about metadata: neither takes the places of the other.
    TWC_MAXIMUM_NOTES = 24,
    /// Names that a note about several things lists.
    TWC_NOTE_NAMES = 8
};

typedef struct {
    char text[480];
    bool is_about_metadata;
    /// Of a note about things of one kind: its sentence for several, with `%s` for their names; else null.
    const char *several;
    char names[TWC_NOTE_NAMES * 46];
    size_t count;
    /// The sentence without words of the file's own; empty if it has none.
    char plain[96];
    /// Says what is behind the image, which has another meaning if the image lies in another file.
    bool is_about_junk;
} twc_note_entry;

typedef struct {
    /// The last entry of each sort says how many more there would be.
    twc_note_entry entries[2 * (TWC_MAXIMUM_NOTES + 1)];
    size_t count;
    size_t counts[2];
} twc_notes;

/// Adds a note unless it is there.
void twc_note(twc_notes *notes, const char *format, ...) TWC_PRINTF(2, 3);
/// A note that means nothing to whoever wants no metadata.
void twc_note_metadata(twc_notes *notes, const char *format, ...) TWC_PRINTF(2, 3);
/// The same, with words of the file's own in it.
/// - plain: the sentence without them.
void twc_note_quoting(twc_notes *notes, const char *plain, const char *format, ...) TWC_PRINTF(3, 4);
/// Either of the first two.
typedef void twc_noting(twc_notes *notes, const char *format, ...) TWC_PRINTF(2, 3);
/// Bytes behind the end of the image.
void twc_note_junk(twc_notes *notes, uint64_t bytes);
/// A note about one of several things of a kind, which become one note: "EXIF fields 1, 2, … (30) were left out".
/// - one, several: the sentences, with one `%s` each for the names. They are constants: the second tells the kind.
/// - format: of the name.
void twc_note_thing(twc_notes *notes, const char *one, const char *several, const char *format, ...) TWC_PRINTF(4, 5);
/// The same of things whose names are the file's own words. Without them, the sentence ends where they would begin, or
/// goes on behind them: "comments were left out".
void twc_note_quote(twc_notes *notes, const char *one, const char *several, const char *format, ...) TWC_PRINTF(4, 5);

typedef struct {
    twc_block *blocks;
    size_t count;
    /// Bytes of all; no file gets more than `TWC_MAXIMUM_METADATA` kept.
    size_t bytes;
} twc_blocks;

enum { TWC_MAXIMUM_METADATA = 64 << 20, TWC_MAXIMUM_BLOCKS = 1024 };

/// Copies a block. False if there is no memory, or too much of them, which becomes a note.
bool twc_blocks_add(
    twc_blocks *blocks, twc_notes *notes, twc_block_kind kind, uint32_t tag, uint32_t type, const void *bytes,
    size_t count);
/// The first of a kind; null if there is none.
const twc_block *twc_blocks_first(const twc_block *blocks, size_t count, twc_block_kind kind);
void twc_blocks_remove(twc_blocks *blocks, size_t index);
void twc_blocks_free(twc_blocks *blocks);

/// Adds the IPTC records of Photoshop's resources as a block, and notes what else of them is left out.
/// - place: where the file has them, for notes.
void twc_photoshop_add(twc_blocks *blocks, twc_notes *notes, const uint8_t *bytes, size_t count, const char *place);
/// The resolution that Photoshop's resources say; 0 by 0 if they say none.
twc_density twc_photoshop_density(const uint8_t *bytes, size_t end);

#ifdef __cplusplus
}
#endif
#endif
