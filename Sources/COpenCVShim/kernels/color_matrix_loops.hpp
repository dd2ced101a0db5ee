// The color matrix in floats, in loops that the compiler vectorizes. Included once for each level, inside its
// namespace.
//
// It divides integers that the floats hold exactly. A quotient that is a tie is exact. For other quotients, the error
// is smaller than the distance to the nearest tie. Adding `magic` then rounds half to even, because the last bit of the
// sum is worth 1.

template <typename Sample, typename Float, typename Bits>
static void multiplied(
    const Sample *__restrict from, Sample *__restrict to, size_t pixels, const int32_t *k, int32_t scale, Float magic
) {
    constexpr size_t block = 256;
    constexpr Bits maximum = sizeof(Sample) == 1 ? 255 : 65535;
    Bits zero;
    __builtin_memcpy(&zero, &magic, sizeof zero);
    const Float divisor = static_cast<Float>(scale);
    Float weights[9];
    for (int i = 0; i < 9; i++) weights[i] = static_cast<Float>(k[i]);
    alignas(64) Float blue[block], green[block], red[block];
    alignas(64) Sample results[3][block];
    for (size_t start = 0; start < pixels; start += block) {
        const size_t count = pixels - start < block ? pixels - start : block;
        for (size_t i = 0; i < count; i++) {
            blue[i] = from[3 * i];
            green[i] = from[3 * i + 1];
            red[i] = from[3 * i + 2];
        }
        for (int c = 0; c < 3; c++) {
            const Float ofBlue = weights[3 * c], ofGreen = weights[3 * c + 1], ofRed = weights[3 * c + 2];
            Sample *result = results[c];
            for (size_t i = 0; i < block; i++) {
                const Float quotient = (ofBlue * blue[i] + ofGreen * green[i] + ofRed * red[i]) / divisor + magic;
                Bits bits;
                __builtin_memcpy(&bits, &quotient, sizeof bits);
                bits -= zero;
                result[i] = static_cast<Sample>(bits < maximum ? bits : maximum);
            }
        }
        for (size_t i = 0; i < count; i++) {
            to[3 * i] = results[0][i];
            to[3 * i + 1] = results[1][i];
            to[3 * i + 2] = results[2][i];
        }
        from += 3 * count;
        to += 3 * count;
    }
}

static void colorMatrix(const uint8_t *from, uint8_t *to, size_t pixels, const int32_t *k, int32_t scale) {
    multiplied<uint8_t, float, int32_t>(from, to, pixels, k, scale, 12582912.0f);
}

static void colorMatrix(const uint16_t *from, uint16_t *to, size_t pixels, const int32_t *k, int32_t scale) {
    multiplied<uint16_t, double, int64_t>(from, to, pixels, k, scale, 6755399441055744.0);
}
