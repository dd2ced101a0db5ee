// Bytes of files, in and out.
#ifndef TILEWORK_BYTES_H
#define TILEWORK_BYTES_H

#include "../include/CImageCodecs.h"

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Bytes in

/// Reads at an offset of a file. Gives fewer bytes than wanted only at the end of the file, or after an error, which it
/// stores in `*error`.
size_t twc_read_at(int file, void *bytes, size_t count, uint64_t offset, int *error);

/// A part of a composed stream: bytes in memory, or, if there are none, bytes of the file.
typedef struct {
    /// Where it is in the stream.
    uint64_t start;
    uint64_t count;
    const uint8_t *bytes;
    /// Where it is in the file.
    uint64_t offset;
} twc_piece;

/// A file read by offset, through a buffer.
typedef struct {
    int file;
    /// The pieces of a composed stream, if the source is one. Offsets then count in that stream. The owner keeps them.
    const twc_piece *pieces;
    size_t piece_count;
    uint64_t size;
    /// The offset of the next byte to read.
    uint64_t offset;
    /// What the buffer holds: `filled` bytes from `start` on.
    uint64_t start;
    size_t filled;
    uint8_t *buffer;
    /// `errno` of a failed read; 0 if none has failed.
    int error;
} twc_source;

enum { TWC_SOURCE_BUFFER = 64 << 10 };

twc_status twc_source_open(twc_source *source, int file);
/// Opens a stream of pieces. Pieces without bytes in memory are read from `file`, which belongs to another source.
twc_status twc_source_compose(twc_source *source, int file, const twc_piece *pieces, size_t count);
/// Reads up to `count` bytes. Gives fewer only at the end of the file or after an error.
size_t twc_source_read(twc_source *source, void *bytes, size_t count);
static inline void twc_source_seek(twc_source *source, uint64_t offset) { source->offset = offset; }
void twc_source_close(twc_source *source);

static inline uint32_t twc_le16(const uint8_t *b) { return (uint32_t)b[0] | (uint32_t)b[1] << 8; }
static inline uint32_t twc_le32(const uint8_t *b) { return twc_le16(b) | twc_le16(b + 2) << 16; }
static inline uint32_t twc_be16(const uint8_t *b) { return (uint32_t)b[0] << 8 | (uint32_t)b[1]; }
static inline uint32_t twc_be32(const uint8_t *b) { return twc_be16(b) << 16 | twc_be16(b + 2); }

/// Whether four bytes are the mark at the start of a TIFF structure, and so of an EXIF block.
static inline bool twc_begins_structure(const uint8_t *b) {
    return b[0] == b[1] && ((b[0] == 'I' && twc_le16(b + 2) == 42) || (b[0] == 'M' && twc_be16(b + 2) == 42));
}

// MARK: Bytes out

static inline void twc_put_le16(uint8_t *b, uint32_t value) { b[0] = (uint8_t)value, b[1] = (uint8_t)(value >> 8); }
static inline void twc_put_le32(uint8_t *b, uint32_t value) { twc_put_le16(b, value), twc_put_le16(b + 2, value >> 16); }
static inline void twc_put_be32(uint8_t *b, uint32_t value) {
    for (int index = 0; index < 4; index++) b[index] = (uint8_t)(value >> (24 - 8 * index));
}

/// Bytes that can grow. Their owner frees them.
typedef struct {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
} twc_buffer;

/// Reserves memory for more bytes. False if there is none.
bool twc_buffer_reserve(twc_buffer *buffer, size_t more);
bool twc_buffer_append(twc_buffer *buffer, const void *bytes, size_t count);

/// Writes at an offset of a file. Writes fewer bytes than wanted only after an error, which it stores in `*error`.
size_t twc_write_at(int file, const void *bytes, size_t count, uint64_t offset, int *error);

/// A file written by offset, through a buffer. Every write is checked: a full disk is an error, never a short file.
typedef struct {
    int file;
    /// The offset of the next byte to write.
    uint64_t offset;
    size_t pending;
    uint8_t *buffer;
    /// The kernel has begun to write the bytes before this offset to the disk, if they were written in order.
    uint64_t begun;
    /// `errno` of a failed write; 0 if none has failed.
    int error;
} twc_sink;

enum { TWC_SINK_BUFFER = 256 << 10 };

twc_status twc_sink_open(twc_sink *sink, int file);
/// False after an error, which is in `error`.
bool twc_sink_write(twc_sink *sink, const void *bytes, size_t count);
bool twc_sink_flush(twc_sink *sink);
/// Writes at an offset, without the buffer. Writes fewer bytes than given only after an error, which is in `error`.
size_t twc_sink_put(twc_sink *sink, const void *bytes, size_t count, uint64_t offset);
/// Flushes, and continues at another offset.
bool twc_sink_seek(twc_sink *sink, uint64_t offset);
void twc_sink_close(twc_sink *sink);

#ifdef __cplusplus
}
#endif
#endif
