// The numbers of a TIFF structure in memory, within its bounds. A broken block is read as far as it goes, because even
// a truncated block can have a valid orientation. Directories of TIFF files are stricter (tiff/directory.c).
#ifndef TILEWORK_STRUCTURE_H
#define TILEWORK_STRUCTURE_H

#include "../common/codec.h"
#include <string.h>

enum { TWC_ENTRY_BYTES = 12 };

typedef struct {
    const uint8_t *bytes;
    size_t count;
    bool is_big_endian;
} twc_structure;

static inline bool twc_structure_has(const twc_structure *in, size_t offset, size_t count) {
    return offset <= in->count && count <= in->count - offset;
}

/// False if the bytes do not begin as a TIFF structure.
static inline bool twc_structure_open(twc_structure *in, const uint8_t *bytes, size_t count) {
    in->bytes = bytes;
    in->count = count;
    if (count < 8) return false;
    in->is_big_endian = bytes[0] == 'M';
    return twc_begins_structure(bytes);
}

static inline uint32_t twc_structure_16(const twc_structure *in, size_t at) {
    return in->is_big_endian ? twc_be16(in->bytes + at) : twc_le16(in->bytes + at);
}

static inline uint32_t twc_structure_32(const twc_structure *in, size_t at) {
    return in->is_big_endian ? twc_be32(in->bytes + at) : twc_le32(in->bytes + at);
}

/// How many whole entries a directory has. The first one begins 2 bytes behind the directory's start.
static inline size_t twc_structure_entries(const twc_structure *in, size_t directory) {
    if (!twc_structure_has(in, directory, 2)) return 0;
    size_t claimed = twc_structure_16(in, directory), fitting = (in->count - directory - 2) / TWC_ENTRY_BYTES;
    return claimed < fitting ? claimed : fitting;
}

#endif
