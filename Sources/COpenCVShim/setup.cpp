#include <malloc.h>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>

#include "guard.hpp"
#include "kernels/box.hpp"

using tw::guarded;
using tw::mat;
using tw::require;

const char *tw_version(void) { return CV_VERSION; }

// Set when the program is loaded, because no later moment is safe: TBB, which runs OpenCV's threads on Debian, ends the
// process if their number changes during a call.
[[maybe_unused]] static const bool has_one_thread = (cv::setNumThreads(1), true);

void tw_prepare(void) {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    // One thread allocates a tile and another one frees it. glibc's default is eight arenas a core, and each would keep
    // some tiles.
    mallopt(M_ARENA_MAX, 2);
}

void tw_trim(void) { malloc_trim(0); }

tw_status tw_shrink(tw_image image, tw_image out) {
    return guarded([&] {
        cv::Mat source = mat(image), target = mat(out);
        const int side = tw::boxSide(source.size(), target.size());
        cv::Mat small = side > 1 ? tw::boxMeans(source, side) : source;
        if (small.size() != target.size()) cv::resize(cv::Mat(small), small, target.size(), 0, 0, cv::INTER_AREA);
        require(small.channels() == target.channels(), "a preview keeps the channels of its image");
        small.convertTo(target, target.depth(), image.depth == 16 && out.depth == 8 ? 1.0 / 257 : 1.0);
    });
}
