"""Written PNG files. libpng, libspng, Pillow, OpenCV and pngcheck read them. Sizes are compared with OpenCV's."""

import ctypes as c
import struct
import zlib
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from library import CodecError, Reader, Writer, library, read, write
from limits import ENDS, ending
from png_files import pngcheck


def image(channels, dtype, height=97, width=133):
    rng = np.random.default_rng(channels)
    noise = rng.integers(0, np.iinfo(dtype).max + 1, (height, width, channels)).astype(dtype)
    noise[20:60] = np.cumsum(noise[20:60] % 5, axis=1, dtype=dtype)
    noise[60:80] = noise[0, 0]
    return noise[..., 0] if channels == 1 else noise


def judge(path, pixels):
    """All decoders find these pixels, and the file is sound."""
    data = path.read_bytes()
    rgb = pixels[..., [2, 1, 0, 3][:pixels.shape[2]]] if pixels.ndim == 3 else pixels
    # imagecodecs decodes PNG with libpng and SPNG with libspng.
    assert np.array_equal(imagecodecs.png_decode(data).reshape(rgb.shape), rgb)
    # Its spng_decode does not read 16-bit gray, or 16-bit color without alpha.
    if pixels.dtype == np.uint8 or pixels.ndim == 3 and pixels.shape[2] == 4:
        assert np.array_equal(imagecodecs.spng_decode(data).reshape(rgb.shape), rgb)
    assert np.array_equal(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), pixels)
    if pixels.dtype == np.uint8:
        with Image.open(path) as judged:
            assert np.array_equal(np.array(judged), rgb)
    assert pngcheck(path) == ""
    found, notes = read(path)
    assert np.array_equal(found, pixels) and notes == []


def chunks(path):
    """The name and data of each chunk. All checksums are right."""
    data, at, found = path.read_bytes(), 8, []
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length)[0] == zlib.crc32(name + body)
        found.append((name, body))
        at += 12 + length
    return found


@pytest.mark.parametrize("level", [0, 1, 2, 5, 6, 9])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_kind_and_level_is_written(tmp_path, channels, dtype, level):
    pixels = image(channels, dtype)
    path, files = tmp_path / "out.png", set()
    options = [] if level < 2 else [cv2.IMWRITE_PNG_COMPRESSION, level]
    for rows in (1, 7, 97):
        assert write(path, "png", pixels, rows=rows, level=level) == []
        files.add(path.read_bytes())
    assert len(files) == 1
    assert len(files.pop()) <= 1.15 * len(cv2.imencode(".png", pixels, options)[1])
    judge(path, pixels)


@pytest.mark.parametrize("level", [1, 4])
@pytest.mark.parametrize("channels,dtype,height,width", [
    (1, np.uint8, 2111, 700), (3, np.uint8, 1003, 1111), (4, np.uint8, 517, 1300), (1, np.uint16, 1201, 999),
    (3, np.uint16, 800, 777), (4, np.uint16, 400, 901), (3, np.uint8, 900_000, 1), (3, np.uint8, 3, 400_000)])
def test_bands_do_not_depend_on_threads_or_calls(tmp_path, channels, dtype, height, width, level):
    """The file depends neither on the number of threads nor on the number of rows in a call."""
    pixels = image(channels, dtype, height, width)
    path, files = tmp_path / "out.png", set()
    for threads, rows in ((0, 64), (1, 1000), (2, 33), (3, 64), (8, height), (200, 500)):
        assert write(path, "png", pixels, rows=rows, level=level, threads=threads) == []
        files.add(path.read_bytes())
    assert len(files) == 1
    data = [body for name, body in chunks(path) if name == b"IDAT"]
    assert len(data) > 2, "an image of several bands"
    # One stream, with no bytes behind its end.
    stream = zlib.decompressobj()
    stored = stream.decompress(b"".join(data))
    assert stream.eof and not stream.unused_data
    assert len(stored) == height * (1 + width * channels * pixels.itemsize)
    judge(path, pixels)


def picture(kind, height, width):
    rng = np.random.default_rng(5)
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    if kind == "photograph":
        noise = cv2.GaussianBlur(rng.integers(0, 256, (height, width, 3), np.uint8), (0, 0), 3)
        return cv2.addWeighted(cv2.equalizeHist(noise.reshape(height, -1)).reshape(noise.shape), 0.7,
                               rng.integers(0, 12, noise.shape, np.uint8), 1, 0)
    if kind == "smooth":
        return cv2.GaussianBlur(picture("photograph", height, width), (99, 99), 0)
    gray = {
        "flat": lambda: np.full((height, width), 77),
        "noise": lambda: rng.integers(0, 256, (height, width)),
        "columns": lambda: columns * 255 // width,
        "rows": lambda: rows * 255 // height,
        "stripes": lambda: columns // 3 % 2 * 255,
        "speckles": lambda: (rng.random((height, width)) < 0.01) * 255,
        "dither": lambda: (rng.random((height, width)) < 0.5) * 255,
        "few values": lambda: rng.integers(0, 4, (height, width)) * 64,
    }[kind]().astype(np.uint8)
    return gray


@pytest.mark.parametrize("kind", ["photograph", "smooth", "flat", "noise", "columns", "rows", "stripes", "speckles",
                                  "dither", "few values"])
@pytest.mark.parametrize("size", [(1, 1), (16, 16), (16, 200), (300, 200), (1100, 1500)])
def test_the_default_level_is_near_opencvs_size(tmp_path, kind, size):
    """No larger than 1.15 times OpenCV's."""
    gray = picture(kind, *size)
    colors = gray if gray.ndim == 3 else np.dstack([gray] * 3)
    for pixels in (colors[..., 1].copy(), colors, np.dstack([colors, np.full(size, 255, np.uint8)])):
        write(tmp_path / "out.png", "png", pixels, threads=2)
        assert (tmp_path / "out.png").stat().st_size <= 1.15 * len(cv2.imencode(".png", pixels)[1])
        assert np.array_equal(cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_UNCHANGED), pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_gray_with_alpha_is_written(tmp_path, dtype):
    gray, alpha = image(1, dtype), image(4, dtype)[..., 3]
    pixels = np.dstack([gray, gray, gray, alpha])
    path = tmp_path / "out.png"
    for rows in (1, 7, 97):
        assert write(path, "png", pixels, rows=rows, is_gray_alpha=True) == []
        judged = imagecodecs.png_decode(path.read_bytes())
        assert judged.shape[2] == 2 and np.array_equal(judged, np.dstack([gray, alpha]))
    with Reader(path) as reader:
        assert reader.info.is_gray_alpha and np.array_equal(reader.all(), pixels)
    if dtype == np.uint8:
        with Image.open(path) as judged:
            assert judged.mode == "LA"


def test_the_file_does_not_depend_on_addresses():
    """At the start of a stream ISA-L hashes a part of the stream's address (`FIRST` in deflate.c), so the place of a
    deflater in memory could change the file. Data that repeats its first bytes would show that. The deflaters are
    spread over more blocks of 64 KiB than ISA-L's table has hashes, which is 8,192."""
    codecs, libc = library(), c.CDLL(None)
    codecs.twc_png_deflater_open.restype = libc.malloc.restype = c.c_void_p
    codecs.twc_png_deflate.restype = codecs.twc_png_deflate_bound.restype = c.c_size_t
    data = bytearray(np.random.default_rng(7).integers(0, 256, 4000, np.uint8))
    for at in range(100, 3900, 50):
        data[at:at + 8] = data[2:10]
    data = bytes(data)
    bound = codecs.twc_png_deflate_bound(c.c_size_t(len(data)))
    results, places, spacers = set(), set(), []
    piece = c.create_string_buffer(bound)
    for _ in range(16384):
        deflater = codecs.twc_png_deflater_open(c.c_uint32(1))
        count = codecs.twc_png_deflate(
            c.c_void_p(deflater), data, c.c_size_t(len(data)), True, piece, c.c_size_t(bound))
        results.add(piece.raw[:count])
        places.add(deflater >> 16)
        codecs.twc_png_deflater_close(c.c_void_p(deflater))
        spacers.append(libc.malloc(c.c_size_t(64 << 10)))
    for spacer in spacers:
        libc.free(c.c_void_p(spacer))
    assert len(places) > 8192
    assert len(results) == 1
    assert zlib.decompress(results.pop(), -15) == data


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 5), (1, 500_000)])
def test_small_and_narrow_images_are_written(tmp_path, size, threads):
    for channels in (1, 3, 4):
        for dtype in (np.uint8, np.uint16):
            for level in (1, 9):
                pixels = image(channels, dtype, *size)
                write(tmp_path / "out.png", "png", pixels, threads=threads, level=level)
                judge(tmp_path / "out.png", pixels)


def anonymous():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("RssAnon"))


def threads_now():
    return len(list(Path("/proc/self/task").iterdir()))


def test_rows_are_written_while_they_come(tmp_path):
    """Each thread holds some bands, and the threads end with the writer."""
    rows = np.random.default_rng(1).integers(0, 256, (64, 4096, 3), np.uint8)
    before, others = anonymous(), threads_now()
    with Writer(tmp_path / "out.png", "png", 4096, 8192, 3, 8, threads=2) as writer:
        assert threads_now() == others + 2
        for done in range(64, 8193, 64):
            writer.rows(rows)
            assert (tmp_path / "out.png").stat().st_size > (done - 64) * 4096 * 3 - (8 << 20)
        assert anonymous() - before < 24 << 10
        writer.finish()
    assert threads_now() == others


@pytest.mark.parametrize("format", ["png", "jpeg", "tiff"])
def test_a_writer_can_be_closed_while_threads_work(tmp_path, format):
    pixels, others = image(3, np.uint8, 1000, 1500), threads_now()
    for count in (0, 1, 100, 700, 1000):
        with Writer(tmp_path / "out", format, 1500, 1000, 3, 8, threads=4) as writer:
            writer.rows(pixels[:count])
        assert threads_now() == others


@pytest.mark.parametrize("format,threads", [("png", 1), ("png", 2), ("jpeg", 2), ("tiff", 2), ("bmp", 1)])
@pytest.mark.parametrize("limit", [0, 10, 100_000, 270_000, 1_700_000])
@pytest.mark.parametrize("what, code", ENDS)
def test_a_full_disk_is_reported(tmp_path, what, code, limit, format, threads):
    pixels = np.random.default_rng(1).integers(0, 256, (800, 900, 3), np.uint8)
    if format == "jpeg" and limit > 1_000_000:
        pytest.skip("the file is smaller")
    others = threads_now()
    with ending(what, limit, tmp_path) as folder, pytest.raises(CodecError) as error:
        write(folder / "out", format, pixels, threads=threads)
    assert error.value.code == code and error.value.system_error
    # The reason names the limit that the user has reached.
    assert ("ulimit -f" in error.value.reason) == (what == "limit")
    assert threads_now() == others


def test_misuse_is_an_error(tmp_path):
    pixels = image(3, np.uint8)
    with Writer(tmp_path / "out.png", "png", 133, 97, 3, 8) as writer:
        writer.rows(pixels[:50])
        with pytest.raises(CodecError) as error:
            writer.finish()
        assert error.value.code == "misuse"
    with Writer(tmp_path / "out.png", "png", 133, 97, 3, 8) as writer:
        writer.rows(pixels)
        with pytest.raises(CodecError):
            writer.rows(pixels[:1])
    with pytest.raises(CodecError) as error:
        Writer(tmp_path / "out.png", "png", 133, 97, 3, 8, level=10)
    assert error.value.code == "misuse"
