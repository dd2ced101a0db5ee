// Transforms by our own kernels. OpenCV computes whatever it computes as fast. Tests compare the kernels with OpenCV.
#include <opencv2/imgproc.hpp>

#include "guard.hpp"
#include "kernels/filter3x3.hpp"
#include "kernels/gaussian.hpp"
#include "kernels/points.hpp"

using cv::Mat;
using tw::guarded;
using tw::Level;
using tw::mat;
using tw::require;

int tw_best_kernels(void) { return static_cast<int>(tw::bestLevel()); }

void tw_use_kernels(int level) { tw::useLevel(static_cast<Level>(level)); }

namespace {

tw::Pixels pixels(const tw_image &image) {
    return {static_cast<char *>(image.data), image.stride, image.width, image.height};
}

/// Checks that `out` has the image's type, and lies inside the image if its corner is at (x, y).
void requirePart(const tw_image &image, const tw_image &out, int x, int y) {
    require(mat(image).type() == mat(out).type(), "the output buffer does not have the type of the image");
    require(out.width > 0 && out.height > 0, "a part has at least one pixel");
    require(x >= 0 && y >= 0 && x <= image.width - out.width && y <= image.height - out.height,
            "the part is not inside the image");
}

/// Filters the whole image by OpenCV, and keeps the part at (x, y).
template <typename Filter>
void filterAll(const tw_image &image, const tw_image &out, int x, int y, Filter filter) {
    Mat filtered, part = mat(out);
    filter(mat(image), filtered);
    filtered(cv::Rect(x, y, out.width, out.height)).copyTo(part);
}

/// The weights, from this thread's cache. All tiles of a job need the same weights, and computing them takes as long as
/// blurring some rows.
const tw::GaussianWeights &weights(int ksize, double sigma, int depth) {
    struct Entry {
        int ksize;
        double sigma;
        int depth;
        tw::GaussianWeights weights;
    };
    constexpr size_t most = 32;
    static thread_local std::vector<Entry> entries;
    static thread_local size_t oldest = 0;
    for (const Entry &entry : entries) {
        if (entry.ksize == ksize && entry.sigma == sigma && entry.depth == depth) return entry.weights;
    }
    Entry entry{ksize, sigma, depth, tw::gaussianWeights(ksize, sigma, depth)};
    if (entries.size() < most) return entries.emplace_back(std::move(entry)).weights;
    Entry &place = entries[oldest++ % most];
    place = std::move(entry);
    return place.weights;
}

/// Whether OpenCV's blur is faster. OpenCV has special code for small kernels.
bool isLeftToOpenCV(Level level, int ksize, int depth) {
    if (level == Level::reference) return true;
    return ksize < (level <= Level::sse2 && depth == 8 ? 11 : 5);
}

}  // namespace

int tw_gaussian_reach(int ksize, double sigma, int depth) {
    try {
        return weights(ksize, sigma, depth).reach;
    } catch (...) {
        return ksize / 2;
    }
}

tw_status tw_gaussian_blur(tw_image image, tw_image out, int x, int y, int ksize, double sigma) {
    return guarded([&] {
        requirePart(image, out, x, y);
        const Level level = tw::currentLevel();
        if (isLeftToOpenCV(level, ksize, image.depth)) {
            return filterAll(image, out, x, y, [=](const Mat &in, Mat &result) {
                cv::GaussianBlur(in, result, cv::Size(ksize, ksize), sigma);
            });
        }
        tw::gaussianBlur(
            pixels(image), pixels(out), x, y, image.channels, image.depth, weights(ksize, sigma, image.depth), level);
    });
}

tw_status tw_filter3x3(tw_image image, tw_image out, int x, int y, const float *kernel) {
    return guarded([&] {
        requirePart(image, out, x, y);
        tw::Weights3x3 weights;
        if (tw::currentLevel() == Level::reference || !weights.set(kernel)) {
            return filterAll(image, out, x, y, [=](const Mat &in, Mat &result) {
                cv::filter2D(in, result, -1, Mat(3, 3, CV_32F, const_cast<float *>(kernel)));
            });
        }
        tw::filter3x3(
            pixels(image), pixels(out), x, y, image.channels, image.depth, weights, tw::currentLevel());
    });
}

namespace {

/// Applies `row(from, to)` to every row of two images of one kind.
template <typename Sample, typename Row>
void eachRow(const tw_image &image, const tw_image &out, Row row) {
    const Mat in = mat(image);
    Mat result = mat(out);
    require(in.size() == result.size(), "the output buffer does not have the size of the image");
    require(in.type() == result.type(), "the output buffer does not have the type of the image");
    for (int y = 0; y < in.rows; y++) row(in.ptr<Sample>(y), result.ptr<Sample>(y));
}

template <typename Sample>
void multiply(const tw_image &bgr, const tw_image &out, const int32_t *k, int32_t scale) {
    require(bgr.channels == 3, "a color matrix needs three channels");
    const size_t pixels = static_cast<size_t>(bgr.width);
    eachRow<Sample>(bgr, out, [=, level = tw::currentLevel()](const Sample *from, Sample *to) {
        tw::colorMatrix(from, to, pixels, k, scale, level);
    });
}

}  // namespace

tw_status tw_lookup(tw_image image, tw_image out, const void *table) {
    return guarded([&] {
        const size_t samples = static_cast<size_t>(image.width) * static_cast<size_t>(image.channels);
        if (image.depth == 8) {
            const auto *bytes = static_cast<const uint8_t *>(table);
            eachRow<uint8_t>(image, out, [=, level = tw::currentLevel()](const uint8_t *from, uint8_t *to) {
                tw::lookUp(from, to, samples, bytes, level);
            });
        } else {
            const auto *words = static_cast<const uint16_t *>(table);
            eachRow<uint16_t>(image, out, [=](const uint16_t *from, uint16_t *to) {
                for (size_t i = 0; i < samples; i++) to[i] = words[from[i]];
            });
        }
    });
}

tw_status tw_color_matrix(tw_image bgr, tw_image out, const int32_t *k, int32_t scale) {
    return guarded([&] {
        if (bgr.depth == 8) multiply<uint8_t>(bgr, out, k, scale);
        else multiply<uint16_t>(bgr, out, k, scale);
    });
}
