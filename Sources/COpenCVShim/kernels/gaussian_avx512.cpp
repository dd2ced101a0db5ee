// The Gaussian blur with AVX-512 and its VNNI instructions, which add products to sums of 32 bits.
#include "gaussian.hpp"

#if TW_X86
#include <immintrin.h>

TW_AVX512_BEGIN

static constexpr int lanes = 16, registers = 4;

typedef uint32_t Lanes __attribute__((vector_size(4 * lanes)));

/// Adds the products of signed halves to each lane.
TW_INLINE Lanes addProducts(Lanes sums, Lanes pairs, Lanes weights) {
    return (Lanes)_mm512_dpwssd_epi32((__m512i)sums, (__m512i)pairs, (__m512i)weights);
}

#include "gaussian_passes.hpp"

/// 8 bits: four taps in a lane, unsigned samples times signed weights.
struct NarrowSteps {
    static constexpr int group = 4, spreadBytes = 4, block = 4 * lanes, unit = registers * lanes;
    static constexpr uint32_t limit = 127;

    /// Each lane gets a sample and the three next samples of its channel.
    TW_INLINE void spread(const void *row, int count, int channels, char *to) {
        const char *samples = static_cast<const char *>(row);
        const Lanes first = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        const Lanes order = first * splat(0x01010101) + splat(static_cast<uint32_t>(channels) * 0x03020100);
        for (int i = 0; i < count; i += lanes) {
            store(to + 4 * i, (Lanes)_mm512_permutexvar_epi8((__m512i)order, (__m512i)load(samples + i)));
        }
    }

    TW_INLINE Lanes start() { return Lanes{}; }

    TW_INLINE Lanes add(Lanes sums, Lanes samples, Lanes weights) {
        return (Lanes)_mm512_dpbusd_epi32((__m512i)sums, (__m512i)samples, (__m512i)weights);
    }

    TW_INLINE void keep(const Lanes (&sums)[2][4], char *pair, size_t columnBytes) {
        keepPairs(sums, pair, columnBytes);
    }
};

const GaussianKernel gaussian8 = kernelOf<NarrowSteps, NarrowFinish>();
const GaussianKernel gaussian16 = kernelOf<WideSteps, WideFinish>();

TW_KERNELS_END

#endif
