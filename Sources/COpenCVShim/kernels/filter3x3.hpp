// Correlation with a kernel of 3×3 whole numbers.
#pragma once

#include <cstdint>

#include "gaussian.hpp"

namespace tw {

/// Nine weights, row by row.
struct Weights3x3 {
    int8_t values[9];

    /// The weights as whole numbers; false if they are not, or if their magnitudes sum up to more than 128. Up to
    /// there, sums of 8-bit samples fit into 16 bits, and none of an instruction's two products saturates.
    bool set(const float *weights);
};

/// Filters the part of `image` that lies at (x, y) and has the size of `out`; past the sides of `image`, pixels are
/// reflected (101).
void filter3x3(
    const Pixels &image, const Pixels &out, int x, int y, int channels, int bits, const Weights3x3 &weights,
    Level level);

}  // namespace tw
