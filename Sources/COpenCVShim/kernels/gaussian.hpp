// Gaussian blur in the fixed-point numbers of OpenCV, byte for byte.
//
// A weight is a whole part of 2^8 for samples of 8 bits, of 2^16 for 16 bits, and all of them sum up to 1. The sums
// along rows and columns are exact; only the end result is rounded, halves up. So sums may be taken in any order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "level.hpp"

namespace tw {

/// The weights from the first that is not zero to the last: 2 · reach + 1 of them.
struct GaussianWeights {
    int reach = 0;
    std::vector<uint32_t> taps;
};

/// The weights of cv::GaussianBlur. `bits` is the samples' depth, 8 or 16. Sigma 0 is OpenCV's choice by `ksize`.
GaussianWeights gaussianWeights(int ksize, double sigma, int bits);

/// Weights as a kernel wants them. A weight that is too large for a signed byte or word is cut into pieces, each in a
/// layer of its own; their sums add up.
struct GaussianPlan {
    /// Steps `first` to `first + count`; the words of the first one are at `words[at]`.
    struct Layer {
        int first;
        int count;
        size_t at;
    };

    int reach = 0;
    int channels = 0;
    /// Along the rows: a step is one word that holds the weights of 2 or 4 neighbouring taps.
    std::vector<Layer> across;
    /// Along the columns: a step is four words, for the four rows that are computed together. Each holds the weights of
    /// two neighbouring rows.
    std::vector<Layer> down;
    std::vector<uint32_t> words;
};

/// The sums along rows are kept for a strip of the image, in columns of `unit` samples: for each pair of rows, the two
/// sums of a sample lie side by side. Samples of 16 bits have sums of 32 bits, kept as their upper and lower halves.
struct GaussianKernel {
    int block;                  // samples that `across` computes together, a multiple of `unit`
    int unit;                   // samples of a column
    int strip;                  // samples of a strip, a multiple of `block`
    int group;                  // taps of a step along the rows
    uint32_t acrossLimit;       // the largest weight along the rows
    size_t pairBytes;           // bytes of one pair of rows in a column
    int spreadBytes;            // bytes that a sample takes in `spread`

    /// Sums two rows, `blocks` blocks from `rows[0]` and `rows[1]` on, into the pair at `pair`. `columnBytes` is the
    /// distance of columns, `spread` is space for both rows.
    void (*across)(
        const GaussianPlan &plan, const void *const rows[2], int blocks, char *pair, size_t columnBytes, char *spread);

    /// Sums columns, rounds, and writes `rows` rows of `samples` samples.
    void (*down)(
        const GaussianPlan &plan, const char *strip, size_t columnBytes, int rows, int samples, char *out,
        size_t stride);
};

/// The kernel of a level for samples of `bits` bits.
const GaussianKernel &gaussianKernel(Level level, int bits);

// Everything that kernels are made of has to inline into them, since a call would not keep their registers.
#define TW_INLINE static inline __attribute__((always_inline))

namespace portable { extern const GaussianKernel gaussian8, gaussian16; }
namespace sse2 { extern const GaussianKernel gaussian8, gaussian16; }
namespace avx2 { extern const GaussianKernel gaussian8, gaussian16; }
namespace avx512 { extern const GaussianKernel gaussian8, gaussian16; }

/// An image in memory. Strides in bytes.
struct Pixels {
    char *data;
    size_t stride;
    int width;
    int height;
};

/// Blurs the part of `image` that lies at (x, y) and has the size of `out`. What lies around it in `image` is its
/// neighbourhood; past the sides of `image`, pixels are reflected (101).
void gaussianBlur(
    const Pixels &image, const Pixels &out, int x, int y, int channels, int bits, const GaussianWeights &weights,
    Level level);

}  // namespace tw
