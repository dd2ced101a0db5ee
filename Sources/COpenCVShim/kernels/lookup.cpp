// Tables of bytes.
#include "points.hpp"

#if TW_X86
#include <immintrin.h>
#endif

namespace tw::portable {

static void lookUp(const uint8_t *from, uint8_t *to, size_t count, const uint8_t *table) {
    for (size_t i = 0; i < count; i++) to[i] = table[from[i]];
}

}  // namespace tw::portable

#if TW_X86

TW_AVX2_BEGIN

/// One instruction looks up values in a table of 16. It gives 0 if the highest bit of the index is set; otherwise it
/// uses the lowest four bits only. So the index is lowered by 16 from table to table, down to -128. Each table holds
/// the bitwise difference from the one before, so the value of the last table with an index not below 0 remains. That
/// is done for each half of the values.
static void lookUp(const uint8_t *from, uint8_t *to, size_t count, const uint8_t *table) {
    __m256i parts[16];
    for (int i = 0; i < 16; i++) {
        __m128i part = _mm_loadu_si128((const __m128i *)(table + 16 * i));
        if (i % 8 != 0) part = _mm_xor_si128(part, _mm_loadu_si128((const __m128i *)(table + 16 * i - 16)));
        parts[i] = _mm256_broadcastsi128_si256(part);
    }
    const __m256i half = _mm256_set1_epi8(-128), next = _mm256_set1_epi8(16);
    size_t i = 0;
    for (; i + 64 <= count; i += 64) {
        __m256i low[2], high[2], result[2];
#pragma unroll
        for (int j = 0; j < 2; j++) {
            low[j] = _mm256_loadu_si256((const __m256i *)(from + i + 32 * j));
            high[j] = _mm256_xor_si256(low[j], half);
            result[j] = _mm256_setzero_si256();
        }
#pragma unroll
        for (int part = 0; part < 8; part++) {
#pragma unroll
            for (int j = 0; j < 2; j++) {
                result[j] = _mm256_xor_si256(result[j], _mm256_shuffle_epi8(parts[part], low[j]));
                result[j] = _mm256_xor_si256(result[j], _mm256_shuffle_epi8(parts[part + 8], high[j]));
                low[j] = _mm256_subs_epi8(low[j], next);
                high[j] = _mm256_subs_epi8(high[j], next);
            }
        }
        _mm256_storeu_si256((__m256i *)(to + i), result[0]);
        _mm256_storeu_si256((__m256i *)(to + i + 32), result[1]);
    }
    for (; i < count; i++) to[i] = table[from[i]];
}

TW_KERNELS_END

TW_AVX512_BEGIN

/// One instruction looks up values in a table of 128.
static void lookUp(const uint8_t *from, uint8_t *to, size_t count, const uint8_t *table) {
    const __m512i first = _mm512_loadu_si512(table), second = _mm512_loadu_si512(table + 64);
    const __m512i third = _mm512_loadu_si512(table + 128), fourth = _mm512_loadu_si512(table + 192);
    for (size_t i = 0; i < count; i += 64) {
        const __mmask64 inside = count - i >= 64 ? ~0ull : (1ull << (count - i)) - 1;
        const __m512i index = _mm512_maskz_loadu_epi8(inside, from + i);
        const __m512i low = _mm512_permutex2var_epi8(first, index, second);
        const __m512i high = _mm512_permutex2var_epi8(third, index, fourth);
        _mm512_mask_storeu_epi8(to + i, inside, _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), low, high));
    }
}

TW_KERNELS_END

#endif

namespace tw {

void lookUp(const uint8_t *from, uint8_t *to, size_t count, const uint8_t *table, Level level) {
    switch (level) {
#if TW_X86
    case Level::avx512: return avx512::lookUp(from, to, count, table);
    case Level::avx2: return avx2::lookUp(from, to, count, table);
#endif
    default: return portable::lookUp(from, to, count, table);
    }
}

}  // namespace tw
