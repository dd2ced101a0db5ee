// The Gaussian blur with AVX2.
#include "gaussian.hpp"

#if TW_X86
#include <immintrin.h>

TW_AVX2_BEGIN

static constexpr int lanes = 8, registers = 2;

typedef uint32_t Lanes __attribute__((vector_size(4 * lanes)));

/// Adds the products of signed halves to each lane.
TW_INLINE Lanes addProducts(Lanes sums, Lanes pairs, Lanes weights) {
    return sums + (Lanes)_mm256_madd_epi16((__m256i)pairs, (__m256i)weights);
}

#include "gaussian_passes.hpp"

/// 8 bits: products of bytes, in sums of 16 bits, 16 samples in a register.
///
/// An instruction adds two products and saturates at 32767. Pieces of at most 64 cannot reach that: 255 · 128 is 32640.
/// The sum of all products, at most 255 · 256, is an unsigned number of 16 bits. Additions wrap around.
struct NarrowSteps {
    static constexpr int group = 2, spreadBytes = 2, block = 64, unit = registers * lanes;
    static constexpr uint32_t limit = 64;
    static_assert(255 * 2 * limit <= 32767);

    TW_INLINE void spread(const void *row, int count, int channels, char *to) {
        const uint8_t *samples = static_cast<const uint8_t *>(row);
        for (int i = 0; i < count; i += 16) {
            const __m256i first = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(samples + i)));
            const __m256i second = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(samples + i + channels)));
            store(to + 2 * i, (Lanes)_mm256_or_si256(first, _mm256_slli_epi16(second, 8)));
        }
    }

    TW_INLINE Lanes start() { return splat(flip); }

    TW_INLINE Lanes add(Lanes sums, Lanes pairs, Lanes weights) {
        return (Lanes)_mm256_add_epi16((__m256i)sums, _mm256_maddubs_epi16((__m256i)pairs, (__m256i)weights));
    }

    TW_INLINE void keep(const Lanes (&sums)[2][4], char *pair, size_t columnBytes) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            // Unpacking works on halves of each 128 bits, so quarters are reordered first.
            const __m256i first = _mm256_permute4x64_epi64((__m256i)sums[0][i], 0xd8);
            const __m256i second = _mm256_permute4x64_epi64((__m256i)sums[1][i], 0xd8);
            char *to = pair + i * columnBytes;
            store(to, (Lanes)_mm256_unpacklo_epi16(first, second));
            store(to + sizeof(Lanes), (Lanes)_mm256_unpackhi_epi16(first, second));
        }
    }
};

const GaussianKernel gaussian8 = kernelOf<NarrowSteps, NarrowFinish>();
const GaussianKernel gaussian16 = kernelOf<WideSteps, WideFinish>();

TW_KERNELS_END

#endif
