#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "guard.hpp"

using tw::guarded;
using tw::mat;
using tw::require;

const char *tw_version(void) { return CV_VERSION; }

void tw_prepare(void) {
    cv::setNumThreads(1);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    // Tiles are allocated by one thread and freed by another. With glibc's eight arenas a core, each keeps some.
    mallopt(M_ARENA_MAX, 2);
}

namespace {

/// Lends the caller's memory to the matrix that imdecode makes, so that the pixels land where they belong. A matrix
/// given to imdecode ready-made would do the same, but OpenCV 4.6 returns that one as it was, and as if it had been
/// decoded, where it does not know the file or cannot read its header.
class Lender final : public cv::MatAllocator {
public:
    explicit Lender(const cv::Mat &target) : target_(target) {}

    cv::UMatData *allocate(int dims, const int *sizes, int type, void *data, size_t *step, cv::AccessFlag access,
                           cv::UMatUsageFlags usage) const override {
        const bool fits = !data && !lent_ && dims == 2 && sizes[0] == target_.rows && sizes[1] == target_.cols &&
                          type == target_.type();
        if (!fits) return cv::Mat::getStdAllocator()->allocate(dims, sizes, type, data, step, access, usage);
        auto *pixels = new cv::UMatData(this);
        pixels->data = pixels->origdata = target_.data;
        pixels->size = target_.step[0] * static_cast<size_t>(target_.rows);
        step[0] = target_.step[0];
        step[1] = target_.elemSize();
        lent_ = true;
        return pixels;
    }

    bool allocate(cv::UMatData *, cv::AccessFlag, cv::UMatUsageFlags) const override { return false; }

    void deallocate(cv::UMatData *pixels) const override {
        lent_ = false;
        delete pixels;
    }

private:
    const cv::Mat &target_;
    mutable bool lent_ = false;
};

}  // namespace

tw_status tw_decode(const void *bytes, size_t count, int rotate, tw_image out) {
    return guarded([&] {
        require(count <= INT32_MAX, "the file is larger than 2 GiB, the most that OpenCV decodes");
        const cv::Mat file(1, static_cast<int>(count), CV_8U, const_cast<void *>(bytes));
        const cv::Mat target = mat(out);
        const Lender lender(target);
        cv::Mat decoded;
        decoded.allocator = const_cast<Lender *>(&lender);
        const int flags = rotate ? cv::IMREAD_ANYCOLOR | cv::IMREAD_ANYDEPTH : cv::IMREAD_UNCHANGED;
        require(!cv::imdecode(file, flags, &decoded).empty(), "the image data is damaged");
        require(decoded.size() == target.size() && decoded.type() == target.type(),
                "the decoded image has another size or type than its header says");
        if (decoded.data != target.data) decoded.copyTo(target);
    });
}

namespace {

std::vector<int> parameters(tw_encoding encoding, int quality) {
    if (quality < 0) return {};
    if (encoding == TW_ENCODE_JPEG) return {cv::IMWRITE_JPEG_QUALITY, quality};
    if (encoding == TW_ENCODE_WEBP) return {cv::IMWRITE_WEBP_QUALITY, quality};
    return {};
}

}  // namespace

tw_status tw_encode(const char *path, tw_image image, tw_encoding encoding, int quality) {
    return guarded([&] {
        require(cv::imwrite(path, mat(image), parameters(encoding, quality)), "the encoder could not write the file");
    });
}

tw_status tw_encode_view(tw_image image, int quality, void **bytes, size_t *count) {
    return guarded([&] {
        std::vector<uchar> encoded;
        // Views are made once and sent a short way: fast is better than small.
        std::vector<int> png = {cv::IMWRITE_PNG_COMPRESSION, 1, cv::IMWRITE_PNG_STRATEGY, cv::IMWRITE_PNG_STRATEGY_RLE};
        bool is_png = quality < 0;
        require(cv::imencode(is_png ? ".png" : ".jpg", mat(image), encoded,
                             is_png ? png : parameters(TW_ENCODE_JPEG, quality)),
                "the encoder could not make a view");
        void *copy = std::malloc(encoded.size());
        if (!copy) throw std::bad_alloc();
        std::memcpy(copy, encoded.data(), encoded.size());
        *bytes = copy;
        *count = encoded.size();
    });
}

tw_status tw_shrink(tw_image image, tw_image out) {
    return guarded([&] {
        cv::Mat target = mat(out);
        cv::Mat small;
        cv::resize(mat(image), small, target.size(), 0, 0, cv::INTER_AREA);
        require(small.channels() == target.channels(), "a preview keeps the channels of its image");
        small.convertTo(target, target.depth(), image.depth == 16 && out.depth == 8 ? 1.0 / 257 : 1.0);
    });
}
