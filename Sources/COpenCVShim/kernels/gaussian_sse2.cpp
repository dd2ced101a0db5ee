// The Gaussian blur with SSE2, which every x86-64 has.
#include "gaussian.hpp"

#if TW_X86
#include <emmintrin.h>

namespace tw::sse2 {

static constexpr int lanes = 4, registers = 2;

typedef uint32_t Lanes __attribute__((vector_size(4 * lanes)));

/// Adds the products of signed halves to each lane.
TW_INLINE Lanes addProducts(Lanes sums, Lanes pairs, Lanes weights) {
    return sums + (Lanes)_mm_madd_epi16((__m128i)pairs, (__m128i)weights);
}

#include "gaussian_passes.hpp"

const GaussianKernel gaussian8 = kernelOf<WordSteps, NarrowFinish>();
const GaussianKernel gaussian16 = kernelOf<WideSteps, WideFinish>();

}  // namespace tw::sse2

#endif
