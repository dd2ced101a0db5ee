// What the fuzz targets share. An input is a file and, at its end, a plan of four bytes, so that the fuzzer chooses how
// the file is used, and a find stays the same whatever else is changed.
#ifndef TILEWORK_FUZZ_H
#define TILEWORK_FUZZ_H

#include "../../Sources/CImageCodecs/common/codec.h"

enum { FUZZ_PLAN = 4 };

/// Ends the run with a find and says why: a promise of CImageCodecs.h was broken.
#define FUZZ_REQUIRE(condition, ...) \
    do { \
        if (!(condition)) fuzz_broken(#condition, __FILE__, __LINE__, __VA_ARGS__); \
    } while (0)

_Noreturn void fuzz_broken(const char *condition, const char *file, int line, const char *format, ...)
    TWC_PRINTF(4, 5);

/// A failure has a reason of one line, without a full stop.
void fuzz_check_status(const twc_status *status);
void fuzz_check_text(const char *text, size_t capacity);

/// One of so many inputs, chosen by its bytes, for what takes much longer than the rest. Always with the environment
/// variable FUZZ_THOROUGH, which replays have set.
bool fuzz_one_of(const uint8_t *data, size_t count, uint32_t runs);

/// Three files in memory that are used again for each run: the input, the writer's file, and the scratch file.
typedef enum { FUZZ_INPUT, FUZZ_OUTPUT, FUZZ_SCRATCH, FUZZ_FILES } fuzz_file;
/// Empty but for these bytes.
int fuzz_file_with(fuzz_file file, const uint8_t *bytes, size_t count);

/// The harness's own memory, which no fault touches.
void *__real_malloc(size_t size);
/// Fails the allocation of this number from now on, from 1; 0 for none.
void fuzz_fail_allocation(unsigned number);
/// Files cannot grow beyond this; `UINT64_MAX` for the usual limit.
void fuzz_limit_files(uint64_t bytes);

/// The faults of this run: an allocation that fails when reading, or when writing, or a full disk.
typedef enum { FUZZ_NO_FAULT, FUZZ_READER_MEMORY, FUZZ_WRITER_MEMORY, FUZZ_WRITER_DISK } fuzz_fault;
static inline fuzz_fault fuzz_fault_of(const uint8_t plan[FUZZ_PLAN]) {
    return plan[0] >> 4 == 13 ? FUZZ_READER_MEMORY : plan[0] >> 4 == 12 ? FUZZ_WRITER_MEMORY
        : plan[0] >> 4 == 11 ? FUZZ_WRITER_DISK : FUZZ_NO_FAULT;
}

/// An image that was read; `pixels` has no gaps between rows.
typedef struct {
    twc_info info;
    uint8_t *pixels;
} fuzz_image;

/// Reads rows of a written file without the others, and compares them with those of the whole image; and once more with
/// an index that is not the file's.
/// - index: the writer's; null if it gave none.
void fuzz_rows(
    int file, const twc_info *whole, const uint8_t *pixels, const twc_row_index *index, const uint8_t plan[FUZZ_PLAN]);

/// Writes the image with the reader's blocks in a format that the plan names, and reads it back.
void fuzz_write(const fuzz_image *image, const twc_reader *reader, const uint8_t plan[FUZZ_PLAN]);

#endif
