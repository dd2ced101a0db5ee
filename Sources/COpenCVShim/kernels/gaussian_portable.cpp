// The Gaussian blur for any processor for which the compiler has vectors of 128 bits, mainly arm64.
#include "gaussian.hpp"

namespace tw::portable {

static constexpr int lanes = 4, registers = 2;

typedef uint32_t Lanes __attribute__((vector_size(4 * lanes)));

/// Adds the products of signed halves to each lane.
TW_INLINE Lanes addProducts(Lanes sums, Lanes pairs, Lanes weights) {
    typedef int32_t Signed __attribute__((vector_size(4 * lanes)));
    const Signed lower = ((Signed)(pairs << 16) >> 16) * ((Signed)(weights << 16) >> 16);
    const Signed upper = ((Signed)pairs >> 16) * ((Signed)weights >> 16);
    return sums + (Lanes)lower + (Lanes)upper;
}

#include "gaussian_passes.hpp"

const GaussianKernel gaussian8 = kernelOf<WordSteps, NarrowFinish>();
const GaussianKernel gaussian16 = kernelOf<WideSteps, WideFinish>();

}  // namespace tw::portable
