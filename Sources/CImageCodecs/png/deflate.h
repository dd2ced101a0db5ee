// Pieces of one deflate stream. Each is made without the others.
#ifndef TILEWORK_PNG_DEFLATE_H
#define TILEWORK_PNG_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Memory that is used again for each piece. Each thread has its own.
typedef struct twc_png_deflater twc_png_deflater;

/// - level: 2 to 9 are zlib's. Level 1 is the best of three: ISA-L's fastest with tables of its own; literals if
///   matches do not pay; zlib's run lengths if they are smaller.
/// Null if there is no memory.
twc_png_deflater *twc_png_deflater_open(uint32_t level);
void twc_png_deflater_close(twc_png_deflater *deflater);

/// The largest size of a piece for so many bytes.
size_t twc_png_deflate_bound(size_t count);

/// Makes a piece that refers to nothing before it. It ends on a whole byte, so that the next one can follow. The last
/// piece ends the stream. Returns 0 if the piece does not fit into `capacity`.
size_t twc_png_deflate(
    twc_png_deflater *deflater, const uint8_t *bytes, size_t count, bool is_last, uint8_t *piece, size_t capacity);

#endif
