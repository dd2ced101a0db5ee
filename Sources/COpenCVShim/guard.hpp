// All C++ exceptions end here, and become a tw_status.
#pragma once

#include <cstdio>
#include <exception>
#include <opencv2/core.hpp>
#include <stdexcept>

#include "opencv_shim.h"

namespace tw {

inline tw_status failure(const char *reason) {
    tw_status status{};
    status.code = TW_FAILED;
    std::snprintf(status.reason, sizeof status.reason, "%s", reason);
    return status;
}

template <typename Body>
tw_status guarded(Body body) noexcept {
    try {
        body();
        return tw_status{};
    } catch (const cv::Exception &error) {
        return failure(error.err.empty() ? error.what() : error.err.c_str());
    } catch (const std::bad_alloc &) {
        return failure("not enough memory");
    } catch (const std::exception &error) {
        return failure(error.what());
    } catch (...) {
        return failure("an unknown C++ exception");
    }
}

inline void require(bool holds, const char *reason) {
    if (!holds) throw std::invalid_argument(reason);
}

/// A Mat over the caller's memory. It must not be a submatrix, because GaussianBlur takes its bit-exact path only for
/// whole matrices.
inline cv::Mat mat(const tw_image &image) {
    require(image.channels == 1 || image.channels == 3 || image.channels == 4, "an image has 1, 3 or 4 channels");
    require(image.depth == 8 || image.depth == 16, "a sample has 8 or 16 bits");
    int type = CV_MAKETYPE(image.depth == 8 ? CV_8U : CV_16U, image.channels);
    return cv::Mat(image.height, image.width, type, image.data, image.stride);
}

/// Runs an OpenCV call of the form f(in, out) with the caller's memory as the output. If its size or type does not fit,
/// OpenCV allocates another output and leaves the caller's buffer untouched. This function reports that as an error.
template <typename Call>
tw_status transform(const tw_image &image, const tw_image &out, Call call) noexcept {
    return guarded([&] {
        const cv::Mat source = mat(image);
        cv::Mat result = mat(out);
        const void *memory = result.data;
        call(source, result);
        require(result.data == memory, "the output buffer does not have the size and type of the result");
    });
}

}  // namespace tw
