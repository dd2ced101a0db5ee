// Deflate without matches: each byte becomes a literal, in codes made for some bytes at a time.
#ifndef TILEWORK_PNG_LITERALS_H
#define TILEWORK_PNG_LITERALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Makes a piece of a deflate stream that refers to nothing before it. It ends on a whole byte: with an empty stored
/// block as zlib's flushes do, or with the stream's end if `is_last`. The same bytes always become the same piece.
///
/// Returns its length in bytes, or 0 if it does not fit into `capacity` with 512 bytes to spare.
size_t twc_png_literals(const uint8_t *bytes, size_t count, bool is_last, uint8_t *piece, size_t capacity);

#endif
