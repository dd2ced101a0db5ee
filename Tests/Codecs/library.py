"""Reads and writes image files with the C target, and edits their metadata."""

import ctypes as c
import os
import tempfile

import numpy as np

from native import (  # noqa: F401
    ALPHAS, Block, Bytes, check, CodecError, CODES, COLORS, COMPRESSIONS, Density, Edit, FORMATS, Info, KINDS,
    library, ReaderOptions, RowIndex, Status, SUBSAMPLINGS, UNITS, WriterOptions)

PROGRESS = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_uint32)


class Reader:
    """A reader of a file at a path. Raises `CodecError`.

    part: the first row and the number of rows, if only these rows are read. index: None, or a pair of the number of
    rows in a band and the offsets of all bands.
    """

    def __init__(self, path, page=-1, maximum_side=1 << 20, maximum_pixels=1 << 30, scratch=True, threads=0, part=None,
                 index=None, overview=0):
        self.handle = c.c_void_p()
        self.file = os.open(path, os.O_RDONLY)
        self.scratch = tempfile.TemporaryFile() if scratch else None
        options = ReaderOptions(maximum_side, maximum_pixels, page, self.scratch.fileno() if scratch else -1,
                                threads, overview)
        try:
            if part:
                offsets = (c.c_uint64 * len(index[1]))(*index[1]) if index else None
                places = c.byref(RowIndex(index[0], len(index[1]), offsets)) if index else None
                check(library().twc_reader_open_rows(
                    self.file, c.byref(options), c.c_uint32(part[0]), c.c_uint32(part[1]), places,
                    c.byref(self.handle)))
            else:
                check(library().twc_reader_open(self.file, c.byref(options), c.byref(self.handle)))
        except CodecError:
            assert not self.handle, "a reader that has not opened is null"
            self.close()
            raise
        self.info = library().twc_reader_info(self.handle).contents

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        library().twc_reader_close(self.handle)
        self.handle = c.c_void_p()
        os.close(self.file)
        if self.scratch:
            self.scratch.close()

    @property
    def dtype(self):
        return np.uint8 if self.info.depth == 8 else np.uint16

    def empty(self, height, width):
        """An array filled with a pattern, so that samples that are never written are noticed."""
        channels = self.info.channels
        return np.full((height, width) + ((channels,) if channels > 1 else ()), 0xA5, self.dtype)

    def rows(self, count):
        rows = self.empty(count, self.info.width)
        check(library().twc_reader_rows(self.handle, rows.ctypes.data_as(c.c_void_p), c.c_size_t(rows.strides[0]),
                                        c.c_uint32(count)))
        return rows

    def all(self, progress=None):
        pixels = self.empty(self.info.height, self.info.width)
        function = PROGRESS(lambda _, rows: progress(rows) or 0) if progress else None
        check(library().twc_reader_all(self.handle, pixels.ctypes.data_as(c.c_void_p), c.c_size_t(pixels.strides[0]),
                                       function, None))
        return pixels

    def region(self, x, y, width, height):
        pixels = self.empty(height, width)
        check(library().twc_reader_region(self.handle, c.c_uint32(x), c.c_uint32(y), c.c_uint32(width),
                                          c.c_uint32(height), pixels.ctypes.data_as(c.c_void_p),
                                          c.c_size_t(pixels.strides[0])))
        return pixels

    def finish(self):
        check(library().twc_reader_finish(self.handle))

    @property
    def notes(self):
        return [library().twc_reader_note(self.handle, c.c_size_t(index)).decode()
                for index in range(library().twc_reader_note_count(self.handle))]

    def plain_note(self, index):
        return library().twc_reader_note_plain(self.handle, c.c_size_t(index)).decode()

    def note_is_metadata(self, index):
        return library().twc_reader_note_is_metadata(self.handle, c.c_size_t(index))

    @property
    def blocks(self):
        """A list of (kind, tag, type, bytes); kinds by name."""
        names = {number: name for name, number in KINDS.items()}
        blocks = [library().twc_reader_block(self.handle, c.c_size_t(index))
                  for index in range(library().twc_reader_block_count(self.handle))]
        return [(names[block.kind], block.tag, block.type, bytes(block.bytes[:block.count])) for block in blocks]

    def block(self, kind, tag=None):
        """The bytes of the first block of a kind; None if there is none."""
        return next((entry[3] for entry in self.blocks if entry[0] == kind and tag in (None, entry[1])), None)


def read(path, rows=None, **options):
    """All pixels of a file, BGR(A) as in OpenCV, and its notes."""
    with Reader(path, **options) as reader:
        if rows is None or reader.info.needs_whole_buffer:
            pixels = reader.all()
        else:
            height = reader.info.height
            parts = [reader.rows(min(rows, height - top)) for top in range(0, height, rows)]
            pixels = np.concatenate(parts)
        reader.finish()
        return pixels, reader.notes


class Writer:
    """A writer of a new file at a path. Options are the fields of `WriterOptions`; blocks as `Reader.blocks`."""

    def __init__(self, path, format, width, height, channels, depth, blocks=(), density=None, subsampling="420",
                 compression="lzw", **fields):
        self.handle = c.c_void_p()
        self.file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
        self.kept = [(c.c_uint8 * max(1, len(entry[3])))(*entry[3]) for entry in blocks]
        array = (Block * max(1, len(blocks)))(*(
            Block(KINDS[entry[0]], entry[1], entry[2], c.cast(kept, c.POINTER(c.c_uint8)), len(entry[3]))
            for entry, kept in zip(blocks, self.kept)))
        x, y, unit = density or (0, 0, "none")
        options = WriterOptions(
            format=FORMATS[format], width=width, height=height, channels=channels, depth=depth,
            subsampling=SUBSAMPLINGS[subsampling], compression=COMPRESSIONS[compression],
            density=Density(x, y, UNITS[unit]), blocks=array, block_count=len(blocks), **fields)
        try:
            check(library().twc_writer_open(self.file, c.byref(options), c.byref(self.handle)))
        except CodecError:
            assert not self.handle, "a writer that has not opened is null"
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        library().twc_writer_close(self.handle)
        self.handle = c.c_void_p()
        os.close(self.file)

    def rows(self, pixels):
        pixels = np.ascontiguousarray(pixels)
        check(library().twc_writer_rows(self.handle, pixels.ctypes.data_as(c.c_void_p),
                                        c.c_size_t(pixels.strides[0]), c.c_uint32(len(pixels))))

    def tile(self, level, column, row, pixels):
        pixels = np.ascontiguousarray(pixels)
        check(library().twc_writer_tile(self.handle, c.c_uint32(level), c.c_uint32(column), c.c_uint32(row),
                                        pixels.ctypes.data_as(c.c_void_p), c.c_size_t(pixels.strides[0])))

    def finish(self):
        check(library().twc_writer_finish(self.handle))

    @property
    def index(self):
        """The number of rows in a band and the offsets of all bands; None if the file has no bands."""
        index = library().twc_writer_row_index(self.handle)
        return (index.band_rows, index.offsets[:index.count]) if index.count else None

    @property
    def notes(self):
        return [library().twc_writer_note(self.handle, c.c_size_t(index)).decode()
                for index in range(library().twc_writer_note_count(self.handle))]


def write(path, format, pixels, rows=64, **options):
    """Writes an array (BGR(A) or gray, uint8 or uint16) as an image file, and returns the notes."""
    height, width = pixels.shape[:2]
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    with Writer(path, format, width, height, channels, pixels.dtype.itemsize * 8, **options) as writer:
        for top in range(0, height, rows):
            writer.rows(pixels[top:top + rows])
        writer.finish()
        return writer.notes


def write_indexed(path, format, pixels, rows=64, **options):
    """As `write`, and returns the index of rows."""
    height, width = pixels.shape[:2]
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    with Writer(path, format, width, height, channels, pixels.dtype.itemsize * 8, **options) as writer:
        assert writer.index is None
        for top in range(0, height, rows):
            writer.rows(pixels[top:top + rows])
        writer.finish()
        return writer.index


def edit(function, data, width=100, height=100, is_private=False):
    """Calls `exif_edit`, `xmp_edit` or `iptc_edit`; None if nothing is left."""
    result = Bytes()
    request = Edit(width, height, is_private)
    check(getattr(library(), "twc_" + function)(
        (c.c_uint8 * max(1, len(data)))(*data), c.c_size_t(len(data)), c.byref(request), c.byref(result)))
    if not result.bytes:
        return None
    copied = bytes(result.bytes[:result.count])
    c.CDLL(None).free(result.bytes)
    return copied
