#include "codec.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

twc_status twc_source_open(twc_source *source, int file) {
    struct stat facts;
    *source = (twc_source){.file = file};
    if (fstat(file, &facts) != 0) return twc_system_failure(errno, "cannot inspect the file");
    if (!S_ISREG(facts.st_mode)) return twc_failure(TWC_MISUSE, "not a regular file");
    source->size = (uint64_t)facts.st_size;
    source->buffer = malloc(TWC_SOURCE_BUFFER);
    return source->buffer ? twc_ok() : twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a buffer");
}

twc_status twc_source_compose(twc_source *source, int file, const twc_piece *pieces, size_t count) {
    *source = (twc_source){.file = file, .pieces = pieces, .piece_count = count};
    if (count) source->size = pieces[count - 1].start + pieces[count - 1].count;
    source->buffer = malloc(TWC_SOURCE_BUFFER);
    return source->buffer ? twc_ok() : twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a buffer");
}

size_t twc_read_at(int file, void *bytes, size_t count, uint64_t offset, int *error) {
    size_t done = 0;
    while (done < count) {
        ssize_t got = pread(file, (uint8_t *)bytes + done, count - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) *error = errno;
        if (got <= 0) break;
        done += (size_t)got;
    }
    return done;
}

static size_t read_file(twc_source *source, uint8_t *bytes, size_t count, uint64_t offset) {
    return twc_read_at(source->file, bytes, count, offset, &source->error);
}

/// The last piece that begins at or before an offset.
static const twc_piece *piece_at(const twc_source *source, uint64_t offset) {
    size_t low = 0, high = source->piece_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (source->pieces[middle].start <= offset) low = middle;
        else high = middle;
    }
    return &source->pieces[low];
}

/// Reads at an offset, without the buffer. Gives fewer bytes than wanted only at the end, or after an error.
static size_t read_at(twc_source *source, uint8_t *bytes, size_t count, uint64_t offset) {
    if (!source->piece_count) return read_file(source, bytes, count, offset);
    size_t done = 0;
    while (done < count && offset < source->size) {
        const twc_piece *piece = piece_at(source, offset);
        uint64_t skipped = offset - piece->start, left = piece->count - skipped;
        size_t part = left < count - done ? (size_t)left : count - done;
        if (piece->bytes) memcpy(bytes + done, piece->bytes + skipped, part);
        else if (read_file(source, bytes + done, part, piece->offset + skipped) < part) break;
        done += part;
        offset += part;
    }
    return done;
}

size_t twc_source_read(twc_source *source, void *target, size_t count) {
    uint8_t *bytes = target;
    size_t done = 0;
    if (source->offset >= source->size || source->error) return 0;
    if (count > source->size - source->offset) count = (size_t)(source->size - source->offset);
    while (done < count) {
        uint64_t offset = source->offset;
        if (offset >= source->start && offset < source->start + source->filled) {
            size_t skipped = (size_t)(offset - source->start), part = source->filled - skipped;
            if (part > count - done) part = count - done;
            memcpy(bytes + done, source->buffer + skipped, part);
            done += part;
            source->offset += part;
        } else if (count - done >= TWC_SOURCE_BUFFER) {
            size_t part = read_at(source, bytes + done, count - done, offset);
            done += part;
            source->offset += part;
            if (!part) break;
        } else {
            source->start = offset;
            source->filled = read_at(source, source->buffer, TWC_SOURCE_BUFFER, offset);
            if (!source->filled) break;
        }
    }
    return done;
}

void twc_source_close(twc_source *source) {
    free(source->buffer);
    *source = (twc_source){.file = -1};
}
