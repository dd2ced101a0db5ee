// Correlation with a kernel of 3×3 integers.
#pragma once

#include <cstdint>

#include "gaussian.hpp"

namespace tw {

/// Nine weights, row by row.
struct Weights3x3 {
    int8_t values[9];

    /// Sets the weights as integers. False if they are not integers, or if their magnitudes sum up to more than 128. Up
    /// to 128, sums of 8-bit samples fit into 16 bits, and the sum of an instruction's two products does not saturate.
    bool set(const float *weights);
};

/// Filters the part of `image` at (x, y) that has the size of `out`. Beyond the sides of `image`, pixels are reflected
/// (101).
void filter3x3(
    const Pixels &image, const Pixels &out, int x, int y, int channels, int bits, const Weights3x3 &weights,
    Level level);

}  // namespace tw
