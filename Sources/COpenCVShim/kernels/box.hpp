// Means of squares of pixels.
#pragma once

#include <opencv2/core.hpp>

namespace tw {

/// The largest side of squares that divide the image evenly and are not larger than a pixel of `small`; 1 if there is
/// none.
int boxSide(cv::Size image, cv::Size small);

/// An image whose pixels are the means of side × side pixels, rounded half up. `side` comes from `boxSide`.
cv::Mat boxMeans(const cv::Mat &image, int side);

}  // namespace tw
