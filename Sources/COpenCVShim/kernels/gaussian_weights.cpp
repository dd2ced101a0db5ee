#include <opencv2/core.hpp>
#include <opencv2/core/softfloat.hpp>

#include "gaussian.hpp"

namespace tw {

namespace {

/// OpenCV's fixed weights for small sizes without sigma, in units of 1/256, from the rim to the middle.
const std::vector<uint32_t> *tabulated(int ksize) {
    static const std::vector<uint32_t> tables[] = {
        {256}, {64, 128}, {16, 64, 96}, {8, 28, 56, 72}, {4, 13, 30, 51, 60}};
    return ksize <= 9 ? &tables[ksize / 2] : nullptr;
}

/// Weights from the rim to the middle, in units of 1 / `one`, each rounded to the nearest. The rounding error of a
/// weight is added to the next one, and the middle gets the rest. Software floats give the same result on every
/// processor.
std::vector<uint32_t> computed(int ksize, double sigma, uint32_t one) {
    using cv::softdouble;
    const int half = ksize / 2;
    const softdouble width =
        sigma > 0 ? softdouble(sigma) : cv::mulAdd(softdouble(ksize), softdouble(0.15), softdouble(0.35));
    // The loop squares twice the distance, which is an integer. So the factor is an eighth instead of a half.
    const softdouble scale = softdouble(-0.125) / (width * width);
    std::vector<softdouble> heights;
    softdouble sum = softdouble::zero();
    for (int i = 0; i < half; i++) {
        const int twice = 2 * i + 1 - ksize;
        heights.push_back(cv::exp(softdouble(twice * twice) * scale));
        sum += heights.back();
    }
    const softdouble unit = softdouble::one() / (sum * softdouble(2) + softdouble::one());
    std::vector<uint32_t> weights;
    softdouble rest = softdouble::zero();
    uint32_t middle = one;
    for (const softdouble &height : heights) {
        const softdouble wanted = height * unit * softdouble(static_cast<int>(one)) + rest;
        const int weight = cvRound(wanted);
        rest = wanted - softdouble(weight);
        weights.push_back(static_cast<uint32_t>(weight));
        middle -= 2 * static_cast<uint32_t>(weight);
    }
    weights.push_back(middle);
    return weights;
}

}  // namespace

GaussianWeights gaussianWeights(int ksize, double sigma, int bits) {
    const uint32_t one = 1u << bits;
    std::vector<uint32_t> half;
    if (const auto *table = sigma > 0 ? nullptr : tabulated(ksize)) {
        for (uint32_t weight : *table) half.push_back(weight * (one / 256));
    } else {
        half = computed(ksize, sigma, one);
    }
    size_t first = 0;
    while (first + 1 < half.size() && half[first] == 0) first++;
    half.erase(half.begin(), half.begin() + static_cast<ptrdiff_t>(first));
    GaussianWeights weights;
    weights.reach = static_cast<int>(half.size()) - 1;
    weights.taps = half;
    weights.taps.insert(weights.taps.end(), half.rbegin() + 1, half.rend());
    return weights;
}

}  // namespace tw
