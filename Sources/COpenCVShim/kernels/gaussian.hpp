// Gaussian blur in the fixed-point numbers of OpenCV, byte for byte.
//
// Weights are integers: multiples of 2^-8 for 8-bit samples, of 2^-16 for 16 bits. All of them sum up to 1. The sums
// along rows and columns are exact. Only the final result is rounded, half up. So sums may be computed in any order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "level.hpp"

namespace tw {

/// The weights from the first to the last that is not zero: 2 · reach + 1 of them.
struct GaussianWeights {
    int reach = 0;
    std::vector<uint32_t> taps;
};

/// The weights of cv::GaussianBlur. `bits` is the depth of the samples, 8 or 16. With sigma 0, OpenCV derives sigma
/// from `ksize`.
GaussianWeights gaussianWeights(int ksize, double sigma, int bits);

/// Weights in the form that a kernel needs. A weight that is too large for a signed byte or word is split into pieces
/// in several layers. The pieces sum up to the weight.
struct GaussianPlan {
    /// Steps `first` to `first + count`. The words of the first step are at `words[at]`.
    struct Layer {
        int first;
        int count;
        size_t at;
    };

    int reach = 0;
    int channels = 0;
    /// Along the rows: a step is one word with the weights of 2 or 4 neighbouring taps.
    std::vector<Layer> across;
    /// Along the columns: a step is four words, because four rows are computed together. Each word has the weights of
    /// two neighbouring rows.
    std::vector<Layer> down;
    std::vector<uint32_t> words;
};

/// Sums along rows are stored for a strip of the image, in columns of `unit` samples. For each pair of rows, the two
/// sums of a sample are adjacent. 16-bit samples have 32-bit sums, stored as upper and lower halves.
struct GaussianKernel {
    int block;                  // samples that `across` computes together, a multiple of `unit`
    int unit;                   // samples of a column
    int strip;                  // samples of a strip, a multiple of `block`
    int group;                  // taps of a step along the rows
    uint32_t acrossLimit;       // the largest weight along the rows
    size_t pairBytes;           // bytes of one pair of rows in a column
    int spreadBytes;            // bytes that a sample takes in `spread`

    /// Sums two rows, `blocks` blocks from `rows[0]` and `rows[1]` on, into the pair at `pair`. `columnBytes` is the
    /// distance between columns, and `spread` is memory for both rows.
    void (*across)(
        const GaussianPlan &plan, const void *const rows[2], int blocks, char *pair, size_t columnBytes, char *spread);

    /// Sums up columns, rounds, and writes `rows` rows of `samples` samples.
    void (*down)(
        const GaussianPlan &plan, const char *strip, size_t columnBytes, int rows, int samples, char *out,
        size_t stride);
};

/// The kernel of a level for samples of `bits` bits.
const GaussianKernel &gaussianKernel(Level level, int bits);

// All parts of a kernel have to be inlined, because a call would not keep their registers.
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

/// Blurs the part of `image` at (x, y) that has the size of `out`. The pixels around it in `image` are its neighbours.
/// Beyond the sides of `image`, pixels are reflected (101).
void gaussianBlur(
    const Pixels &image, const Pixels &out, int x, int y, int channels, int bits, const GaussianWeights &weights,
    Level level);

}  // namespace tw
