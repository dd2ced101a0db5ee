#define _GNU_SOURCE
#include "codec.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

twc_status twc_sink_open(twc_sink *sink, int file) {
    *sink = (twc_sink){.file = file, .buffer = malloc(TWC_SINK_BUFFER)};
    return sink->buffer ? twc_ok() : twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a buffer");
}

size_t twc_write_at(int file, const void *bytes, size_t count, uint64_t offset, int *error) {
    size_t done = 0;
    while (done < count) {
        ssize_t put = pwrite(file, (const uint8_t *)bytes + done, count - done, (off_t)(offset + done));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) {
            *error = put < 0 ? errno : EIO;
            break;
        }
        done += (size_t)put;
    }
    return done;
}

uint64_t twc_writeback_end(uint64_t begun, uint64_t written) {
    const uint64_t step = 1 << 20, page = 4096;
    uint64_t end = written - written % page;
    return end < begun + step ? begun : end;
}

void twc_begin_writeback(int file, uint64_t begun, uint64_t end) {
    // A failure does not matter, because the sync at the end writes what is left.
    (void)sync_file_range(file, (off_t)begun, (off_t)(end - begun), SYNC_FILE_RANGE_WRITE);
}

/// Makes the kernel write to the disk what was written in order, while more is encoded. Otherwise all of it would be
/// written at the end, when the master waits for the finished file.
static void begin_writeback(twc_sink *sink, uint64_t written) {
    uint64_t end = twc_writeback_end(sink->begun, written);
    if (end > sink->begun) twc_begin_writeback(sink->file, sink->begun, end);
    sink->begun = end;
}

size_t twc_sink_put(twc_sink *sink, const void *bytes, size_t count, uint64_t offset) {
    if (sink->error) return 0;
    size_t done = twc_write_at(sink->file, bytes, count, offset, &sink->error);
    begin_writeback(sink, offset + done);
    return done;
}

bool twc_sink_flush(twc_sink *sink) {
    if (sink->error) return false;
    size_t pending = sink->pending;
    sink->pending = 0;
    return twc_sink_put(sink, sink->buffer, pending, sink->offset - pending) == pending;
}

bool twc_sink_write(twc_sink *sink, const void *bytes, size_t count) {
    if (sink->error) return false;
    if (count > TWC_SINK_BUFFER - sink->pending && !twc_sink_flush(sink)) return false;
    if (count >= TWC_SINK_BUFFER) {
        if (twc_sink_put(sink, bytes, count, sink->offset) != count) return false;
    } else if (count) {
        memcpy(sink->buffer + sink->pending, bytes, count);
        sink->pending += count;
    }
    sink->offset += count;
    return true;
}

bool twc_sink_seek(twc_sink *sink, uint64_t offset) {
    if (!twc_sink_flush(sink)) return false;
    sink->offset = offset;
    return true;
}

twc_status twc_sink_failure(const twc_sink *sink) {
    return twc_system_failure(sink->error ? sink->error : EIO, "the file cannot be written");
}

void twc_sink_close(twc_sink *sink) {
    free(sink->buffer);
    *sink = (twc_sink){.file = -1};
}

int twc_memory_file(void) { return memfd_create("tilework", MFD_CLOEXEC); }
