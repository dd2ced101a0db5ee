"""TIFF files with few or large strips and tiles, or without their offsets."""

import imagecodecs
import numpy as np
import pytest
import tifffile

from library import CodecError, Reader, read
from reading import bgr
from test_tiff_maker import make, picture


def error_of(path, **options):
    with pytest.raises(CodecError) as error:
        read(path, **options)
    return error.value


def entries(data, count, *tags):
    """The file with at most `count` values in fields of a classic little-endian directory."""
    data = bytearray(data)
    start = int.from_bytes(data[4:8], "little")
    for index in range(int.from_bytes(data[start:start + 2], "little")):
        at = start + 2 + 12 * index
        if int.from_bytes(data[at:at + 2], "little") in tags:
            data[at + 4:at + 8] = count.to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize("compression", [None, "lzw", "deflate", "packbits", "jpeg"])
@pytest.mark.parametrize("tile", [None, (32, 32)])
@pytest.mark.parametrize("kept", [3, 5, 9])
def test_too_short_arrays_are_damage(tmp_path, compression, tile, kept):
    """Strips without an entry are missing. Only an entry of zeros says that a strip is not stored."""
    path = tmp_path / "a.tif"
    array = picture(320, 64 if tile else 50)
    tifffile.imwrite(path, array, photometric="rgb", compression=compression, tile=tile, metadata=None,
                     rowsperstrip=None if tile else 32)
    whole = path.read_bytes()
    # Two tiles in a row.
    count = kept * 2 if tile else kept
    for tags in ((273, 279, 324, 325), (273, 324)):
        path.write_bytes(entries(whole, count, *tags))
        for rows in (None, 7):
            error = error_of(path, rows=rows)
            assert (error.code, error.row) == ("damaged", kept * 32)
            block = f"{'tile' if tile else 'strip'} {count}"
            assert error.reason == f"the file does not say where the data of {block}, from row {kept * 32} on, is"


def test_too_short_arrays_of_planes_are_damage(tmp_path):
    path = tmp_path / "a.tif"
    for compression in ("lzw", None):
        tifffile.imwrite(path, np.moveaxis(picture(96, 50), -1, 0), photometric="rgb", planarconfig="separate",
                         compression=compression, rowsperstrip=32, metadata=None)
        whole = path.read_bytes()
        for count, row in ((3, 0), (5, 0), (7, 32), (8, 64)):
            path.write_bytes(entries(whole, count, 273, 279))
            assert (error_of(path).code, error_of(path).row) == ("damaged", row)
    with Reader(path) as reader:
        assert reader.region(0, 0, 50, 64).shape == (64, 50, 3)
        with pytest.raises(CodecError) as error:
            reader.region(0, 80, 50, 2)
        assert error.value.row == 64


@pytest.mark.parametrize("compression", [1, 5])
def test_the_last_of_two_arrays_applies(tmp_path, compression):
    """The last of the two arrays is the one that libtiff uses."""
    path = tmp_path / "a.tif"
    array = picture(48, 30, 1)
    strips = [{1: bytes, 5: imagecodecs.lzw_encode}[compression](array[top:top + 16].tobytes()) for top in (0, 16, 32)]
    make(path, 30, 48, strips, rows=16, compression=compression, extra={324: (4, [8]), 325: (4, [len(strips[0])])})
    assert (error_of(path).code, error_of(path).row) == ("damaged", 16)
    fields = {273: (4, [8]), 279: (4, [len(strips[0])])}
    make(path, 30, 48, strips, rows=16, compression=compression, extra={
        324: (4, [8, 8 + len(strips[0]) + len(strips[0]) % 2, 8 + sum(len(s) + len(s) % 2 for s in strips[:2])]),
        325: (4, [len(strip) for strip in strips]), **fields})
    assert np.array_equal(read(path)[0], array)


@pytest.mark.parametrize("compression", [None, "lzw", "deflate"])
def test_missing_lengths_are_noted(tmp_path, compression):
    """All data is there, as with lengths of 0."""
    path = tmp_path / "a.tif"
    array = picture(320, 50)
    tifffile.imwrite(path, array, photometric="rgb", compression=compression, rowsperstrip=32, metadata=None)
    path.write_bytes(entries(path.read_bytes(), 5, 279))
    pixels, notes = read(path)
    assert np.array_equal(pixels, bgr(array))
    assert len(notes) == 1 and "how long" in notes[0]


@pytest.mark.parametrize("coder", ["none", "deflate"])
@pytest.mark.parametrize("tile", [None, (16, 16)])
def test_omitted_blocks_are_zeros(tmp_path, coder, tile):
    """GDAL omits blocks of zeros."""
    number, encode = {"none": (1, bytes), "deflate": (8, imagecodecs.zlib_encode)}[coder]
    array = picture(32, 16, 1)
    array[16:] = 0
    data = make(tmp_path / "a.tif", 16, 32, [encode(array[:16].tobytes())] * 2, rows=16, tile=tile, compression=number)
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        tags = file.pages[0].tags
        places = [tags[324 if tile else 273], tags[325 if tile else 279]]
        changed = bytearray(data)
        for tag in places:
            changed[tag.valueoffset + 4:tag.valueoffset + 8] = bytes(4)
    (tmp_path / "a.tif").write_bytes(changed)
    pixels, notes = read(tmp_path / "a.tif")
    assert np.array_equal(pixels, array)
    assert len(notes) == 1 and "filled with zeros" in notes[0]


@pytest.mark.parametrize("width", [9000, 600, 40])
@pytest.mark.parametrize("compression", ["zlib", None])
def test_tiles_larger_than_the_image_are_read(tmp_path, width, compression):
    """Tiles with sides beyond 8,192 that pad a smaller image."""
    array = picture(100, width, 1)
    tifffile.imwrite(tmp_path / "a.tif", array, tile=(512, 9216), compression=compression, photometric="minisblack",
                     metadata=None)
    assert np.array_equal(read(tmp_path / "a.tif", rows=33)[0], array)
    array = array.T
    tifffile.imwrite(tmp_path / "a.tif", array, tile=(9216, 512), compression=compression, photometric="minisblack",
                     metadata=None)
    assert np.array_equal(read(tmp_path / "a.tif", rows=33)[0], array)


@pytest.mark.parametrize("tile", [(16, 3997712), (9961488, 16)])
def test_tiles_far_larger_than_the_image_are_refused(tmp_path, tile):
    # Found by fuzzing: for each tile of an image of 24x20 pixels, 190 MB were filled.
    make(tmp_path / "a.tif", 24, 20, [bytes(768)] * 4, tile=tile, samples=3, photometric=2)
    error = error_of(tmp_path / "a.tif")
    assert error.code == "unsupported"
    assert error.reason == f"tiles of {tile[0]}×{tile[1]} pixels, far larger than the image, cannot be read"


def large_strips(path, compression, height=4200, **options):
    """A file of two strips, the first larger than what is decoded at once. Returns its pixels and their offsets."""
    array = np.tile(picture(100, 5600, 3), (height // 100, 1, 1))
    tifffile.imwrite(path, array, photometric="rgb", compression=compression, rowsperstrip=4000, metadata=None,
                     **options)
    with tifffile.TiffFile(path) as file:
        return array, list(zip(file.pages[0].dataoffsets, file.pages[0].databytecounts))


def test_a_strip_larger_than_memory_is_read(tmp_path):
    """The strip is decoded row by row."""
    path = tmp_path / "a.tif"
    array, _ = large_strips(path, "zlib", predictor=True)
    with Reader(path) as reader:
        assert not reader.info.has_regions
    assert np.array_equal(read(path, rows=311)[0], bgr(array))
    array, _ = large_strips(path, None)
    with Reader(path) as reader:
        assert reader.info.has_regions
        assert np.array_equal(reader.region(3000, 3980, 100, 50), bgr(array)[3980:4030, 3000:3100])


@pytest.mark.parametrize("compression", ["zlib", "lzw"])
def test_damage_in_a_strip_larger_than_memory_is_detected(tmp_path, compression):
    """A checksum at the end of the strip or an impossible code reveals damage, but not where it is. So the error names
    the strip's first row."""
    path = tmp_path / "a.tif"
    options = {"compressionargs": {"level": 0}} if compression == "zlib" else {}
    _, places = large_strips(path, compression, **options)
    whole = path.read_bytes()
    for (offset, count), row in zip(places, (0, 4000)):
        data = bytearray(whole)
        middle = offset + count // 2
        data[middle:middle + 60] = bytes(byte ^ 0xFF for byte in data[middle:middle + 60])
        path.write_bytes(data)
        error = error_of(path, rows=500)
        assert (error.code, error.row) == ("damaged", row)
        assert f"strip {row // 4000}, from row {row} on, is damaged" in error.reason


def test_a_too_short_array_for_large_strips_is_damage(tmp_path):
    path = tmp_path / "a.tif"
    large_strips(path, "zlib", height=8100, compressionargs={"level": 1})
    path.write_bytes(entries(path.read_bytes(), 2, 273, 279))
    error = error_of(path, rows=500)
    assert (error.code, error.row) == ("damaged", 8000)
    assert error.reason == "the file does not say where the data of strip 2, from row 8000 on, is"
