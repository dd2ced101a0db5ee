"""Builds the C target as a shared library and calls it, so that other programs can check its results."""

import ctypes as c
import fcntl
import os
import subprocess
from functools import cache
from pathlib import Path

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
                ("is_gray_alpha", c.c_bool), ("is_converted_to_srgb", c.c_bool), ("orientation", c.c_uint32),
                ("needs_all_data", c.c_bool),
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
                ("is_turned", c.c_bool), ("is_converted_to_srgb", c.c_bool), ("loses_profile", c.c_bool)]


class Bytes(c.Structure):
    _fields_ = [("bytes", c.POINTER(c.c_uint8)), ("count", c.c_size_t)]


class CodecError(Exception):
    """A failed call. `code` is the name of its status. `row` is the first damaged row, or -1 if there is none."""

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
    """Compiles changed files and loads the library. `CODECS_FLAGS` adds flags, for example -fsanitize=address."""
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
