// Pieces of one deflate stream, each made without the others.
#ifndef TILEWORK_PNG_DEFLATE_H
#define TILEWORK_PNG_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Memory that is used again for each piece; one for each thread.
typedef struct twc_png_deflater twc_png_deflater;

/// - level: 1 is ISA-L's fastest with tables of its own, or literals if nothing is worth repeating, or zlib's run
///   lengths for what they make smaller; 2 to 9 are zlib's.
/// Null without memory.
twc_png_deflater *twc_png_deflater_open(uint32_t level);
void twc_png_deflater_close(twc_png_deflater *deflater);

/// What so many bytes become at most.
size_t twc_png_deflate_bound(size_t count);

/// Makes a piece that refers to nothing before it. It ends on a whole byte, so that the next one can follow; the last
/// one ends the stream. 0 if it does not fit into `capacity`.
size_t twc_png_deflate(
    twc_png_deflater *deflater, const uint8_t *bytes, size_t count, bool is_last, uint8_t *piece, size_t capacity);

#endif
