// Means of squares of pixels.
#pragma once

#include <opencv2/core.hpp>

namespace tw {

/// The largest side of squares that divide the image evenly and are no larger than a pixel of `small`; 1 if there is none.
int boxSide(cv::Size image, cv::Size small);

/// An image of which each pixel is the mean of side × side pixels, rounded half up.
/// `side` is of `boxSide`.
cv::Mat boxMeans(const cv::Mat &image, int side);

}  // namespace tw
