// Kernels that read one pixel at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "level.hpp"

namespace tw {

/// to[i] = table[from[i]], with a table of 256 entries.
void lookUp(const uint8_t *from, uint8_t *to, size_t count, const uint8_t *table, Level level);

/// Transforms the three channels of `pixels` pixels by a matrix: divided by `scale`, rounded half to even, saturated.
void colorMatrix(const uint8_t *from, uint8_t *to, size_t pixels, const int32_t *k, int32_t scale, Level level);
void colorMatrix(const uint16_t *from, uint16_t *to, size_t pixels, const int32_t *k, int32_t scale, Level level);

}  // namespace tw
