// Directories of TIFF structures, in files and in blocks of memory.
#ifndef TILEWORK_TIFF_DIRECTORY_H
#define TILEWORK_TIFF_DIRECTORY_H

#include "../common/codec.h"

/// Bytes of a TIFF structure: a file, or a block in memory if `source` is null.
typedef struct {
    twc_source *source;
    const uint8_t *bytes;
    uint64_t size;
    bool is_big_endian;
    bool is_big;
} twc_tiff_input;

typedef struct {
    uint16_t tag;
    uint16_t type;
    uint64_t count;
    /// Where the values are. All of them lie inside the input.
    uint64_t position;
    uint64_t bytes;
} twc_tiff_entry;

typedef struct {
    twc_tiff_entry *entries;
    uint32_t count;
    /// How many entries point outside the input or have an unknown type.
    uint32_t lost;
    /// Whether tags are not in ascending order.
    bool is_unsorted;
    /// Whether the input ends before or in the offset of the next directory.
    bool is_cut;
    /// The offset of the next directory; 0 if there is none.
    uint64_t next;
} twc_tiff_directory;

enum { TWC_TIFF_MAXIMUM_ENTRIES = 4096, TWC_TIFF_MAXIMUM_DIRECTORIES = 65536 };

/// The size of a type's value in bytes; 0 if there is no such type.
uint32_t twc_tiff_type_size(uint32_t type);
bool twc_tiff_read_at(const twc_tiff_input *input, uint64_t offset, void *bytes, uint64_t count);
uint64_t twc_tiff_decode(const twc_tiff_input *input, const uint8_t *bytes, uint32_t size);
/// Reads the header. False if there is none. `*first` receives the offset of the first directory.
bool twc_tiff_read_header(twc_tiff_input *input, uint64_t *first);
/// Reads a directory. False if it does not lie in the input. The caller frees it.
bool twc_tiff_directory_read(const twc_tiff_input *input, uint64_t offset, twc_tiff_directory *directory);
void twc_tiff_directory_free(twc_tiff_directory *directory);
const twc_tiff_entry *twc_tiff_find(const twc_tiff_directory *directory, uint16_t tag);
/// Whether a list of tags, which ends with 0, has a tag.
static inline bool twc_tiff_is_in(const uint16_t *tags, uint16_t tag) {
    while (*tags && *tags != tag) tags++;
    return *tags;
}
/// A value of an entry of integers; `fallback` if there is none.
uint64_t twc_tiff_integer(
    const twc_tiff_input *input, const twc_tiff_entry *entry, uint64_t index, uint64_t fallback);
uint64_t twc_tiff_field(
    const twc_tiff_input *input, const twc_tiff_directory *directory, uint16_t tag, uint64_t fallback);
double twc_tiff_rational(const twc_tiff_input *input, const twc_tiff_entry *entry);
/// The bytes of an entry as stored, with a zero behind them. On failure it is null, and `*why` says why.
uint8_t *twc_tiff_entry_bytes(const twc_tiff_input *input, const twc_tiff_entry *entry, const char **why);

#endif
