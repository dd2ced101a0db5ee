// Memory for exiv2 in most runs of the target `metadata`. exiv2 makes thousands of small objects for a block. With the
// address sanitizer's allocator they take ten times as long as exiv2 itself. Our own code, large blocks and one run in
// eight still use the sanitizer's allocator.
#include <cstdint>
#include <cstdlib>
#include <new>
#include <sanitizer/lsan_interface.h>
#include <sys/mman.h>

extern "C" {
extern char __executable_start, etext;
bool fuzz_uses_pool;
}

namespace {

enum : std::size_t { UNIT = 16, CLASSES = 33, ARENA = 16 << 20 };

struct Free {
    Free *next;
};

char *arena, *unused;
Free *lists[CLASSES];

bool is_ours(const void *caller) { return caller >= &__executable_start && caller < &etext; }

bool is_pooled(const void *block) { return arena && block >= arena && block < arena + ARENA; }

/// Allocates from the arena. A header before each block holds its number of units, because `delete` need not be told
/// the size. Null if the arena is full.
void *pooled(std::size_t units) {
    if (Free *found = lists[units]) {
        lists[units] = found->next;
        return found;
    }
    if (!arena) {
        void *mapped = mmap(nullptr, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (mapped == MAP_FAILED) return nullptr;
        arena = unused = static_cast<char *>(mapped);
        __lsan_register_root_region(arena, ARENA);
    }
    if (static_cast<std::size_t>(arena + ARENA - unused) < (units + 1) * UNIT) return nullptr;
    char *block = unused + UNIT;
    *reinterpret_cast<std::size_t *>(unused) = units;
    unused = block + units * UNIT;
    return block;
}

void *allocated(std::size_t count, const void *caller) {
    std::size_t units = count ? (count + UNIT - 1) / UNIT : 1;
    void *block = fuzz_uses_pool && units < CLASSES && !is_ours(caller) ? pooled(units) : nullptr;
    if (!block) block = std::malloc(count ? count : 1);
    if (!block) throw std::bad_alloc();
    return block;
}

void released(void *block) {
    if (!is_pooled(block)) return std::free(block);
    Free *freed = static_cast<Free *>(block);
    std::size_t units = *reinterpret_cast<std::size_t *>(static_cast<char *>(block) - UNIT);
    freed->next = lists[units];
    lists[units] = freed;
}

}

void *operator new(std::size_t count) { return allocated(count, __builtin_return_address(0)); }
void *operator new[](std::size_t count) { return allocated(count, __builtin_return_address(0)); }
void *operator new(std::size_t count, const std::nothrow_t &) noexcept { return std::malloc(count ? count : 1); }
void *operator new[](std::size_t count, const std::nothrow_t &) noexcept { return std::malloc(count ? count : 1); }
void operator delete(void *block) noexcept { released(block); }
void operator delete[](void *block) noexcept { released(block); }
void operator delete(void *block, std::size_t) noexcept { released(block); }
void operator delete[](void *block, std::size_t) noexcept { released(block); }
void operator delete(void *block, const std::nothrow_t &) noexcept { released(block); }
void operator delete[](void *block, const std::nothrow_t &) noexcept { released(block); }
