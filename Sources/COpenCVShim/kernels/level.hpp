// Which instructions the kernels of this folder may use. Every level computes the same bytes.
#pragma once

namespace tw {

/// `reference` is OpenCV, or the plain loop where OpenCV has nothing exact. Tests compare with it. `portable` is what
/// processors that are no x86-64 use, and is compiled for those, too, so that it is tested. Each x86-64 has `sse2`.
enum class Level { reference, portable, sse2, avx2, avx512 };

/// The best level of this processor.
Level bestLevel();

/// The level in use on the calling thread: the best one, unless a test has asked for another.
Level currentLevel();

/// Has the calling thread use `level`.
void useLevel(Level level);

}  // namespace tw

// Functions between TW_AVX2_BEGIN and TW_KERNELS_END are compiled for processors with these instructions. Only what
// `currentLevel` has chosen may call them. No header of the standard library may be included in between: its inline
// functions would be compiled for them, too.
#if defined(__x86_64__)
#define TW_X86 1
#define TW_PRAGMA(text) _Pragma(#text)
#define TW_AVX2_BEGIN \
    TW_PRAGMA(clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)) \
    namespace tw::avx2 {
#define TW_AVX512_BEGIN \
    TW_PRAGMA(clang attribute push(__attribute__((target( \
        "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni"))), apply_to = function)) \
    namespace tw::avx512 {
#define TW_KERNELS_END \
    } \
    TW_PRAGMA(clang attribute pop)
#else
#define TW_X86 0
#endif
