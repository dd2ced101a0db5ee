// The instruction sets that the kernels of this folder can use. Every level computes the same bytes.
#pragma once

namespace tw {

/// `reference` is OpenCV, or the plain loop if OpenCV is not exact. Tests compare with it. `portable` is for processors
/// other than x86-64, but compiled for x86-64 too, so that it is tested. Every x86-64 has `sse2`.
enum class Level { reference, portable, sse2, avx2, avx512 };

/// The best level of this processor.
Level bestLevel();

/// The level of the calling thread: the best one, unless a test has chosen another.
Level currentLevel();

/// Chooses the level of the calling thread.
void useLevel(Level level);

}  // namespace tw

// Functions between TW_AVX2_BEGIN and TW_KERNELS_END are compiled for processors with these instructions. They may be
// called only if `currentLevel` has chosen them. No header of the standard library may be included between the two,
// because its inline functions would be compiled for these processors, too.
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
