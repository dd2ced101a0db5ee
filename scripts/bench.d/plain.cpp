// The reference of the benchmark: the same OpenCV calls on the whole image, in one process, without tiles.
//
//     plain generate WIDTH HEIGHT OUT.jpg              draw the picture that the benchmark works on
//     plain repeat INPUT WIDTH HEIGHT OUT.jpg          repeat that picture to the right and down to that size
//     plain run INPUT OUTPUT TRANSFORMS [--threads N]  transform a file and print the times as one line of JSON
//     plain crop INPUT (X Y WIDTH HEIGHT OUT)…         cut parts out of a picture, as many as are named
//     plain compare A B [X Y]                          exit status 0 when both decode to the same pixels; with a corner,
//                                                      when B is a part of A there

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <opencv2/imgcodecs.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "picture.hpp"

namespace {

int number(const std::string& text, int low, int high, const std::string& what) {
    size_t used = 0;
    int value = low - 1;
    try {
        value = std::stoi(text, &used);
    } catch (const std::exception&) {
    }
    if (used != text.size() || value < low || value > high)
        throw std::invalid_argument(what + " must be " + std::to_string(low) + " to " + std::to_string(high) +
                                    ", not '" + text + "'");
    return value;
}

cv::Mat read(const std::string& path, int mode) {
    cv::Mat image = cv::imread(path, mode);
    if (image.empty()) throw std::runtime_error("cannot read " + path);
    return image;
}

void write(const std::string& path, const cv::Mat& image, const std::vector<int>& settings = {}) {
    if (!cv::imwrite(path, image, settings)) throw std::runtime_error("cannot write " + path);
}

cv::Mat repeated(const cv::Mat& part, int width, int height) {
    cv::Mat whole(height, width, part.type());
    for (int y = 0; y < height; y += part.rows) {
        for (int x = 0; x < width; x += part.cols) {
            const cv::Rect space(x, y, std::min(part.cols, width - x), std::min(part.rows, height - y));
            part(cv::Rect({0, 0}, space.size())).copyTo(whole(space));
        }
    }
    return whole;
}

cv::Mat applyStep(const cv::Mat& source, const std::string& step) {
    cv::Mat result;
    if (step == "invert") {
        cv::bitwise_not(source, result);
    } else if (step == "grayscale") {
        if (source.channels() == 1) return source;
        cv::cvtColor(source, result, cv::COLOR_BGR2GRAY);
    } else if (step == "sharpen") {
        const cv::Mat kernel = (cv::Mat_<float>(3, 3) << -1, -1, -1, -1, 9, -1, -1, -1, -1);
        cv::filter2D(source, result, -1, kernel);
    } else if (step == "blur" || step.rfind("blur:ksize=", 0) == 0) {
        const int size = step == "blur" ? 99 : number(step.substr(std::strlen("blur:ksize=")), 1, 255, "ksize");
        if (size % 2 == 0) throw std::invalid_argument("ksize must be odd, not " + std::to_string(size));
        cv::GaussianBlur(source, result, {size, size}, 0);
    } else {
        throw std::invalid_argument("'" + step + "' is not one of invert, grayscale, sharpen, blur, blur:ksize=K");
    }
    return result;
}

double cpuSeconds(const rusage& usage) {
    return double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int run(const std::string& input, const std::string& output, const std::string& transforms) {
    using Clock = std::chrono::steady_clock;
    const auto milliseconds = [](Clock::time_point from, Clock::time_point to) {
        return std::chrono::duration<double, std::milli>(to - from).count();
    };
    const auto start = Clock::now();
    cv::Mat image = read(input, cv::IMREAD_ANYCOLOR | cv::IMREAD_ANYDEPTH);
    const auto decoded = Clock::now();
    std::istringstream steps(transforms);
    for (std::string step; std::getline(steps, step, ',');) image = applyStep(image, step);
    const auto transformed = Clock::now();
    write(output, image);
    const auto written = Clock::now();

    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("{\"read_ms\":%.3f,\"transform_ms\":%.3f,\"write_ms\":%.3f,\"total_ms\":%.3f,\"cpu_s\":%.3f,"
                "\"peak_rss_bytes\":%ld,\"threads\":%d,\"opencv\":\"%s\"}\n",
                milliseconds(start, decoded), milliseconds(decoded, transformed), milliseconds(transformed, written),
                milliseconds(start, written), cpuSeconds(usage), usage.ru_maxrss * 1024L, cv::getNumThreads(),
                CV_VERSION);
    return 0;
}

int crop(const std::string& input, const std::vector<std::string>& parts) {
    const cv::Mat whole = read(input, cv::IMREAD_UNCHANGED);
    for (size_t i = 0; i < parts.size(); i += 5) {
        const int x = number(parts[i], 0, whole.cols - 1, "X"), y = number(parts[i + 1], 0, whole.rows - 1, "Y");
        write(parts[i + 4], whole(cv::Rect(x, y, number(parts[i + 2], 1, whole.cols - x, "WIDTH"),
                                           number(parts[i + 3], 1, whole.rows - y, "HEIGHT"))));
    }
    return 0;
}

int compare(const std::string& left, const std::string& right, const cv::Point* corner) {
    cv::Mat a = read(left, cv::IMREAD_UNCHANGED);
    const cv::Mat b = read(right, cv::IMREAD_UNCHANGED);
    if (corner) {
        const cv::Rect part(*corner, b.size());
        if ((part & cv::Rect({0, 0}, a.size())) == part) a = a(part);
    }
    const bool alike = a.size() == b.size() && a.type() == b.type();
    long differing = 0;
    for (int row = 0; alike && row < a.rows; row++) {
        const uchar *p = a.ptr(row), *q = b.ptr(row);
        for (size_t i = 0; i < size_t(a.cols) * a.elemSize(); i++) differing += p[i] != q[i];
    }
    std::printf("{\"same_shape\":%s,\"differing_bytes\":%ld}\n", alike ? "true" : "false", differing);
    return alike && differing == 0 ? 0 : 1;
}

int usage() {
    std::fputs("usage: plain generate WIDTH HEIGHT OUT.jpg\n"
               "       plain repeat INPUT WIDTH HEIGHT OUT.jpg\n"
               "       plain run INPUT OUTPUT TRANSFORMS [--threads N]\n"
               "       plain crop INPUT (X Y WIDTH HEIGHT OUT)…\n"
               "       plain compare A B [X Y]\n",
               stderr);
    return 2;
}

}  // namespace

int main(int count, char** values) try {
    const std::vector<std::string> arguments(values + 1, values + count);
    const std::string mode = arguments.empty() ? "" : arguments[0];
    if (mode == "generate" && arguments.size() == 4) {
        const int width = number(arguments[1], 1, 65500, "WIDTH"), height = number(arguments[2], 1, 65500, "HEIGHT");
        write(arguments[3], picture::draw(width, height), {cv::IMWRITE_JPEG_QUALITY, 92});
        return 0;
    }
    if (mode == "repeat" && arguments.size() == 5) {
        const int width = number(arguments[2], 1, 65500, "WIDTH"), height = number(arguments[3], 1, 65500, "HEIGHT");
        write(arguments[4], repeated(read(arguments[1], cv::IMREAD_COLOR), width, height), {cv::IMWRITE_JPEG_QUALITY, 92});
        return 0;
    }
    if (mode == "run" && (arguments.size() == 4 || (arguments.size() == 6 && arguments[4] == "--threads"))) {
        if (arguments.size() == 6) cv::setNumThreads(number(arguments[5], 1, 1024, "--threads"));
        return run(arguments[1], arguments[2], arguments[3]);
    }
    if (mode == "crop" && arguments.size() > 2 && (arguments.size() - 2) % 5 == 0)
        return crop(arguments[1], {arguments.begin() + 2, arguments.end()});
    if (mode == "compare" && (arguments.size() == 3 || arguments.size() == 5)) {
        cv::Point corner;
        if (arguments.size() == 5) corner = {number(arguments[3], 0, 65500, "X"), number(arguments[4], 0, 65500, "Y")};
        return compare(arguments[1], arguments[2], arguments.size() == 5 ? &corner : nullptr);
    }
    return usage();
} catch (const std::exception& error) {
    std::fprintf(stderr, "plain: %s\n", error.what());
    return 2;
}
