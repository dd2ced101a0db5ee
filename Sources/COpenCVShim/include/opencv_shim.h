// A C ABI over the few OpenCV calls that Tilework makes. No C++ type and no exception crosses it.
//
// Every function that can fail returns a tw_status: code 0, or the reason as a sentence. Images are described, never
// owned: the caller allocates inputs and outputs, and each function checks that the output has the size and type that
// its operation yields. Sizes are in pixels, strides in bytes, samples interleaved (gray, BGR or BGRA).
#ifndef TILEWORK_OPENCV_SHIM_H
#define TILEWORK_OPENCV_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    void *_Nonnull data;
    size_t stride;
    int32_t width;
    int32_t height;
    int32_t channels;  // 1, 3 or 4
    int32_t depth;     // bits of a sample: 8 or 16
} tw_image;

enum { TW_OK = 0, TW_FAILED = 1 };

typedef struct {
    int32_t code;
    char reason[248];
} tw_status;

/// OpenCV's version, "4.6.0".
const char *_Nonnull tw_version(void);

/// Once for a process: no log lines, since every failure is reported to the caller. Keeps the heap small, too. That each
/// call has one thread, since parallel work is the callers' business, needs no call.
void tw_prepare(void);

/// Gives memory that the heap holds and nobody uses back to the kernel. Takes some milliseconds.
void tw_trim(void);

/// Makes `out` a smaller `image` by averaging areas; 16 bit becomes 8 bit if `out` has 8.
tw_status tw_shrink(tw_image image, tw_image out);

tw_status tw_gray(tw_image bgr, tw_image gray);
tw_status tw_invert(tw_image image, tw_image out);
tw_status tw_median_blur(tw_image image, tw_image out, int ksize);

/// Blurs the part of `image` whose corner is (x, y) and whose size is that of `out`. What lies around it in `image` is
/// its neighbourhood; border reflect 101. `ksize` is odd, and sigma 0 is OpenCV's choice by it.
tw_status tw_gaussian_blur(tw_image image, tw_image out, int x, int y, int ksize, double sigma);

/// Pixels on each side of a pixel that have a weight in its blur; at most ksize / 2. `depth` is 8 or 16.
int tw_gaussian_reach(int ksize, double sigma, int depth);

/// Correlates a part, as above, with a 3×3 kernel given row by row; border reflect 101.
tw_status tw_filter3x3(tw_image image, tw_image out, int x, int y, const float *_Nonnull kernel);

/// Canny on an 8-bit gray image, aperture 3, L1 gradient; `out` is 8-bit gray with 0 and 255.
tw_status tw_canny(tw_image gray, tw_image out, double low, double high);

/// out = table[sample] for each sample; the table has 256 or 65536 entries of the image's own depth.
tw_status tw_lookup(tw_image image, tw_image out, const void *_Nonnull table);

/// Each output channel is (k[c][0]·B + k[c][1]·G + k[c][2]·R) / scale, rounded half to even, saturated. Integers
/// throughout, so that the result is the definition's to the last bit. `k` is 3×3, row by row, values not negative.
tw_status tw_color_matrix(tw_image bgr, tw_image out, const int32_t *_Nonnull k, int32_t scale);

/// Samples of 16 bits to their high byte.
tw_status tw_high_byte(tw_image image, tw_image out);

/// Samples of 8 bits to 16 bits, times 257 (255 becomes 65535).
tw_status tw_widen(tw_image image, tw_image out);

/// Splits BGRA into BGR and alpha, and the way back. A gray `color` is written to B, G and R.
tw_status tw_split_alpha(tw_image bgra, tw_image bgr, tw_image alpha);
tw_status tw_join_alpha(tw_image color, tw_image alpha, tw_image bgra);
tw_status tw_gray_to_bgr(tw_image gray, tw_image bgr);

/// Which instructions the kernels of our own use: for tests. Every set gives the same bytes. `TW_KERNELS_REFERENCE` is
/// OpenCV, or the definition where OpenCV is not exact. `TW_KERNELS_PORTABLE` is the set in use on arm64, and is there on
/// x86-64, too.
enum {
    TW_KERNELS_REFERENCE = 0,
    TW_KERNELS_PORTABLE = 1,
    TW_KERNELS_SSE2 = 2,
    TW_KERNELS_AVX2 = 3,
    TW_KERNELS_AVX512 = 4
};

/// The largest set that the processor has: the one in use.
int tw_best_kernels(void);

/// Has the calling thread use another set, up to the best one.
void tw_use_kernels(int level);

#ifdef __cplusplus
}
#endif
#endif
