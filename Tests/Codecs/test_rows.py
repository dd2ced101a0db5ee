"""Rows of a file, read alone, have the pixels that other decoders find in the whole file."""

import zlib

import cv2
import imagecodecs
import numpy as np
import pytest

from library import Reader, write_indexed
from test_jpeg import picture


def rows_of(path, first, count, index, step=None, **options):
    """Reads rows, some at a time or all at once. There must be no note."""
    with Reader(path, part=(first, count), index=index, **options) as reader:
        assert reader.info.height == count and not reader.info.needs_whole_buffer
        parts = [reader.all()] if not step else [
            reader.rows(min(step, count - top)) for top in range(0, count, step)]
        reader.finish()
        assert reader.notes == []
        return np.concatenate(parts)


def ranges(height, band, seed=7, count=25):
    """Pairs of a first row and a number of rows: at all edges that matter, and random ones."""
    random, found = np.random.default_rng(seed), [(0, height), (0, 1), (height - 1, 1)]
    for edge in (band, 2 * band, height // band * band):
        found += [(edge - 1, 1), (edge, 1), (edge - 1, 2), (edge, band), (edge - band, band), (edge - 1, band + 2)]
    for _ in range(count):
        first = int(random.integers(height))
        found.append((first, int(random.integers(1, height - first + 1))))
    return [(first, count) for first, count in found if first >= 0 and count > 0 and first + count <= height]


def check(path, whole, index, band, **options):
    """Compares all ranges with the rows of the whole image, by another decoder."""
    for number, (first, count) in enumerate(ranges(len(whole), band)):
        found = rows_of(path, first, count, index, step=(None, 1, 7, 64)[number % 4], **options)
        assert np.array_equal(found, whole[first:first + count]), f"rows from {first}, {count} of them"


def photo(width, height, channels, dtype=np.uint8):
    """A picture with any number of channels and with noise in its lower bits."""
    pixels = picture(width, height)
    if dtype == np.uint16:
        pixels = pixels.astype(np.uint16) * 257 ^ np.random.default_rng(1).integers(0, 64, pixels.shape, np.uint16)
    if channels == 1:
        return pixels[..., 1].copy()
    if channels == 4:
        pixels = np.concatenate([pixels, pixels[..., :1][::-1]], axis=2)
    return pixels


@pytest.mark.parametrize("level", [0, 2, 9])
@pytest.mark.parametrize("kind", [(1, np.uint8), (3, np.uint8), (4, np.uint8), (1, np.uint16), (3, np.uint16),
                                  (4, np.uint16), ("gray alpha", np.uint8), ("gray alpha", np.uint16)])
def test_rows_of_png_are_right(tmp_path, level, kind):
    channels, dtype = kind
    path, pixels = tmp_path / "a.png", photo(901, 799, 4 if channels == "gray alpha" else channels, dtype)
    if channels == "gray alpha":
        pixels[..., 1:3] = pixels[..., :1]
    index = write_indexed(path, "png", pixels, level=level, threads=3, is_gray_alpha=channels == "gray alpha")
    assert len(index[1]) == -(-799 // index[0]) + 1 > 2
    stored = imagecodecs.png_decode(path.read_bytes()).reshape(799, 901, -1)
    whole = pixels[..., None] if channels == 1 else pixels
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3], "gray alpha": [0, 0, 0, 1]}[channels]
    assert np.array_equal(stored[..., order], whole)
    check(path, pixels, index, index[0])


@pytest.mark.parametrize("make", ["flat", "noise", "stripes", "columns"])
def test_rows_of_png_with_all_filters_are_right(tmp_path, make):
    """Images that need each of the filters, so that the first rows of bands get another one."""
    random = np.random.default_rng(3)
    pixels = {"flat": np.full((700, 1000, 3), 77, np.uint8),
              "noise": random.integers(0, 256, (700, 1000, 3), np.uint8),
              "stripes": np.repeat(random.integers(0, 256, (700, 1, 3), np.uint8), 1000, axis=1),
              "columns": np.repeat(random.integers(0, 256, (1, 1000, 3), np.uint8), 700, axis=0)}[make]
    for level in (1, 6):
        path = tmp_path / "a.png"
        index = write_indexed(path, "png", pixels, level=level)
        assert np.array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), pixels)
        check(path, pixels, index, index[0])


@pytest.mark.parametrize("level", [1, 9])
def test_bands_of_png_are_independent(tmp_path, level):
    """Each band is whole rows of independent deflate data. Its first row has no filter that needs the row above."""
    pixels, path = np.repeat(photo(1000, 100, 3), 10, axis=0), tmp_path / "a.png"
    rows, offsets = write_indexed(path, "png", pixels, level=level)
    data, filters = path.read_bytes(), set()
    assert len(data) == offsets[-1] + 12
    for band, (begin, end) in enumerate(zip(offsets, offsets[1:])):
        assert data[begin + 4:begin + 8] == b"IDAT" and int.from_bytes(data[begin:begin + 4], "big") == end - begin - 12
        inflated = zlib.decompressobj(-15).decompress(data[begin + 8 + (2 if band == 0 else 0):end - 4])
        assert len(inflated) == 3001 * min(rows, 1000 - band * rows)
        assert band == 0 or inflated[0] in (0, 1)
        filters |= set(inflated[::3001])
    # Each row is there ten times. So the best filter would be the one that a band's first row must not have.
    assert 2 in filters


def test_rows_of_small_png_are_right(tmp_path):
    """One band: six rows of three pixels, also from a source of another program."""
    random = np.random.default_rng(5)
    for width, height, channels in ((3, 6, 1), (3, 6, 3), (1, 1, 1), (1, 9, 4), (40, 2, 3)):
        pixels = random.integers(0, 2, (height, width, channels), np.uint8) * 255
        pixels = pixels[..., 0] if channels == 1 else pixels
        for level in range(4):
            index = write_indexed(tmp_path / "a.png", "png", pixels, level=level)
            assert index[0] == height and len(index[1]) == 2
            for first in range(height):
                for count in range(1, height - first + 1):
                    assert np.array_equal(
                        rows_of(tmp_path / "a.png", first, count, index), pixels[first:first + count])


def test_rows_of_a_tiny_png_do_not_end_early(tmp_path):
    """A bitmap of 3×6 pixels as PNG. To read rows, the reader composes a stream of their bands. That stream once lacked
    the checksum at its end, and the rows from the second on were lost: zlib had taken all bytes by then, but had not
    given all rows."""
    bitmap = bytes.fromhex(
        "424de2ffffffffffffff220000001000000003000000060000000100010000000000000000613dc6ffff0061763dc60000000000"
        "a7007776613dc6")
    (tmp_path / "a.bmp").write_bytes(bitmap)
    with Reader(tmp_path / "a.bmp") as reader:
        pixels = reader.all()
    for level in range(10):
        for options in ({}, {"threads": 2}):
            index = write_indexed(tmp_path / "a.png", "png", pixels, level=level, **options)
            for first in range(6):
                for count in range(1, 7 - first):
                    assert np.array_equal(
                        rows_of(tmp_path / "a.png", first, count, index), pixels[first:first + count])


@pytest.mark.parametrize("size", [(1500, 1407), (1281, 2001), (4001, 333), (300, 5003)])
@pytest.mark.parametrize("subsampling", ["420", "444", "gray"])
def test_rows_of_jpeg_are_right(tmp_path, size, subsampling):
    pixels = photo(*size, 1 if subsampling == "gray" else 3)
    for writers in (1, 5):
        path = tmp_path / "a.jpg"
        index = write_indexed(path, "jpeg", pixels, threads=writers, quality=88,
                              subsampling="444" if subsampling == "444" else "420")
        assert len(index[1]) == -(-size[1] // index[0]) + 1 > 2
        whole = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
        for readers in (1, 3):
            check(path, whole, index, index[0], threads=readers)


def test_rows_of_jpeg_with_metadata_are_right(tmp_path):
    """Segments between the header's tables, and XMP that needs several segments."""
    pixels, path = photo(1500, 1200, 3), tmp_path / "a.jpg"
    blocks = [("xmp", 0, 0, b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b" " * 90000 + b"</x:xmpmeta>"),
              ("iptc", 0, 0, b"\x1c\x02\x05\x00\x03abc")]
    index = write_indexed(path, "jpeg", pixels, threads=2, blocks=blocks, density=(300, 300, "inch"))
    check(path, cv2.imread(str(path)), index, index[0])


TIFF = [dict(compression=compression, tile_side=side) for compression in ("none", "lzw", "deflate", "zstd", "jpeg")
        for side in (0, 64)]


@pytest.mark.parametrize("options", TIFF, ids=str)
@pytest.mark.parametrize("kind", [(1, np.uint8), (3, np.uint8), (4, np.uint16)])
def test_rows_of_tiff_are_right(tmp_path, options, kind):
    if options["compression"] == "jpeg" and kind[0] == 4:
        pytest.skip("JPEG in TIFF has neither alpha nor 16 bits")
    pixels, path = photo(301, 403, *kind), tmp_path / "a.tif"
    assert write_indexed(path, "tiff", pixels, threads=2, **options) is None
    whole = pixels
    if options["compression"] == "jpeg":
        stored = imagecodecs.tiff_decode(path.read_bytes())
        whole = stored if kind[0] == 1 else stored[..., ::-1]
    check(path, whole, None, options["tile_side"] or 50)
    # An index that is not needed is ignored.
    check(path, whole, (50, [1, 2]), 50)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_rows_of_bmp_are_right(tmp_path, channels):
    for width in (301, 20000):
        pixels, path = photo(width, 203, channels), tmp_path / "a.bmp"
        assert write_indexed(path, "bmp", pixels) is None
        if channels < 4:
            assert np.array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), pixels)
        check(path, pixels, None, 50)


def test_only_files_that_need_an_index_have_one(tmp_path):
    pixels, path = photo(1500, 1200, 3), tmp_path / "a"
    assert write_indexed(path, "jpeg", pixels) is not None
    assert write_indexed(path, "jpeg", pixels, threads=2, is_progressive=True) is None
    assert write_indexed(path, "jpeg", pixels[:100], threads=2) is None
    assert write_indexed(path, "webp", pixels[:100], threads=2) is None
    assert write_indexed(path, "png", pixels[:100]) is not None
    # Turned by 90°: its rows are columns of the upright image.
    exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    assert write_indexed(path, "png", pixels[:100], blocks=[("exif", 0, 0, exif)]) is None
    assert write_indexed(path, "jpeg", pixels, threads=2, blocks=[("exif", 0, 0, exif)]) is None
    assert write_indexed(path, "png", pixels[:100], blocks=[("exif", 0, 0, exif.replace(b"\x06", b"\x01"))])


def test_the_index_does_not_depend_on_threads(tmp_path):
    pixels = photo(1500, 1200, 3)
    for format in ("png", "jpeg"):
        found = [write_indexed(tmp_path / str(threads), format, pixels, threads=threads) for threads in (1, 2, 5)]
        assert found[0] == found[1] == found[2] != None


def test_only_the_bands_are_read(tmp_path):
    """Zeros in all other bands change nothing, so these bands are not read."""
    pixels = photo(1500, 1600, 3)
    for format in ("png", "jpeg"):
        path = tmp_path / f"a.{format}"
        rows, offsets = write_indexed(path, format, pixels, threads=2)
        whole, data = cv2.imread(str(path), cv2.IMREAD_UNCHANGED), bytearray(path.read_bytes())
        first, last = 5, 7
        # For JPEG, the neighbouring bands are read, too.
        neighbours = format == "jpeg"
        for begin, end in ((offsets[0], offsets[first - neighbours]), (offsets[last + neighbours], len(data))):
            data[begin:end] = bytes(end - begin)
        path.write_bytes(data)
        wanted = slice(first * rows, last * rows)
        assert np.array_equal(rows_of(path, first * rows, 2 * rows, (rows, offsets)), whole[wanted])
