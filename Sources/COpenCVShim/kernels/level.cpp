#include "level.hpp"

namespace tw {

Level bestLevel() {
#if TW_X86
    __builtin_cpu_init();
    const bool has512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vnni");
    const bool has2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (has2) return has512 ? Level::avx512 : Level::avx2;
    return Level::sse2;
#else
    return Level::portable;
#endif
}

namespace {
thread_local Level chosen = bestLevel();
}

Level currentLevel() { return chosen; }

void useLevel(Level level) { chosen = level; }

}  // namespace tw
