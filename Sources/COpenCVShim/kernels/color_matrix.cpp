// Transforms colors by an integer matrix.
#include <algorithm>

#include "points.hpp"

namespace tw::portable {
#include "color_matrix_loops.hpp"
}

#if TW_X86
TW_AVX2_BEGIN
#include "color_matrix_loops.hpp"
TW_KERNELS_END

TW_AVX512_BEGIN
#include "color_matrix_loops.hpp"
TW_KERNELS_END
#endif

namespace tw {

namespace {

/// The definition, in integer arithmetic only.
template <typename Sample>
void byDefinition(const Sample *from, Sample *to, size_t pixels, const int32_t *k, int32_t scale) {
    const int64_t maximum = sizeof(Sample) == 1 ? 255 : 65535;
    for (size_t x = 0; x < pixels; x++, from += 3, to += 3) {
        for (int c = 0; c < 3; c++) {
            const int64_t sum = int64_t{k[3 * c]} * from[0] + int64_t{k[3 * c + 1]} * from[1] +
                int64_t{k[3 * c + 2]} * from[2];
            int64_t quotient = sum / scale;
            const int64_t twice = 2 * (sum - quotient * scale);
            quotient += twice > scale || (twice == scale && (quotient & 1));
            to[c] = static_cast<Sample>(std::min(quotient, maximum));
        }
    }
}

/// Whether floats of 24 bits (for 8-bit samples) or 53 bits (for 16-bit samples) are exact enough: they hold every sum
/// exactly, and a quotient's error is far below half of 1 / `scale`.
bool areFloatsExact(const int32_t *k, int32_t scale) {
    if (scale < 1 || scale > 4096) return false;
    for (int c = 0; c < 3; c++) {
        int64_t sum = 0;
        for (int i = 0; i < 3; i++) {
            if (k[3 * c + i] < 0) return false;
            sum += k[3 * c + i];
        }
        // For 8 bits, a quotient of up to 1024 has an error of at most 2^-15; half of 1 / `scale` is 2^-13.
        if (sum > 4 * int64_t{scale}) return false;
    }
    return true;
}

template <typename Sample>
void chosen(const Sample *from, Sample *to, size_t pixels, const int32_t *k, int32_t scale, Level level) {
    if (level == Level::reference || !areFloatsExact(k, scale)) return byDefinition(from, to, pixels, k, scale);
#if TW_X86
    if (level == Level::avx512) return avx512::colorMatrix(from, to, pixels, k, scale);
    if (level == Level::avx2) return avx2::colorMatrix(from, to, pixels, k, scale);
#endif
    // On x86-64, the compiler uses SSE2 for these loops.
    portable::colorMatrix(from, to, pixels, k, scale);
}

}  // namespace

void colorMatrix(const uint8_t *from, uint8_t *to, size_t pixels, const int32_t *k, int32_t scale, Level level) {
    chosen(from, to, pixels, k, scale, level);
}

void colorMatrix(const uint16_t *from, uint16_t *to, size_t pixels, const int32_t *k, int32_t scale, Level level) {
    chosen(from, to, pixels, k, scale, level);
}

}  // namespace tw
