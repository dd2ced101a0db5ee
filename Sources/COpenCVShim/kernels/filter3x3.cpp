#include "filter3x3.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "reflection.hpp"

#if TW_X86
#include <immintrin.h>
#endif

namespace tw {

namespace {

/// Nine taps in pairs. The tenth tap has the weight 0.
constexpr int tapPairs = 5;

/// For each tap: where its samples for the row begin, and its weight. Reads may extend beyond the end of the row.
struct TapRow {
    const char *places[2 * tapPairs];
    int weights[2 * tapPairs];
    int sum;
};

}  // namespace

namespace portable {

template <typename Sample>
static void filterSamples(const TapRow &taps, char *to, int bytes) {
    constexpr int maximum = sizeof(Sample) == 1 ? 255 : 65535;
    const Sample *places[9];
    for (int i = 0; i < 9; i++) places[i] = reinterpret_cast<const Sample *>(taps.places[i]);
    Sample *__restrict results = reinterpret_cast<Sample *>(to);
    for (int x = 0; x < bytes / static_cast<int>(sizeof(Sample)); x++) {
        int sum = 0;
        for (int i = 0; i < 9; i++) sum += taps.weights[i] * places[i][x];
        results[x] = static_cast<Sample>(std::clamp(sum, 0, maximum));
    }
}

}  // namespace portable

}  // namespace tw

#if TW_X86

#define TW_OP(name) _mm_##name
namespace tw::sse2 {
typedef __m128i Register;
/// SSE2 has no instruction that multiplies bytes. `pairs` holds interleaved bytes.
TW_INLINE Register byteProducts(Register pairs, Register weights) {
    const Register firstWeights = _mm_srai_epi16(_mm_slli_epi16(weights, 8), 8);
    const Register first = _mm_mullo_epi16(_mm_and_si128(pairs, _mm_set1_epi16(255)), firstWeights);
    return _mm_add_epi16(first, _mm_mullo_epi16(_mm_srli_epi16(pairs, 8), _mm_srai_epi16(weights, 8)));
}
#include "filter3x3_rows.hpp"
}  // namespace tw::sse2
#undef TW_OP

#define TW_OP(name) _mm256_##name
TW_AVX2_BEGIN
typedef __m256i Register;
TW_INLINE Register byteProducts(Register pairs, Register weights) { return _mm256_maddubs_epi16(pairs, weights); }
#include "filter3x3_rows.hpp"
TW_KERNELS_END
#undef TW_OP

#define TW_OP(name) _mm512_##name
TW_AVX512_BEGIN
typedef __m512i Register;
TW_INLINE Register byteProducts(Register pairs, Register weights) { return _mm512_maddubs_epi16(pairs, weights); }
#include "filter3x3_rows.hpp"
TW_KERNELS_END
#undef TW_OP

#endif

namespace tw {

namespace {

using RowFilter = void (*)(const TapRow &taps, char *to, int bytes);

RowFilter rowFilter(Level level, int bits) {
#if TW_X86
    if (level == Level::avx512) return bits == 8 ? avx512::filterRow<false> : avx512::filterRow<true>;
    if (level == Level::avx2) return bits == 8 ? avx2::filterRow<false> : avx2::filterRow<true>;
    if (level == Level::sse2) return bits == 8 ? sse2::filterRow<false> : sse2::filterRow<true>;
#endif
    static_cast<void>(level);
    return bits == 8 ? portable::filterSamples<uint8_t> : portable::filterSamples<uint16_t>;
}

/// Copies of three rows, with one more pixel on both sides.
class ThreeRows {
public:
    ThreeRows(const Pixels &image, int x, int width, int pixelBytes)
        : image(image), x(x), width(width), pixelBytes(static_cast<size_t>(pixelBytes)),
          rowBytes((static_cast<size_t>(width) + 2) * this->pixelBytes + 64), memory(3 * rowBytes) {}

    /// Replaces the oldest row by row `y`.
    void push(int y) {
        std::rotate(order, order + 1, order + 3);
        const char *row = image.data + static_cast<size_t>(reflect101(y, image.height)) * image.stride;
        char *to = start(2);
        std::memcpy(to, pixel(row, x - 1), pixelBytes);
        std::memcpy(to + pixelBytes, pixel(row, x), static_cast<size_t>(width) * pixelBytes);
        std::memcpy(to + (static_cast<size_t>(width) + 1) * pixelBytes, pixel(row, x + width), pixelBytes);
    }

    /// The start of a row, from the oldest (0) to the newest (2).
    char *start(int index) { return memory.data() + static_cast<size_t>(order[index]) * rowBytes; }

private:
    const Pixels &image;
    int x, width;
    size_t pixelBytes, rowBytes;
    std::vector<char> memory;
    int order[3] = {0, 1, 2};

    const char *pixel(const char *row, int column) const {
        return row + static_cast<size_t>(reflect101(column, image.width)) * pixelBytes;
    }
};

}  // namespace

bool Weights3x3::set(const float *weights) {
    float sum = 0;
    for (int i = 0; i < 9; i++) {
        if (!(weights[i] >= -127 && weights[i] <= 127)) return false;
        values[i] = static_cast<int8_t>(weights[i]);
        if (values[i] != weights[i]) return false;
        sum += weights[i] < 0 ? -weights[i] : weights[i];
    }
    return sum <= 128;
}

void filter3x3(
    const Pixels &image, const Pixels &out, int x, int y, int channels, int bits, const Weights3x3 &weights,
    Level level
) {
    const int pixelBytes = channels * bits / 8;
    const RowFilter filter = rowFilter(level, bits);
    ThreeRows rows(image, x, out.width, pixelBytes);
    rows.push(y - 1);
    rows.push(y);
    TapRow taps{};
    for (int i = 0; i < 9; i++) {
        taps.weights[i] = weights.values[i];
        taps.sum += weights.values[i];
    }
    for (int row = 0; row < out.height; row++) {
        rows.push(y + row + 1);
        for (int i = 0; i < 10; i++) {
            // The tenth tap reads the same samples as the ninth.
            const int tap = std::min(i, 8);
            taps.places[i] = rows.start(tap / 3) + static_cast<size_t>(tap % 3 * pixelBytes);
        }
        filter(taps, out.data + static_cast<size_t>(row) * out.stride, out.width * pixelBytes);
    }
}

}  // namespace tw
