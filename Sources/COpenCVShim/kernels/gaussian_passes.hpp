// The two passes of the Gaussian blur. Each level's file includes this once, inside its namespace. Before that it
// defines `lanes` (32-bit lanes of a register), `registers` (registers in a column of the strip) and `addProducts`. A
// level that multiplies bytes has its own steps for 8 bits.
//
// The halves of a lane hold two neighbouring samples, or rows. Products are of signed halves. So the highest bit of
// unsigned sums is flipped, which subtracts 32768. The start value compensates for that.

typedef uint8_t Bytes __attribute__((vector_size(lanes)));
typedef uint16_t Words __attribute__((vector_size(2 * lanes)));

TW_INLINE Lanes splat(uint32_t word) { return Lanes{} + word; }

TW_INLINE Lanes load(const void *from) {
    Lanes lanes;
    __builtin_memcpy(&lanes, from, sizeof lanes);
    return lanes;
}

TW_INLINE void store(void *to, Lanes lanes) { __builtin_memcpy(to, &lanes, sizeof lanes); }

/// Loads samples, each into its own lane.
template <typename Sample, typename Vector>
TW_INLINE Lanes widenedAs(const Sample *from) {
    Vector samples;
    __builtin_memcpy(&samples, from, sizeof samples);
    return __builtin_convertvector(samples, Lanes);
}

TW_INLINE Lanes widened(const uint8_t *from) { return widenedAs<uint8_t, Bytes>(from); }
TW_INLINE Lanes widened(const uint16_t *from) { return widenedAs<uint16_t, Words>(from); }

/// Stores lanes whose values fit into samples.
template <typename Vector>
TW_INLINE void write(Lanes lanes, char *to) {
    const Vector samples = __builtin_convertvector(lanes, Vector);
    __builtin_memcpy(to, &samples, sizeof samples);
}

TW_INLINE Lanes upper(Lanes lanes) { return lanes >> 16; }

/// Pairs of 16-bit numbers from two rows.
TW_INLINE Lanes paired(Lanes first, Lanes second) { return first | second << 16; }

static constexpr uint32_t flip = 0x80008000;

/// Pairs samples that are `distance` apart: lane i has the samples i and i + distance.
template <typename Sample>
TW_INLINE void spreadPairs(const void *row, int count, int distance, char *spread) {
    const Sample *samples = static_cast<const Sample *>(row);
    const Lanes flipped = splat(sizeof(Sample) == 2 ? flip : 0);
    for (int i = 0; i < count; i += lanes) {
        const Lanes pair = paired(widened(samples + i), widened(samples + i + distance));
        store(spread + 4 * i, pair ^ flipped);
    }
}

/// Stores 16-bit sums of two rows, which are halves of 32-bit lanes.
TW_INLINE void keepPairs(const Lanes (&sums)[2][4], char *pair, size_t columnBytes) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
        char *to = pair + i / registers * columnBytes + i % registers * sizeof(Lanes);
        store(to, paired(sums[0][i], sums[1][i]) ^ splat(flip));
    }
}

/// Sums along the rows. `Steps` spreads the samples and adds up products, `Steps::lanes` samples in a register.
template <typename Steps>
static void across(
    const GaussianPlan &plan, const void *const rows[2], int blocks, char *pair, size_t columnBytes, char *spread
) {
    const int samples = blocks * Steps::block;
    const int distance = plan.channels * Steps::group;
    const int count = samples + 2 * plan.reach * plan.channels;
    const size_t half = (static_cast<size_t>(count) * Steps::spreadBytes + 255) / 64 * 64;
    Steps::spread(rows[0], count, plan.channels, spread);
    Steps::spread(rows[1], count, plan.channels, spread + half);
    for (int block = 0; block < blocks; block++) {
        Lanes sums[2][4];
#pragma unroll
        for (int i = 0; i < 4; i++) sums[0][i] = sums[1][i] = Steps::start();
        for (const GaussianPlan::Layer &layer : plan.across) {
            const uint32_t *words = plan.words.data() + layer.at;
            const int first = block * Steps::block + layer.first * distance;
            const char *from = spread + static_cast<size_t>(first) * Steps::spreadBytes;
            for (int step = 0; step < layer.count; step++, from += distance * Steps::spreadBytes) {
                const Lanes weights = splat(words[step]);
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    sums[0][i] = Steps::add(sums[0][i], load(from + i * sizeof(Lanes)), weights);
                    sums[1][i] = Steps::add(sums[1][i], load(from + half + i * sizeof(Lanes)), weights);
                }
            }
        }
        Steps::keep(sums, pair, columnBytes);
        pair += Steps::block / Steps::unit * columnBytes;
    }
}

/// Sums along the columns, for four rows at once, so that each pair of rows is loaded once.
template <typename Finish>
static void down(
    const GaussianPlan &plan, const char *strip, size_t columnBytes, int rows, int samples, char *out, size_t stride
) {
    constexpr size_t pairBytes = registers * sizeof(Lanes);
    for (int left = 0; left < samples; left += Finish::unit) {
        const int width = samples - left < Finish::unit ? samples - left : Finish::unit;
        for (int top = 0; top < rows; top += 4) {
            Lanes sums[4][registers];
#pragma unroll
            for (int row = 0; row < 4; row++) {
#pragma unroll
                for (int i = 0; i < registers; i++) sums[row][i] = splat(Finish::start(i));
            }
            for (const GaussianPlan::Layer &layer : plan.down) {
                const uint32_t *words = plan.words.data() + layer.at;
                const char *from = strip + static_cast<size_t>(top / 2 + layer.first) * pairBytes;
                for (int step = 0; step < layer.count; step++, from += pairBytes, words += 4) {
                    Lanes pairs[registers];
#pragma unroll
                    for (int i = 0; i < registers; i++) pairs[i] = load(from + i * sizeof(Lanes));
#pragma unroll
                    for (int row = 0; row < 4; row++) {
                        const Lanes weights = splat(words[row]);
#pragma unroll
                        for (int i = 0; i < registers; i++) {
                            sums[row][i] = addProducts(sums[row][i], pairs[i], weights);
                        }
                    }
                }
            }
#pragma unroll
            for (int row = 0; row < 4; row++) {
                if (top + row < rows) {
                    char *to = out + static_cast<size_t>(top + row) * stride + left * Finish::sampleBytes;
                    if (width == Finish::unit) {
                        Finish::finish(sums[row], to);
                    } else {
                        char whole[Finish::unit * Finish::sampleBytes];
                        Finish::finish(sums[row], whole);
                        __builtin_memcpy(to, whole, static_cast<size_t>(width * Finish::sampleBytes));
                    }
                }
            }
        }
        strip += columnBytes;
    }
}

/// 8 bits: samples and weights are words.
struct WordSteps {
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

/// 16 bits: words along the rows. The halves of a 32-bit sum are processed in separate registers.
struct WideSteps {
    static constexpr int group = 2, spreadBytes = 4, block = 4 * lanes, unit = registers / 2 * lanes;
    static constexpr uint32_t limit = 32767;

    TW_INLINE void spread(const void *row, int count, int channels, char *to) {
        spreadPairs<uint16_t>(row, count, channels, to);
    }

    // The weights sum up to 65536, so flipping has subtracted 65536 · 32768. Sums may wrap around; the final sum is
    // right.
    TW_INLINE Lanes start() { return splat(0x80000000); }

    TW_INLINE Lanes add(Lanes sums, Lanes pairs, Lanes weights) { return addProducts(sums, pairs, weights); }

    TW_INLINE void keep(const Lanes (&sums)[2][4], char *pair, size_t columnBytes) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const Lanes first = sums[0][i], second = sums[1][i];
            char *to = pair + i / (registers / 2) * columnBytes + i % (registers / 2) * 2 * sizeof(Lanes);
            const Lanes high = upper(first) | (second & splat(0xffff0000));
            store(to, high ^ splat(flip));
            store(to + sizeof(Lanes), paired(first & splat(0xffff), second) ^ splat(flip));
        }
    }
};

struct WideFinish {
    static constexpr int unit = registers / 2 * lanes, sampleBytes = 2;

    /// Compensates for flipping. The sum of the upper halves also gets the half for rounding.
    TW_INLINE uint32_t start(int i) { return i % 2 == 0 ? 0x80008000 : 0x80000000; }

    TW_INLINE void finish(const Lanes (&sums)[registers], char *to) {
#pragma unroll
        for (int i = 0; i < registers; i += 2) {
            write<Words>(upper(sums[i] + upper(sums[i + 1])), to + i / 2 * lanes * 2);
        }
    }
};

/// 8 bits: a sum along a row has 16 bits.
struct NarrowFinish {
    static constexpr int unit = registers * lanes, sampleBytes = 1;

    // Compensates for flipping (256 · 32768), and adds a half for rounding.
    TW_INLINE uint32_t start(int) { return (1 << 23) + (1 << 15); }

    TW_INLINE void finish(const Lanes (&sums)[registers], char *to) {
#pragma unroll
        for (int i = 0; i < registers; i++) write<Bytes>(upper(sums[i]), to + i * lanes);
    }
};

template <typename Steps, typename Finish>
constexpr GaussianKernel kernelOf() {
    return {
        Steps::block, Finish::unit, 256, Steps::group, Steps::limit, registers * sizeof(Lanes), Steps::spreadBytes,
        across<Steps>, down<Finish>,
    };
}
