// Means of squares. OpenCV's INTER_AREA takes two to three times as long, unless the factor is 2.
#include "box.hpp"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace tw {

/// The largest side of a square for which all sums and products below fit into their types.
static constexpr int largestSide = 64;

int boxSide(cv::Size image, cv::Size small) {
    for (int side = std::min({image.width / small.width, image.height / small.height, largestSide}); side > 1; side--)
        if (image.width % side == 0 && image.height % side == 0) return side;
    return 1;
}

/// Sums are below 2^28 and an area is at most 2^12. So the quotient by a reciprocal in units of 2^-44 is always exact.
struct Area {
    explicit Area(int side) : half(uint32_t(side * side / 2)), reciprocal((1ull << 44) / uint64_t(side * side) + 1) {}
    uint32_t half;
    uint64_t reciprocal;
    uint32_t mean(uint32_t sum) const { return uint32_t((sum + half) * reciprocal >> 44); }
};

/// Computes one row of means. First it adds up the rows of the squares. That is most of the work, and compilers
/// vectorize the loop.
template <int channels, typename Sample, typename Column>
static void meansOfRow(const cv::Mat &image, int top, int side, std::vector<Column> &columns, Sample *to) {
    const int count = image.cols * channels;
    std::fill(columns.begin(), columns.end(), Column(0));
    for (int y = top; y < top + side; y++) {
        const Sample *from = image.ptr<Sample>(y);
        Column *sums = columns.data();
        for (int i = 0; i < count; i++) sums[i] += from[i];
    }
    const Area area(side);
    const Column *column = columns.data();
    for (int x = 0; x < image.cols; x += side, to += channels) {
        uint32_t sums[channels] = {};
        for (int i = 0; i < side; i++, column += channels)
            for (int channel = 0; channel < channels; channel++) sums[channel] += column[channel];
        for (int channel = 0; channel < channels; channel++) to[channel] = Sample(area.mean(sums[channel]));
    }
}

template <int channels, typename Sample, typename Column>
static void means(const cv::Mat &image, int side, cv::Mat &result) {
    std::vector<Column> columns(size_t(image.cols * channels));
    for (int y = 0; y < result.rows; y++)
        meansOfRow<channels, Sample, Column>(image, y * side, side, columns, result.ptr<Sample>(y));
}

cv::Mat boxMeans(const cv::Mat &image, int side) {
    cv::Mat result(image.rows / side, image.cols / side, image.type());
    if (side == 2) {
        cv::resize(image, result, result.size(), 0, 0, cv::INTER_AREA);
        return result;
    }
    switch (image.type()) {
    case CV_8UC1: means<1, uint8_t, uint16_t>(image, side, result); break;
    case CV_8UC3: means<3, uint8_t, uint16_t>(image, side, result); break;
    case CV_8UC4: means<4, uint8_t, uint16_t>(image, side, result); break;
    case CV_16UC1: means<1, uint16_t, uint32_t>(image, side, result); break;
    case CV_16UC3: means<3, uint16_t, uint32_t>(image, side, result); break;
    case CV_16UC4: means<4, uint16_t, uint32_t>(image, side, result); break;
    default: CV_Error(cv::Error::StsUnsupportedFormat, "an image has 1, 3 or 4 channels of 8 or 16 bits");
    }
    return result;
}

}  // namespace tw
