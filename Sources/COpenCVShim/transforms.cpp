#include <cstdint>
#include <opencv2/imgproc.hpp>

#include "guard.hpp"

using cv::Mat;
using tw::guarded;
using tw::mat;
using tw::require;
using tw::transform;

tw_status tw_gray(tw_image bgr, tw_image gray) {
    return transform(bgr, gray, [](const Mat &in, Mat &out) { cv::cvtColor(in, out, cv::COLOR_BGR2GRAY); });
}

tw_status tw_invert(tw_image image, tw_image out) {
    return transform(image, out, [](const Mat &in, Mat &result) { cv::bitwise_not(in, result); });
}

tw_status tw_median_blur(tw_image image, tw_image out, int ksize) {
    return transform(image, out, [=](const Mat &in, Mat &result) { cv::medianBlur(in, result, ksize); });
}

tw_status tw_canny(tw_image gray, tw_image out, double low, double high) {
    return transform(gray, out, [=](const Mat &in, Mat &result) { cv::Canny(in, result, low, high); });
}

namespace {

/// Applies `row(from, to, samples)` to every row of two images of one size.
template <typename From, typename To, typename Row>
void rows(const Mat &in, Mat &out, Row row) {
    require(in.size() == out.size(), "the output buffer does not have the size of the image");
    require(in.elemSize1() == sizeof(From) && out.elemSize1() == sizeof(To), "a buffer has the wrong sample depth");
    for (int y = 0; y < in.rows; y++) row(in.ptr<From>(y), out.ptr<To>(y));
}

}  // namespace

tw_status tw_high_byte(tw_image image, tw_image out) {
    return guarded([&] {
        Mat result = mat(out);
        const int samples = image.width * image.channels;
        require(image.channels == out.channels, "the output buffer does not have the channels of the image");
        rows<uint16_t, uint8_t>(mat(image), result, [=](const uint16_t *from, uint8_t *to) {
            for (int i = 0; i < samples; i++) to[i] = static_cast<uint8_t>(from[i] >> 8);
        });
    });
}

tw_status tw_widen(tw_image image, tw_image out) {
    return guarded([&] {
        Mat result = mat(out);
        const int samples = image.width * image.channels;
        require(image.channels == out.channels, "the output buffer does not have the channels of the image");
        rows<uint8_t, uint16_t>(mat(image), result, [=](const uint8_t *from, uint16_t *to) {
            for (int i = 0; i < samples; i++) to[i] = static_cast<uint16_t>(from[i] * 257);
        });
    });
}

tw_status tw_split_alpha(tw_image bgra, tw_image bgr, tw_image alpha) {
    return guarded([&] {
        const Mat in = mat(bgra);
        Mat out[] = {mat(bgr), mat(alpha)};
        require(out[0].size() == in.size() && out[1].size() == in.size(), "a part does not have the size of the image");
        const int order[] = {0, 0, 1, 1, 2, 2, 3, 3};
        cv::mixChannels(&in, 1, out, 2, order, 4);
    });
}

tw_status tw_join_alpha(tw_image color, tw_image alpha, tw_image bgra) {
    return guarded([&] {
        const Mat in[] = {mat(color), mat(alpha)};
        Mat out = mat(bgra);
        require(in[0].size() == out.size() && in[1].size() == out.size(), "a part does not have the size of the image");
        const bool gray = color.channels == 1;
        const int order[] = {0, 0, gray ? 0 : 1, 1, gray ? 0 : 2, 2, gray ? 1 : 3, 3};
        cv::mixChannels(in, 2, &out, 1, order, 4);
    });
}

tw_status tw_gray_to_bgr(tw_image gray, tw_image bgr) {
    return transform(gray, bgr, [](const Mat &in, Mat &out) { cv::cvtColor(in, out, cv::COLOR_GRAY2BGR); });
}
