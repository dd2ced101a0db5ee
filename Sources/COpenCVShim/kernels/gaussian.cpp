#include "gaussian.hpp"

#include <algorithm>
#include <cstring>

#include "reflection.hpp"

namespace tw {

namespace {

/// Rows of a strip. More rows would repeat fewer sums along rows, but would not fit into the second-level cache.
constexpr int stripRows = 512;

/// The piece of a weight in layer `layer`.
uint32_t piece(const std::vector<uint32_t> &taps, int tap, uint32_t limit, uint32_t layer) {
    if (tap < 0 || tap >= static_cast<int>(taps.size())) return 0;
    const uint32_t weight = taps[static_cast<size_t>(tap)], below = layer * limit;
    return weight <= below ? 0 : std::min(weight - below, limit);
}

/// Adds layers until all weights are used up. `word(layer, step, index)` is a word of a step; a step has `words` words.
template <typename Word>
std::vector<GaussianPlan::Layer> layers(GaussianPlan &plan, uint32_t limit, uint32_t largest, int steps, int words,
                                        Word word) {
    std::vector<GaussianPlan::Layer> result;
    for (uint32_t layer = 0; layer * limit < largest; layer++) {
        const size_t at = plan.words.size();
        int first = steps, last = -1;
        for (int step = 0; step < steps; step++) {
            bool isUsed = false;
            for (int index = 0; index < words; index++) {
                plan.words.push_back(word(layer, step, index));
                isUsed = isUsed || plan.words.back() != 0;
            }
            if (isUsed) first = std::min(first, step), last = step;
        }
        result.push_back({first, last - first + 1, at + static_cast<size_t>(first * words)});
    }
    return result;
}

GaussianPlan makePlan(const GaussianWeights &weights, const GaussianKernel &kernel, int channels, int bits) {
    GaussianPlan plan;
    plan.reach = weights.reach;
    plan.channels = channels;
    const auto &taps = weights.taps;
    const int count = static_cast<int>(taps.size());
    const uint32_t largest = *std::max_element(taps.begin(), taps.end());
    const uint32_t limit = kernel.acrossLimit;
    const bool inBytes = bits == 8 && limit < 256;
    plan.across = layers(
        plan, limit, largest, (count + kernel.group - 1) / kernel.group, 1, [&](uint32_t layer, int step, int) {
            uint32_t word = 0;
            for (int i = 0; i < kernel.group; i++) {
                word |= piece(taps, step * kernel.group + i, limit, layer) << (inBytes ? 8 * i : 16 * i);
            }
            // Two byte weights fill half of a word. The other half is for another sample.
            return inBytes && kernel.group == 2 ? word | word << 16 : word;
        });
    plan.down = layers(plan, 32767, largest, weights.reach + 2, 4, [&](uint32_t layer, int step, int row) {
        return piece(taps, 2 * step - row, 32767, layer) | piece(taps, 2 * step + 1 - row, 32767, layer) << 16;
    });
    return plan;
}

/// Copies `count` samples of a row from sample `from` on. Samples outside the row are reflected at its ends.
class RowReader {
public:
    RowReader(int width, int channels, int from, int count) : from(from), count(count) {
        const int end = width * channels;
        before = std::clamp(-from, 0, count);
        after = std::clamp(from + count - end, 0, count - before);
        auto place = [=](int sample) {
            const int pixel = sample >= 0 ? sample / channels : -((-sample + channels - 1) / channels);
            return reflect101(pixel, width) * channels + sample - pixel * channels;
        };
        for (int i = 0; i < before; i++) places.push_back(place(from + i));
        for (int i = count - after; i < count; i++) places.push_back(place(from + i));
    }

    template <typename Sample>
    void read(const Sample *row, Sample *to) const {
        for (int i = 0; i < before; i++) to[i] = row[places[static_cast<size_t>(i)]];
        const int inside = count - before - after;
        std::memcpy(to + before, row + from + before, static_cast<size_t>(inside) * sizeof(Sample));
        for (int i = 0; i < after; i++) {
            to[before + inside + i] = row[places[static_cast<size_t>(before + i)]];
        }
    }

private:
    int from, count, before, after;
    std::vector<int> places;
};

/// Memory that a thread reuses for all tiles: some hundred kilobytes.
struct Scratch {
    std::vector<char> memory;

    char *bytes(size_t count) {
        if (memory.size() < count + 64) memory = std::vector<char>(count + 64);
        return memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64;
    }
};

size_t roundedUp(size_t count) { return (count + 63) / 64 * 64; }

template <typename Sample>
void blur(const Pixels &image, const Pixels &out, int x, int y, const GaussianPlan &plan,
          const GaussianKernel &kernel) {
    static thread_local Scratch scratch;
    const int channels = plan.channels, reach = plan.reach;
    const int samples = out.width * channels;
    // A step may read a few samples beyond the last tap. Their weights are zero.
    const int slack = 128 + kernel.group * channels;
    const size_t rowBytes =
        roundedUp(static_cast<size_t>(kernel.strip + 2 * reach * channels + slack) * sizeof(Sample));
    const size_t spreadBytes = rowBytes / sizeof(Sample) * static_cast<size_t>(kernel.spreadBytes);
    const int mostRows = std::min(out.height, stripRows);
    const size_t pairs = static_cast<size_t>(2 * ((mostRows + 3) / 4 - 1) + reach + 2);
    const size_t columnBytes = pairs * kernel.pairBytes;
    const size_t stripBytes = static_cast<size_t>(kernel.strip / kernel.unit) * columnBytes;
    char *strip = scratch.bytes(stripBytes + 2 * rowBytes + 2 * spreadBytes);
    char *rows[2] = {strip + stripBytes, strip + stripBytes + rowBytes};
    char *spread = rows[1] + rowBytes;

    for (int top = 0; top < out.height; top += stripRows) {
        const int height = std::min(out.height - top, stripRows);
        const int used = 2 * ((height + 3) / 4 - 1) + reach + 2;
        for (int left = 0; left < samples; left += kernel.strip) {
            const int width = std::min(samples - left, kernel.strip);
            const int blocks = (width + kernel.block - 1) / kernel.block;
            const RowReader reader(
                image.width, channels, (x - reach) * channels + left, width + 2 * reach * channels);
            for (int pair = 0; pair < used; pair++) {
                for (int i = 0; i < 2; i++) {
                    const int row = reflect101(y + top - reach + 2 * pair + i, image.height);
                    reader.read(
                        reinterpret_cast<const Sample *>(image.data + static_cast<size_t>(row) * image.stride),
                        reinterpret_cast<Sample *>(rows[i]));
                }
                const void *const both[2] = {rows[0], rows[1]};
                kernel.across(
                    plan, both, blocks, strip + static_cast<size_t>(pair) * kernel.pairBytes, columnBytes, spread);
            }
            kernel.down(
                plan, strip, columnBytes, height, width,
                out.data + static_cast<size_t>(top) * out.stride + static_cast<size_t>(left) * sizeof(Sample),
                out.stride);
        }
    }
}

}  // namespace

const GaussianKernel &gaussianKernel(Level level, int bits) {
#if TW_X86
    if (level == Level::avx512) return bits == 8 ? avx512::gaussian8 : avx512::gaussian16;
    if (level == Level::avx2) return bits == 8 ? avx2::gaussian8 : avx2::gaussian16;
    if (level == Level::sse2) return bits == 8 ? sse2::gaussian8 : sse2::gaussian16;
#endif
    static_cast<void>(level);
    return bits == 8 ? portable::gaussian8 : portable::gaussian16;
}

void gaussianBlur(
    const Pixels &image, const Pixels &out, int x, int y, int channels, int bits, const GaussianWeights &weights,
    Level level
) {
    const GaussianKernel &kernel = gaussianKernel(level, bits);
    const GaussianPlan plan = makePlan(weights, kernel, channels, bits);
    if (bits == 8) blur<uint8_t>(image, out, x, y, plan, kernel);
    else blur<uint16_t>(image, out, x, y, plan, kernel);
}

}  // namespace tw
