// Declarations that the fuzz targets share. An input is a file, followed by a plan of four bytes that says how the file
// is used. So the fuzzer varies the use, too, and the input alone is enough to replay a find.
#ifndef TILEWORK_FUZZ_H
#define TILEWORK_FUZZ_H

#include "../../Sources/CImageCodecs/common/codec.h"

enum { FUZZ_PLAN = 4 };

/// Ends the run with a find and its reason: a guarantee of CImageCodecs.h was violated.
#define FUZZ_REQUIRE(condition, ...) \
    do { \
        if (!(condition)) fuzz_broken(#condition, __FILE__, __LINE__, __VA_ARGS__); \
    } while (0)

_Noreturn void fuzz_broken(const char *condition, const char *file, int line, const char *format, ...)
    TWC_PRINTF(4, 5);

/// Checks that a failure has a reason of one line, without a full stop.
void fuzz_check_status(const twc_status *status);
void fuzz_check_text(const char *text, size_t capacity);

/// True for one in `runs` inputs, chosen by their bytes: for work that takes much longer than the rest. True for all
/// inputs if the environment variable FUZZ_THOROUGH is set, as it is in replays.
bool fuzz_one_of(const uint8_t *data, size_t count, uint32_t runs);

/// Three files in memory that all runs use: the input, the writer's file, and the scratch file.
typedef enum { FUZZ_INPUT, FUZZ_OUTPUT, FUZZ_SCRATCH, FUZZ_FILES } fuzz_file;
/// Empties a file and writes these bytes.
int fuzz_file_with(fuzz_file file, const uint8_t *bytes, size_t count);

/// Allocates memory for the harness itself. No fault is injected here.
void *__real_malloc(size_t size);
/// Makes one of the next allocations fail, of which the first has the number 1; 0 for none.
void fuzz_fail_allocation(unsigned number);
/// Limits the size of files; `UINT64_MAX` for the usual limit.
void fuzz_limit_files(uint64_t bytes);

/// The fault of a run: an allocation that fails in the reader or in the writer, or a full disk.
typedef enum { FUZZ_NO_FAULT, FUZZ_READER_MEMORY, FUZZ_WRITER_MEMORY, FUZZ_WRITER_DISK } fuzz_fault;
static inline fuzz_fault fuzz_fault_of(const uint8_t plan[FUZZ_PLAN]) {
    return plan[0] >> 4 == 13 ? FUZZ_READER_MEMORY : plan[0] >> 4 == 12 ? FUZZ_WRITER_MEMORY
        : plan[0] >> 4 == 11 ? FUZZ_WRITER_DISK : FUZZ_NO_FAULT;
}

/// A decoded image. `pixels` has no gaps between rows.
typedef struct {
    twc_info info;
    uint8_t *pixels;
} fuzz_image;

/// Reads some rows of a written file without the others, and compares them with those of the whole image. Then reads
/// rows with a wrong index, which may fail.
/// - index: the index that the writer gave; null if it gave none.
void fuzz_rows(
    int file, const twc_info *whole, const uint8_t *pixels, const twc_row_index *index, const uint8_t plan[FUZZ_PLAN]);

/// Writes the image with the reader's blocks, in a format that the plan chooses, and reads it back.
void fuzz_write(const fuzz_image *image, const twc_reader *reader, const uint8_t plan[FUZZ_PLAN]);

#endif
