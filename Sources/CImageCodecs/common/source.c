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

/// Reads at an offset, past the buffer.
static size_t read_at(twc_source *source, uint8_t *bytes, size_t count, uint64_t offset) {
    size_t done = 0;
    while (done < count) {
        ssize_t got = pread(source->file, bytes + done, count - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) source->error = errno;
        if (got <= 0) break;
        done += (size_t)got;
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
