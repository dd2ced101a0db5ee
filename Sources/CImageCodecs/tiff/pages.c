// Finds out which directories are pages, and where the wanted page or overview is.
#include "tiff.h"
#include <stdlib.h>

/// Offsets of visited directories, so that a circular chain ends.
typedef struct {
    uint64_t *offsets;
    uint32_t count;
    /// A power of two, more than twice the count. Most files have one directory.
    uint32_t slots;
} visited_set;

enum { FIRST_SLOTS = 64 };

/// The slot that has the offset, or where it belongs.
static uint64_t *slot_of(const visited_set *set, uint64_t offset) {
    uint64_t slot = offset * 0x9E3779B97F4A7C15u >> 47 & (set->slots - 1);
    while (set->offsets[slot] && set->offsets[slot] != offset) slot = (slot + 1) & (set->slots - 1);
    return &set->offsets[slot];
}

static bool grow(visited_set *set) {
    visited_set larger = {.count = set->count, .slots = set->slots ? set->slots * 4 : FIRST_SLOTS};
    larger.offsets = calloc(larger.slots, sizeof *larger.offsets);
    if (!larger.offsets) return false;
    for (uint32_t index = 0; index < set->slots; index++)
        if (set->offsets[index]) *slot_of(&larger, set->offsets[index]) = set->offsets[index];
    free(set->offsets);
    *set = larger;
    return true;
}

typedef enum { VISIT_FIRST, VISIT_AGAIN, VISIT_TOO_MANY, VISIT_NO_MEMORY } visit_result;

static visit_result visit(visited_set *set, uint64_t offset) {
    if (set->count + 1 > set->slots / 2 && !grow(set)) return VISIT_NO_MEMORY;
    uint64_t *slot = slot_of(set, offset);
    if (*slot) return VISIT_AGAIN;
    if (set->count == TWC_TIFF_MAXIMUM_DIRECTORIES) return VISIT_TOO_MANY;
    set->count++;
    *slot = offset;
    return VISIT_FIRST;
}

typedef enum { KIND_PAGE, KIND_OVERVIEW, KIND_MASK } kind;

static kind kind_of(const twc_tiff_input *input, const twc_tiff_directory *directory) {
    uint64_t type = twc_tiff_field(input, directory, TIFFTAG_SUBFILETYPE, 0);
    if (type & FILETYPE_MASK || twc_tiff_field(input, directory, TIFFTAG_PHOTOMETRIC, 0) == PHOTOMETRIC_MASK)
        return KIND_MASK;
    if (type & FILETYPE_REDUCEDIMAGE) return KIND_OVERVIEW;
    return twc_tiff_field(input, directory, TIFFTAG_OSUBFILETYPE, 0) == OFILETYPE_REDUCEDIMAGE ? KIND_OVERVIEW
                                                                                              : KIND_PAGE;
}

/// The directory that is wanted.
typedef struct {
    uint32_t page;
    uint32_t overview;
} wanted_image;

/// Counts one directory, and remembers it if it is the wanted page or overview.
static void count_directory(
    const twc_tiff_input *input, const twc_tiff_directory *directory, uint64_t offset, wanted_image wanted,
    twc_tiff_pages *pages) {
    switch (kind_of(input, directory)) {
        case KIND_MASK: pages->masks++; break;
        case KIND_OVERVIEW:
            pages->overviews++;
            // An overview belongs to the page before it.
            if (pages->pages == wanted.page + 1 && ++pages->own_overviews == wanted.overview)
                pages->overview_offset = offset;
            break;
        case KIND_PAGE:
            if (pages->pages == wanted.page) {
                pages->offset = offset;
                pages->page = wanted.page;
            }
            pages->pages++;
    }
}

static twc_status walk(
    const twc_tiff_input *input, uint64_t first, wanted_image wanted, visited_set *set, twc_tiff_pages *pages,
    bool *has_children, twc_notes *notes) {
    uint64_t offset = first, entries = 0;
    while (offset) {
        twc_tiff_directory directory;
        visit_result result = visit(set, offset);
        if (result == VISIT_NO_MEMORY)
            return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for the directories");
        if (result != VISIT_FIRST) {
            if (result == VISIT_TOO_MANY)
                twc_note(notes, "directories beyond %d were left out", TWC_TIFF_MAXIMUM_DIRECTORIES);
            else
                twc_note(notes, "the chain of directories leads back into itself after %u", set->count);
            break;
        }
        if (!twc_tiff_directory_read(input, offset, &directory)) {
            if (input->source && input->source->error)
                return twc_system_failure(input->source->error, "the file cannot be read");
            if (offset == first)
                return twc_damage(0, "the first directory, at byte %llu of %llu, cannot be read",
                    (unsigned long long)offset, (unsigned long long)input->size);
            twc_note(notes, "the directory at byte %llu cannot be read; images from there on were left out",
                (unsigned long long)offset);
            break;
        }
        if (offset == first) *has_children = twc_tiff_find(&directory, TIFFTAG_SUBIFD);
        count_directory(input, &directory, offset, wanted, pages);
        if (directory.is_cut)
            twc_note(notes, "the file ends before the offset of a next directory; none was assumed");
        offset = directory.next;
        entries += directory.count + directory.lost;
        twc_tiff_directory_free(&directory);
        if (entries > 4u << 20) {
            twc_note(notes, "directories beyond %u entries were left out", 4u << 20);
            break;
        }
    }
    return twc_ok();
}

/// Notes the other images of the file.
static void note_others(const twc_tiff_pages *pages, twc_notes *notes) {
    if (pages->pages > 1)
        twc_note(notes, "the file has %u images; page %u was read, the others were left out", pages->pages,
            pages->page);
    if (pages->masks && pages->overviews)
        twc_note(notes, "masks (%u) and overviews (%u) in the file were left out", pages->masks, pages->overviews);
    else if (pages->masks)
        twc_note(notes, "masks in the file (%u) were left out", pages->masks);
    else if (pages->overviews)
        twc_note(notes, "overviews in the file (%u) were left out", pages->overviews);
}

twc_status twc_tiff_find_page(
    const twc_tiff_input *input, uint64_t first, int32_t wanted, uint32_t overview, twc_tiff_pages *pages,
    twc_notes *notes) {
    *pages = (twc_tiff_pages){0};
    bool has_children = false;
    if (!first) return twc_damage(0, "the file has no directory, so no image");
    visited_set set = {0};
    uint32_t index = wanted < 0 ? 0 : (uint32_t)wanted;
    const wanted_image image = {.page = index, .overview = overview};
    twc_status status = walk(input, first, image, &set, pages, &has_children, notes);
    free(set.offsets);
    if (status.code) return status;
    if (!pages->pages) {
        if (has_children)
            return twc_failure(TWC_UNSUPPORTED,
                "a TIFF file whose image is in a sub-directory (camera raw) cannot be read");
        // Some programs mark the only image as an overview.
        pages->pages = 1;
        pages->offset = first;
        pages->page = 0;
        if (pages->overviews) pages->overviews--;
        else pages->masks--;
        twc_note(notes, "the file has no image but masks and overviews; the first of these was read");
    }
    if (index >= pages->pages)
        return twc_failure(TWC_UNSUPPORTED, pages->pages == 1 ? "page %u was asked for; the file has %u image, page 0"
                : "page %u was asked for; the file has %u images, from page 0", index, pages->pages);
    if (overview) {
        if (!pages->overview_offset)
            return twc_failure(TWC_UNSUPPORTED, "overview %u of page %u was asked for; it has %u", overview, index,
                pages->own_overviews);
        pages->offset = pages->overview_offset;
        return twc_ok();
    }
    note_others(pages, notes);
    return twc_ok();
}
