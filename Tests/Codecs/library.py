"""Builds the C target as a shared library and calls it, so that programs that are not ours can judge what it does."""

import ctypes as c
import fcntl
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

SOURCES = Path(__file__).resolve().parents[2] / "Sources" / "CImageCodecs"
BUILD = Path(__file__).resolve().parent / ".build"
LIBRARIES = ["libjpeg", "libpng", "libtiff-4", "libwebp", "lcms2", "exiv2", "libisal"]

FORMATS = {"png": 1, "jpeg": 2, "bmp": 3, "tiff": 4, "webp": 5}
CODES = ["ok", "not an image", "unsupported", "damaged", "io", "disk full", "out of memory", "stopped", "misuse"]
KINDS = {"icc": 1, "exif": 2, "xmp": 3, "iptc": 4, "png": 5, "tiff": 6}
COLORS = {1: "gray", 2: "rgb", 3: "palette", 4: "ycbcr", 5: "cmyk", 6: "ycck", 7: "lab"}
ALPHAS = {0: "none", 1: "straight", 2: "associated"}
UNITS = {"none": 0, "inch": 1, "cm": 2}
SUBSAMPLINGS = {"420": 0, "444": 1}
COMPRESSIONS = {"lzw": 0, "none": 1, "deflate": 2, "zstd": 3, "jpeg": 4}


class Status(c.Structure):
    _fields_ = [("code", c.c_int), ("system_error", c.c_int32), ("row", c.c_int64), ("reason", c.c_char * 504)]


class Block(c.Structure):
    _fields_ = [("kind", c.c_int), ("tag", c.c_uint32), ("type", c.c_uint32), ("bytes", c.POINTER(c.c_uint8)),
                ("count", c.c_size_t)]


class Density(c.Structure):
    _fields_ = [("x", c.c_double), ("y", c.c_double), ("unit", c.c_int)]


class Info(c.Structure):
    _fields_ = [("format", c.c_int), ("width", c.c_uint32), ("height", c.c_uint32), ("channels", c.c_uint32),
                ("depth", c.c_uint32), ("stored_depth", c.c_uint32), ("color", c.c_int), ("alpha", c.c_int),
                ("is_gray_alpha", c.c_bool), ("orientation", c.c_uint32), ("needs_all_data", c.c_bool),
                ("needs_whole_buffer", c.c_bool), ("has_regions", c.c_bool), ("block_width", c.c_uint32),
                ("block_height", c.c_uint32), ("page", c.c_uint32), ("pages", c.c_uint32), ("density", Density)]


class ReaderOptions(c.Structure):
    _fields_ = [("maximum_side", c.c_uint32), ("maximum_pixels", c.c_uint64), ("page", c.c_int32),
                ("scratch", c.c_int), ("threads", c.c_uint32), ("overview", c.c_uint32)]


class WriterOptions(c.Structure):
    _fields_ = [("format", c.c_int), ("width", c.c_uint32), ("height", c.c_uint32), ("channels", c.c_uint32),
                ("depth", c.c_uint32), ("is_gray_alpha", c.c_bool), ("is_alpha_associated", c.c_bool),
                ("quality", c.c_uint32), ("is_progressive", c.c_bool), ("subsampling", c.c_int),
                ("level", c.c_uint32), ("compression", c.c_int), ("tile_side", c.c_uint32),
                ("overviews", c.c_uint32), ("is_big", c.c_bool), ("density", Density),
                ("blocks", c.POINTER(Block)), ("block_count", c.c_size_t), ("scratch", c.c_int),
                ("threads", c.c_uint32)]


class RowIndex(c.Structure):
    _fields_ = [("band_rows", c.c_uint32), ("count", c.c_size_t), ("offsets", c.POINTER(c.c_uint64))]


class Edit(c.Structure):
    _fields_ = [("width", c.c_uint32), ("height", c.c_uint32), ("is_private", c.c_bool),
                ("is_turned", c.c_bool)]


class Bytes(c.Structure):
    _fields_ = [("bytes", c.POINTER(c.c_uint8)), ("count", c.c_size_t)]


class CodecError(Exception):
    """A call has failed: `code` is its name, `row` the first damaged row, -1 if there is none."""

    def __init__(self, status):
        self.code = CODES[status.code]
        self.row = status.row
        self.reason = status.reason.decode()
        self.system_error = status.system_error
        super().__init__(f"{self.code}: {self.reason} (row {self.row})")


def check(status):
    if status.code:
        raise CodecError(status)


@cache
def library():
    """Compiles what has changed and loads it. `CODECS_FLAGS` adds flags, as -fsanitize=address."""
    BUILD.mkdir(exist_ok=True)
    # Tests may run in several processes.
    with open(BUILD / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return build()


def build():
    flags = os.environ.get("CODECS_FLAGS", "").split()
    names = [name for name in LIBRARIES if subprocess.run(["pkg-config", "--exists", name]).returncode == 0]
    config = subprocess.run(["pkg-config", "--cflags", "--libs", *names], check=True, capture_output=True, text=True)
    options = config.stdout.split()
    headers = max(path.stat().st_mtime for path in SOURCES.rglob("*.h"))
    objects = []
    for source in sorted([*SOURCES.rglob("*.c"), *SOURCES.rglob("*.cpp")]):
        target = BUILD / (str(source.relative_to(SOURCES)).replace("/", "-") + ".o")
        objects.append(target)
        if target.exists() and target.stat().st_mtime > max(source.stat().st_mtime, headers):
            continue
        compiler = ["g++", "-std=gnu++17"] if source.suffix == ".cpp" else ["gcc", "-std=gnu11"]
        subprocess.run([*compiler, "-O2", "-g", "-fPIC", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", *flags,
                        *(option for option in options if option.startswith("-I")), "-c", source, "-o", target],
                       check=True)
    output = BUILD / "libcodecs.so"
    if not output.exists() or any(part.stat().st_mtime > output.stat().st_mtime for part in objects):
        subprocess.run(["g++", "-shared", *flags, "-o", output, *objects,
                        *(option for option in options if not option.startswith("-I"))], check=True)
    loaded = c.CDLL(str(output))
    for name in ("reader_open", "reader_open_rows", "reader_rows", "reader_all", "reader_region", "reader_finish",
                 "writer_open", "writer_rows", "writer_tile", "writer_finish", "exif_edit", "xmp_edit", "iptc_edit",
                 "profile_gray", "profile_rgb", "exif_set_density"):
        if hasattr(loaded, "twc_" + name):
            getattr(loaded, "twc_" + name).restype = Status
    loaded.twc_reader_info.restype = c.POINTER(Info)
    loaded.twc_reader_note.restype = loaded.twc_reader_note_plain.restype = c.c_char_p
    loaded.twc_writer_note.restype = c.c_char_p
    loaded.twc_reader_note_is_metadata.restype = c.c_bool
    loaded.twc_reader_block.restype = Block
    loaded.twc_reader_block_count.restype = loaded.twc_reader_note_count.restype = c.c_size_t
    loaded.twc_writer_note_count.restype = c.c_size_t
    loaded.twc_writer_row_index.restype = RowIndex
    return loaded


PROGRESS = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_uint32)


class Reader:
    """A reader of a file at a path. Raises `CodecError`.

    part: the first row and the count of those that are read without the others, by `index`, which is None or the rows
    of a band and the offsets of all."""

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
        """Filled with a pattern, so that samples that were never written show."""
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
    """All pixels of a file, BGR(A) as OpenCV has them, and its notes."""
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
        """The rows of a band and the offsets of all; None if the file has no bands."""
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
    """The same, and returns the index of rows."""
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
