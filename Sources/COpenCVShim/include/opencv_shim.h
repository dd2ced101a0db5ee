// A C interface to the few OpenCV calls that Tilework makes. No C++ type and no exception crosses it.
//
// A function that can fail returns a tw_status: code 0, or the reason as a sentence. The caller allocates and owns all
// images. Each function checks that the output has the size and type that its operation gives. Sizes are in pixels,
// strides in bytes. Samples are interleaved (gray, BGR or BGRA).
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

/// Call it once in a process. It turns off OpenCV's log, because every failure is reported to the caller, and keeps the
/// heap small. OpenCV is limited to one thread a call even before, because callers run calls in parallel.
void tw_prepare(void);

/// Returns unused heap memory to the kernel. Takes some milliseconds.
void tw_trim(void);

/// Shrinks `image` to the size of `out` by averaging areas. 16 bits become 8 if `out` has 8.
tw_status tw_shrink(tw_image image, tw_image out);

tw_status tw_gray(tw_image bgr, tw_image gray);
tw_status tw_invert(tw_image image, tw_image out);
tw_status tw_median_blur(tw_image image, tw_image out, int ksize);

/// Blurs the part of `image` whose corner is (x, y) and whose size is that of `out`. The pixels around it in `image`
/// are its neighbours; the border is reflect 101. `ksize` is odd. With sigma 0, OpenCV derives sigma from it.
tw_status tw_gaussian_blur(tw_image image, tw_image out, int x, int y, int ksize, double sigma);

/// How many pixels on each side of a pixel have a weight in its blur: at most ksize / 2. `depth` is 8 or 16.
int tw_gaussian_reach(int ksize, double sigma, int depth);

/// Correlates a part, as above, with a 3×3 kernel, which is given row by row. The border is reflect 101.
tw_status tw_filter3x3(tw_image image, tw_image out, int x, int y, const float *_Nonnull kernel);

/// Canny on an 8-bit gray image, aperture 3, L1 gradient. `out` is 8-bit gray with 0 and 255 only.
tw_status tw_canny(tw_image gray, tw_image out, double low, double high);

/// out = table[sample] for each sample. The table has 256 or 65536 entries of the image's depth.
tw_status tw_lookup(tw_image image, tw_image out, const void *_Nonnull table);

/// Each output channel is (k[c][0]·B + k[c][1]·G + k[c][2]·R) / scale, rounded half to even and saturated. The
/// arithmetic is integer, so the result is exactly that of this definition. `k` is 3×3, row by row, without negative
/// values.
tw_status tw_color_matrix(tw_image bgr, tw_image out, const int32_t *_Nonnull k, int32_t scale);

/// Reduces 16-bit samples to their high byte.
tw_status tw_high_byte(tw_image image, tw_image out);

/// Widens 8-bit samples to 16 bits, times 257 (255 becomes 65535).
tw_status tw_widen(tw_image image, tw_image out);

/// Splits BGRA into BGR and alpha, or joins them. A gray `color` is copied to B, G and R.
tw_status tw_split_alpha(tw_image bgra, tw_image bgr, tw_image alpha);
tw_status tw_join_alpha(tw_image color, tw_image alpha, tw_image bgra);
tw_status tw_gray_to_bgr(tw_image gray, tw_image bgr);

/// The instruction sets of our own kernels, for tests. All sets give the same bytes. `TW_KERNELS_REFERENCE` is OpenCV,
/// or the definition if OpenCV is not exact. `TW_KERNELS_PORTABLE` is used on arm64, and can be tested on x86-64, too.
enum {
    TW_KERNELS_REFERENCE = 0,
    TW_KERNELS_PORTABLE = 1,
    TW_KERNELS_SSE2 = 2,
    TW_KERNELS_AVX2 = 3,
    TW_KERNELS_AVX512 = 4
};

/// The largest set that the processor has. It is the default.
int tw_best_kernels(void);

/// Makes the calling thread use another set, at most the best one.
void tw_use_kernels(int level);

#ifdef __cplusplus
}
#endif
#endif
