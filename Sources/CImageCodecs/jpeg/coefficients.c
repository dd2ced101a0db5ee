// Keeps the coefficients of progressive files in a shared mapping of a scratch file, not in the library's arrays in
// memory. The file's blocks are allocated before they are touched, so a full disk is an error, not a signal.
#include "jpeg.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/// The library declares this type, and leaves its definition to the memory manager.
struct jvirt_barray_control {
    struct jvirt_barray_control *next;
    JDIMENSION blocks;
    JDIMENSION rows;
    JDIMENSION maximum_access;
    /// The array's offset in the file, in bytes, and how much of it has blocks on the disk.
    size_t offset;
    size_t allocated;
    /// Pointers to all rows, with some more on both sides, because block smoothing reads beyond the rows that it
    /// requested.
    JBLOCKROW *access;
};

enum { PAGE = 4096, GROWTH = 32 << 20, MARGIN = 16 };

static size_t bytes_of(const struct jvirt_barray_control *array) {
    return (size_t)array->rows * array->blocks * sizeof(JBLOCK);
}

static jvirt_barray_ptr request(
    j_common_ptr library, int pool, boolean pre_zero, JDIMENSION blocks, JDIMENSION rows, JDIMENSION maximum_access) {
    (void)pre_zero; // A new file reads as zeros.
    twc_jpeg_coefficients *all = &twc_jpeg_state_of(library)->coefficients;
    struct jvirt_barray_control *array = library->mem->alloc_small(library, pool, sizeof *array);
    *array = (struct jvirt_barray_control){
        .next = all->first, .blocks = blocks, .rows = rows, .maximum_access = maximum_access, .offset = all->bytes};
    array->access = library->mem->alloc_small(library, pool, ((size_t)rows + 2 * MARGIN) * sizeof(JBLOCKROW));
    all->first = array;
    all->bytes += (bytes_of(array) + PAGE - 1) / PAGE * PAGE;
    return array;
}

static void fail(j_common_ptr library, int error) {
    twc_jpeg_fail(library, twc_system_failure(error, "the scratch file for progressive JPEG cannot be written"));
}

static void list_rows(const twc_jpeg_coefficients *all, struct jvirt_barray_control *array) {
    size_t row = (size_t)array->blocks * sizeof(JBLOCK);
    for (size_t index = 0; index < array->rows + (size_t)2 * MARGIN; index++) {
        size_t inside = index < MARGIN ? 0 : index - MARGIN < array->rows ? index - MARGIN : array->rows - 1;
        array->access[index] = (JBLOCKROW)(void *)(all->mapping + array->offset + inside * row);
    }
}

static void realize(j_common_ptr library) {
    twc_jpeg_coefficients *all = &twc_jpeg_state_of(library)->coefficients;
    all->realize(library);
    if (!all->bytes || all->mapping) return;
    // A codec process may not truncate files. There, each scratch file is empty and used once.
    if (ftruncate(all->file, 0) != 0 && errno != EPERM) fail(library, errno);
    // One byte at the end makes the file long enough. The bytes before it take no space on the disk yet.
    if (pwrite(all->file, "", 1, (off_t)all->bytes - 1) != 1) fail(library, errno);
    void *mapping = mmap(NULL, all->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, all->file, 0);
    if (mapping == MAP_FAILED) fail(library, errno);
    all->mapping = mapping;
    for (struct jvirt_barray_control *array = all->first; array; array = array->next) list_rows(all, array);
}

static JBLOCKARRAY access_rows(
    j_common_ptr library, jvirt_barray_ptr array, JDIMENSION start, JDIMENSION count, boolean writable) {
    (void)writable;
    twc_jpeg_coefficients *all = &twc_jpeg_state_of(library)->coefficients;
    if (count > array->maximum_access || start > array->rows || count > array->rows - start)
        twc_jpeg_fail(library, twc_failure(TWC_DAMAGED, "coefficients outside the image"));
    size_t row = (size_t)array->blocks * sizeof(JBLOCK), end = (start + (size_t)count) * row;
    if (end > array->allocated) {
        size_t target = array->allocated + GROWTH;
        if (target < end) target = end;
        if (target > bytes_of(array)) target = bytes_of(array);
        int error = posix_fallocate(
            all->file, (off_t)(array->offset + array->allocated), (off_t)(target - array->allocated));
        if (error) fail(library, error);
        array->allocated = target;
    }
    return array->access + MARGIN + start;
}

void twc_jpeg_coefficients_install(j_common_ptr library, int file) {
    twc_jpeg_coefficients *all = &twc_jpeg_state_of(library)->coefficients;
    *all = (twc_jpeg_coefficients){.file = file, .realize = library->mem->realize_virt_arrays};
    if (file < 0) return;
    library->mem->request_virt_barray = request;
    library->mem->realize_virt_arrays = realize;
    library->mem->access_virt_barray = access_rows;
}

void twc_jpeg_coefficients_close(twc_jpeg_coefficients *all) {
    if (!all->mapping) return;
    munmap(all->mapping, all->bytes);
    // Frees the space on the caller's disk at once.
    if (ftruncate(all->file, 0) != 0) return;
}
