// The Gaussian blur with registers of 128 bits: what every x86-64 and arm64 has.
#include "gaussian.hpp"

#if TW_X86
#include <emmintrin.h>
#endif

namespace tw::baseline {

static constexpr int lanes = 4, registers = 2;

typedef uint32_t Lanes __attribute__((vector_size(4 * lanes)));

/// Adds to each lane the products of its signed halves.
TW_INLINE Lanes addProducts(Lanes sums, Lanes pairs, Lanes weights) {
#if TW_X86
    return sums + (Lanes)_mm_madd_epi16((__m128i)pairs, (__m128i)weights);
#else
    typedef int32_t Signed __attribute__((vector_size(4 * lanes)));
    const Signed lower = ((Signed)(pairs << 16) >> 16) * ((Signed)(weights << 16) >> 16);
    const Signed upper = ((Signed)pairs >> 16) * ((Signed)weights >> 16);
    return sums + (Lanes)lower + (Lanes)upper;
#endif
}

#include "gaussian_passes.hpp"

/// 8 bits: samples and weights as words.
struct NarrowSteps {
    static constexpr int group = 2, spreadBytes = 4, block = 4 * lanes, unit = registers * lanes;
    static constexpr uint32_t limit = 32767;

    TW_INLINE void spread(const void *row, int count, int channels, char *to) {
        spreadPairs<uint8_t>(row, count, channels, to);
    }

    TW_INLINE Lanes start() { return Lanes{}; }
    TW_INLINE Lanes add(Lanes sums, Lanes pairs, Lanes weights) { return addProducts(sums, pairs, weights); }
    TW_INLINE void keep(const Lanes (&sums)[2][4], char *pair, size_t columnBytes) {
        keepPairs(sums, pair, columnBytes);
    }
};

const GaussianKernel gaussian8 = kernelOf<NarrowSteps, NarrowFinish>();
const GaussianKernel gaussian16 = kernelOf<WideSteps, WideFinish>();

}  // namespace tw::baseline
