// Measures the kernels of COpenCVShim against OpenCV, on tiles of 512 px, in milliseconds of CPU for 14.7 megapixels.
// Compares every byte.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "opencv_shim.h"

namespace {

constexpr int width = 5120, height = 2880, tile = 512;

double milliseconds() {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1e3 + time.tv_nsec * 1e-6;
}

tw_image describe(cv::Mat &mat) {
    return {mat.data, mat.step, mat.cols, mat.rows, mat.channels(), static_cast<int32_t>(8 * mat.elemSize1())};
}

void check(tw_status status) {
    if (status.code == TW_OK) return;
    std::fprintf(stderr, "%s\n", status.reason);
    std::exit(2);
}

/// A step: its halo with OpenCV and with our kernels, and the function that computes the part at (x, y).
struct Work {
    std::string name;
    int channels, bits;
    int oldHalo, newHalo;
    std::function<tw_status(tw_image, tw_image, int, int)> apply;
};

Work blur(int ksize, int channels, int bits, double sigma = 0) {
    char name[64];
    std::snprintf(name, sizeof name, sigma > 0 ? "blur %d, sigma %g" : "blur %d", ksize, sigma);
    return {name, channels, bits, ksize / 2, tw_gaussian_reach(ksize, sigma, bits),
            [=](tw_image in, tw_image out, int x, int y) { return tw_gaussian_blur(in, out, x, y, ksize, sigma); }};
}

Work filter(const char *name, int channels, int bits, const float *kernel) {
    return {name, channels, bits, 1, 1,
            [=](tw_image in, tw_image out, int x, int y) { return tw_filter3x3(in, out, x, y, kernel); }};
}

std::vector<Work> works() {
    static const float sharpen[] = {-1, -1, -1, -1, 9, -1, -1, -1, -1}, emboss[] = {-2, -1, 0, -1, 1, 1, 0, 1, 2};
    static const int32_t sepia[] = {131, 534, 272, 168, 686, 349, 189, 769, 393};
    static uint8_t table[256];
    for (int i = 0; i < 256; i++) table[i] = static_cast<uint8_t>(std::min(i + 40, 255));
    std::vector<Work> all;
    for (int ksize : {99, 31, 15, 9, 5, 3}) {
        for (int channels : {3, 1}) all.push_back(blur(ksize, channels, 8));
    }
    all.push_back(blur(255, 3, 8));
    all.push_back(blur(99, 3, 8, 1.2));
    for (int ksize : {99, 31, 9, 3}) all.push_back(blur(ksize, 3, 16));
    for (int bits : {8, 16}) {
        for (int channels : {3, 1}) all.push_back(filter("sharpen", channels, bits, sharpen));
        all.push_back(filter("emboss", 3, bits, emboss));
        all.push_back({"sepia", 3, bits, 0, 0, [](tw_image in, tw_image out, int, int) {
                           return tw_color_matrix(in, out, sepia, 1000);
                       }});
    }
    for (int channels : {3, 1}) {
        all.push_back({"table", channels, 8, 0, 0, [](tw_image in, tw_image out, int, int) {
                           return tw_lookup(in, out, table);
                       }});
    }
    return all;
}

/// Processes the image in tiles that were cut out before. Only the time of the step is counted.
double tiled(const Work &work, const cv::Mat &image, cv::Mat &result, int halo) {
    double sum = 0;
    for (int y = 0; y < height; y += tile) {
        for (int x = 0; x < width; x += tile) {
            const cv::Rect inner(x, y, std::min(tile, width - x), std::min(tile, height - y));
            const cv::Rect outer = cv::Rect(x - halo, y - halo, inner.width + 2 * halo, inner.height + 2 * halo)
                & cv::Rect(0, 0, width, height);
            cv::Mat cut = image(outer).clone(), out = cv::Mat::zeros(inner.size(), image.type());
            const double start = milliseconds();
            check(work.apply(describe(cut), describe(out), x - outer.x, y - outer.y));
            sum += milliseconds() - start;
            out.copyTo(result(inner));
        }
    }
    return sum;
}

}  // namespace

int main(int, char **arguments) {
    const char *only = arguments[1];
    tw_prepare();
    const char *names[] = {"tiles", "portable", "SSE2", "AVX2", "AVX-512"};
    std::printf("| %-18s | channels | bits | whole |", "step");
    for (int set = 0; set <= tw_best_kernels(); set++) std::printf(" %8s |", names[set]);
    std::printf("\n");
    bool isEqual = true;
    for (const Work &work : works()) {
        if (only && work.name != only) continue;
        cv::Mat image(height, width, CV_MAKETYPE(work.bits == 8 ? CV_8U : CV_16U, work.channels));
        cv::randu(image, 0, work.bits == 8 ? 256 : 65536);
        cv::Mat expected(image.size(), image.type()), result(image.size(), image.type());
        expected.setTo(0);  // so that its pages exist before the time is taken
        tw_use_kernels(TW_KERNELS_REFERENCE);
        const double start = milliseconds();
        check(work.apply(describe(image), describe(expected), 0, 0));
        const double whole = milliseconds() - start;
        std::printf("| %-18s | %8d | %4d | %5.0f |", work.name.c_str(), work.channels, work.bits, whole);
        for (int set = 0; set <= tw_best_kernels(); set++) {
            tw_use_kernels(set);
            double best = 1e9;
            for (int run = 0; run < 3; run++) {
                result.setTo(0);
                const int halo = set == TW_KERNELS_REFERENCE ? work.oldHalo : work.newHalo;
                best = std::min(best, tiled(work, image, result, halo));
                for (int y = 0; y < height; y++) {
                    isEqual = isEqual && !std::memcmp(result.ptr(y), expected.ptr(y), width * image.elemSize());
                }
            }
            std::printf(" %8.1f |", best);
            std::fflush(stdout);
        }
        std::printf("\n");
    }
    if (!isEqual) std::fprintf(stderr, "results differ\n");
    return !isEqual;
}
