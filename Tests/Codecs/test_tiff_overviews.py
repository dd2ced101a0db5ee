"""Smaller images in TIFF files: how they are computed, and that each can be read by its number. Compared with numpy
and tifffile."""

import ctypes as c

import numpy as np
import pytest
import tifffile

from library import CodecError, Reader, Writer, library, read, write
from test_tiff_maker import picture


def halved(pixels):
    """The definition: each pixel is the mean of those of four pixels that exist, rounded; colors are weighted by
    alpha."""
    height, width = pixels.shape[:2]
    samples = pixels.reshape(height, width, -1).astype(np.int64)
    sums = np.zeros(((height + 1) // 2, (width + 1) // 2, samples.shape[2]), np.int64)
    counts, weights = np.zeros(sums.shape, np.int64), np.zeros(sums.shape, np.int64)
    for y in (0, 1):
        for x in (0, 1):
            part = samples[y::2, x::2]
            place = np.s_[:part.shape[0], :part.shape[1]]
            counts[place] += 1
            weight = np.ones_like(part)
            if samples.shape[2] == 4:
                weight[..., :3] = part[..., 3:]
            sums[place] += part * weight
            weights[place] += weight
    means = np.where(weights > 0, (sums + weights // 2) // np.maximum(weights, 1), 0)
    return means.astype(pixels.dtype).reshape(means.shape[:2] + pixels.shape[2:])


@pytest.mark.parametrize("most", [255, 65535])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("height,width", [(1, 1), (1, 2), (2, 1), (2, 2), (3, 3), (17, 64), (64, 33), (101, 203)])
def test_a_pixel_is_the_mean_of_four(channels, most, height, width):
    pixels = np.ascontiguousarray(picture(height, width, channels, most, seed=height))
    # The largest sums, and colors of transparent pixels.
    pixels[:2, :2] = most
    if channels == 4:
        pixels[-1, -1, 3] = 0
    found = np.full(halved(pixels).shape, 0xA5, pixels.dtype)
    for row in range(0, height, 2):
        lower = pixels[row + 1].ctypes.data_as(c.c_void_p) if row + 1 < height else None
        library().twc_halve_rows(
            pixels[row].ctypes.data_as(c.c_void_p), lower, found[row // 2].ctypes.data_as(c.c_void_p),
            c.c_uint32(width), c.c_uint32(channels), c.c_uint32(8 if most == 255 else 16))
    assert np.array_equal(found, halved(pixels))


def levels_of(pixels, count):
    levels = [pixels]
    while len(levels) <= count:
        levels.append(halved(levels[-1]))
    return levels


def write_levels(path, levels, **options):
    height, width, channels = levels[0].shape
    with Writer(path, "tiff", width, height, channels, 8, tile_side=64, overviews=len(levels) - 1, **options) as writer:
        for level, pixels in enumerate(levels):
            for y in range(0, pixels.shape[0], 64):
                for x in range(0, pixels.shape[1], 64):
                    writer.tile(level, x // 64, y // 64, np.ascontiguousarray(pixels[y:y + 64, x:x + 64]))
        writer.finish()


@pytest.mark.parametrize("compression", ["zstd", "jpeg"])
@pytest.mark.parametrize("is_big", [False, True])
def test_an_overview_is_read_by_its_number(tmp_path, is_big, compression):
    path, levels = tmp_path / "a.tif", levels_of(picture(301, 205), 3)
    write_levels(path, levels, is_big=is_big, compression=compression, subsampling="444", quality=92)
    for number, pixels in enumerate(levels):
        found, notes = read(path, overview=number)
        with tifffile.TiffFile(path) as file:
            expected = file.pages[number].asarray()[..., ::-1]
        assert np.array_equal(found, expected)
        assert compression == "jpeg" or np.array_equal(found, pixels)
        assert notes == ([] if number else ["overviews in the file (3) were left out"])
        with Reader(path, overview=number) as reader:
            assert reader.info.has_regions
            assert np.array_equal(reader.region(5, 3, 7, 11), expected[3:14, 5:12])


def test_overviews_belong_to_the_page_before_them(tmp_path):
    path = tmp_path / "a.tif"
    images = [picture(40 + number, 30, seed=number) for number in range(6)]
    with tifffile.TiffWriter(path) as file:
        # Two pages, one with two overviews and one with one. A mask is neither.
        for image, kind in zip(images, (0, 1, 1, 0, 4, 1)):
            pixels, color = (image[..., 0] > 99, "minisblack") if kind == 4 else (image, "rgb")
            file.write(pixels, subfiletype=kind, photometric=color, metadata=None)
    for page, overview, number in ((0, 0, 0), (0, 1, 1), (0, 2, 2), (1, 0, 3), (1, 1, 5), (-1, 2, 2)):
        assert np.array_equal(read(path, page=page, overview=overview)[0][..., ::-1], images[number])
    for page, overview, count in ((0, 3, 2), (1, 2, 1)):
        with pytest.raises(CodecError) as error:
            Reader(path, page=page, overview=overview)
        assert error.value.code == "unsupported"
        assert error.value.reason == f"overview {overview} of page {page} was asked for; it has {count}"


def test_other_formats_have_none(tmp_path):
    path = tmp_path / "a.png"
    write(path, "png", picture(20, 20))
    with pytest.raises(CodecError) as error:
        Reader(path, overview=1)
    assert error.value.reason == "an overview was asked for; a file of this format has none"
