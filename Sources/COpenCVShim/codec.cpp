#include <cstdlib>
#include <cstring>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "guard.hpp"

using tw::guarded;
using tw::mat;
using tw::require;

const char *tw_version(void) { return CV_VERSION; }

void tw_use_one_thread(void) { cv::setNumThreads(1); }

tw_status tw_decode(const void *bytes, size_t count, int rotate, tw_image out) {
    return guarded([&] {
        require(count <= INT32_MAX, "the file is larger than 2 GiB, the most that OpenCV decodes");
        const cv::Mat file(1, static_cast<int>(count), CV_8U, const_cast<void *>(bytes));
        cv::Mat target = mat(out);
        const cv::Mat expected = target;
        cv::Mat decoded = target;
        // The three-argument form decodes into a matrix that already fits, so the pixels land where they belong.
        decoded = cv::imdecode(file, rotate ? cv::IMREAD_ANYCOLOR | cv::IMREAD_ANYDEPTH : cv::IMREAD_UNCHANGED, &target);
        require(!decoded.empty(), "the image data is damaged");
        require(decoded.size() == expected.size() && decoded.type() == expected.type(),
                "the decoded image has another size or type than its header says");
        if (decoded.data != expected.data) decoded.copyTo(expected);
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

tw_status tw_encode_jpeg_memory(tw_image image, int quality, void **bytes, size_t *count) {
    return guarded([&] {
        std::vector<uchar> encoded;
        require(cv::imencode(".jpg", mat(image), encoded, parameters(TW_ENCODE_JPEG, quality)),
                "the encoder could not make a JPEG");
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
