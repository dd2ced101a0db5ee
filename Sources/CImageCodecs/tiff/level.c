// The levels of a written file: their libtiff handles, and what these read and write.
#include "tiffwriter.h"
#include <stdio.h>
#include <string.h>

static uint32_t header_bytes(const twc_tiff_writer *writer) { return writer->is_big ? 16 : 8; }

static bool write_at(twc_tiff_writer *writer, const void *bytes, size_t count, uint64_t offset) {
    size_t done = twc_sink_put(&writer->base.sink, bytes, count, offset);
    if (offset + done > writer->end) writer->end = offset + done;
    return done == count;
}

static bool read_at(twc_tiff_writer *writer, void *bytes, size_t count, uint64_t offset) {
    twc_sink *sink = &writer->base.sink;
    return !sink->error && twc_read_at(sink->file, bytes, count, offset, &sink->error) == count;
}

bool twc_tiff_append(twc_tiff_writer *writer, const void *bytes, size_t count, uint64_t *offset) {
    *offset = writer->end + (writer->end & 1);
    return write_at(writer, bytes, count, *offset);
}

static tmsize_t client_read(thandle_t handle, void *bytes, tmsize_t count) {
    twc_tiff_level *level = (twc_tiff_level *)handle;
    if (!read_at(level->writer, bytes, (size_t)count, level->position)) return -1;
    level->position += (uint64_t)count;
    return count;
}

/// The header is the first level's. Headers of other levels would overwrite it, so only the offset of their directory
/// is taken from them.
static tmsize_t client_write(thandle_t handle, void *bytes, tmsize_t count) {
    twc_tiff_level *level = (twc_tiff_level *)handle;
    twc_tiff_writer *writer = level->writer;
    bool is_header = level->position + (uint64_t)count <= header_bytes(writer);
    if (level->position == (writer->is_big ? 8 : 4) && is_header) {
        if (writer->is_big && count == 8) memcpy(&level->directory, bytes, 8);
        if (!writer->is_big && count == 4) {
            uint32_t offset;
            memcpy(&offset, bytes, 4);
            level->directory = offset;
        }
    }
    if (!(is_header && level->index) && !write_at(writer, bytes, (size_t)count, level->position)) return -1;
    level->position += (uint64_t)count;
    return count;
}

static toff_t client_seek(thandle_t handle, toff_t offset, int whence) {
    twc_tiff_level *level = (twc_tiff_level *)handle;
    if (whence == SEEK_CUR) offset += level->position;
    if (whence == SEEK_END) offset += level->writer->end;
    return level->position = offset;
}

static int client_close(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t client_size(thandle_t handle) { return ((twc_tiff_level *)handle)->writer->end; }

twc_status twc_tiff_write_failure(const twc_tiff_writer *writer) {
    if (writer->base.sink.error) return twc_sink_failure(&writer->base.sink);
    return twc_failure(TWC_IO, "the TIFF file cannot be written: %s", twc_tiff_reason(&writer->messages));
}

twc_status twc_tiff_level_open(twc_tiff_writer *writer, twc_tiff_level *level) {
    TIFFOpenOptions *options = twc_tiff_options(&writer->messages);
    if (!options) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for the file");
    level->writer = writer;
    level->tiff = TIFFClientOpenExt("", writer->is_big ? "w8m" : "w4m", (thandle_t)level, client_read, client_write,
        client_seek, client_close, client_size, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return level->tiff ? twc_ok() : twc_tiff_write_failure(writer);
}

/// Finds the place in a directory that holds the offset of the next one.
static bool find_link(twc_tiff_writer *writer, const twc_tiff_level *level, uint64_t *link) {
    uint16_t small = 0;
    uint64_t count = 0;
    bool is_read = writer->is_big ? read_at(writer, &count, 8, level->directory)
        : read_at(writer, &small, 2, level->directory);
    *link = level->directory + (writer->is_big ? 8 + count * 20 : 2 + (uint64_t)small * 12);
    return is_read;
}

twc_status twc_tiff_level_finish(twc_tiff_writer *writer) {
    for (uint32_t index = 0; index <= writer->base.options.overviews; index++) {
        twc_tiff_level *level = &writer->levels[index];
        if (!TIFFWriteDirectory(level->tiff) || !level->directory) return twc_tiff_write_failure(writer);
        if (!index) continue;
        uint64_t link;
        uint32_t small = (uint32_t)level->directory;
        if (!find_link(writer, level - 1, &link)
            || !write_at(writer, writer->is_big ? (void *)&level->directory : (void *)&small,
                writer->is_big ? 8 : 4, link))
            return twc_tiff_write_failure(writer);
    }
    return writer->base.sink.error ? twc_tiff_write_failure(writer) : twc_ok();
}
