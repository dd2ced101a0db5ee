"""Written TIFF files, read by tifffile, Pillow and OpenCV."""

import os

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from library import CodecError, Reader, Writer, read, write
from limits import ENDS, ending
from test_tiff_maker import picture


def as_rgb(pixels):
    return pixels if pixels.ndim == 2 else pixels[..., [2, 1, 0, 3][:pixels.shape[2]]]


@pytest.mark.parametrize("compression", ["lzw", "none", "deflate", "zstd"])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("tile_side", [0, 64])
@pytest.mark.parametrize("is_big", [False, True])
def test_lossless_files_are_written(tmp_path, compression, channels, dtype, tile_side, is_big):
    path = tmp_path / "a.tif"
    pixels = picture(150, 201, channels, np.iinfo(dtype).max)
    for rows in (1, 13, 150):
        assert write(path, "tiff", pixels, rows=rows, compression=compression, tile_side=tile_side, is_big=is_big) == []
        assert np.array_equal(tifffile.imread(path), as_rgb(pixels))
    assert np.array_equal(read(path)[0], pixels)
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        assert file.is_bigtiff == is_big and page.is_tiled == bool(tile_side)
        assert page.predictor == (1 if compression == "none" else 2)
        assert [int(kind) for kind in page.extrasamples] == ([2] if channels == 4 else [])
        assert page.tags["Orientation"].value == 1
    # OpenCV 4.6 multiplies 8-bit colors by straight alpha when it reads them.
    if compression != "zstd" and not (channels == 4 and dtype == np.uint8):
        assert np.array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), pixels)
    if dtype == np.uint8 and compression != "zstd":
        assert np.array_equal(np.asarray(Image.open(path)), as_rgb(pixels))


def test_default_has_the_pixels_of_imwrite(tmp_path):
    pixels = picture(100, 130)
    cv2.imwrite(str(tmp_path / "b.tif"), pixels)
    write(tmp_path / "a.tif", "tiff", pixels)
    assert np.array_equal(tifffile.imread(tmp_path / "a.tif"), tifffile.imread(tmp_path / "b.tif"))
    with tifffile.TiffFile(tmp_path / "a.tif") as ours, tifffile.TiffFile(tmp_path / "b.tif") as theirs:
        for name in ("compression", "predictor", "photometric", "planarconfig", "bitspersample"):
            assert getattr(ours.pages[0], name) == getattr(theirs.pages[0], name)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("subsampling", ["420", "444"])
@pytest.mark.parametrize("tile_side", [0, 64])
def test_jpeg_is_written(tmp_path, channels, subsampling, tile_side):
    path = tmp_path / "a.tif"
    pixels = cv2.GaussianBlur(picture(150, 201, channels), (0, 0), 3)
    sizes = []
    for quality in (50, 0, 100):
        write(path, "tiff", pixels, compression="jpeg", subsampling=subsampling, tile_side=tile_side, quality=quality)
        sizes.append(path.stat().st_size)
        judged = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(judged, read(path)[0])
        if quality != 50:
            assert np.abs(judged.astype(int) - pixels).mean() < 2
    assert sizes == sorted(sizes)


def test_jpeg_refuses_alpha_and_16_bits(tmp_path):
    for pixels in (picture(20, 20, 4), picture(20, 20, 3, 65535)):
        with pytest.raises(CodecError) as error:
            write(tmp_path / "a.tif", "tiff", pixels, compression="jpeg")
        assert error.value.code == "unsupported"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_gray_alpha_is_written_associated_or_not(tmp_path, dtype):
    path = tmp_path / "a.tif"
    most = np.iinfo(dtype).max
    pixels = picture(50, 60, 4, most)
    pixels[..., 1] = pixels[..., 2] = pixels[..., 0]
    write(path, "tiff", pixels, is_gray_alpha=True)
    assert np.array_equal(tifffile.imread(path), pixels[..., [0, 3]])
    assert np.array_equal(read(path)[0], pixels)
    color = picture(50, 60, 4, most)
    write(path, "tiff", color, is_alpha_associated=True)
    product = color.astype(np.int64)
    product[..., :3] = (product[..., :3] * product[..., 3:] + most // 2) // most
    assert np.array_equal(tifffile.imread(path), as_rgb(product))
    with tifffile.TiffFile(path) as file:
        assert [int(kind) for kind in file.pages[0].extrasamples] == [1]
    with Reader(path) as reader:
        assert reader.info.alpha == 2


@pytest.mark.parametrize("is_big", [False, True])
@pytest.mark.parametrize("compression", ["lzw", "jpeg", "none"])
def test_tiles_of_all_levels_come_in_any_order(tmp_path, is_big, compression):
    path = tmp_path / "a.tif"
    levels = [picture(301, 205, seed=0)]
    while len(levels) < 4:
        levels.append(levels[-1][::2, ::2])
    with Writer(path, "tiff", 205, 301, 3, 8, tile_side=64, overviews=3, is_big=is_big, compression=compression,
                blocks=[("xmp", 0, 0, b"<x:xmpmeta/>")]) as writer:
        tiles = [(level, x, y) for level, pixels in enumerate(levels) for y in range(-(-pixels.shape[0] // 64))
                 for x in range(-(-pixels.shape[1] // 64))]
        np.random.default_rng(3).shuffle(tiles)
        for level, x, y in (map(int, tile) for tile in tiles):
            writer.tile(level, x, y, levels[level][y * 64:y * 64 + 64, x * 64:x * 64 + 64])
        writer.finish()
    with tifffile.TiffFile(path) as file:
        assert len(file.pages) == 4 and len(file.series[0].levels) == 4
        for page, pixels in zip(file.pages, levels):
            difference = np.abs(page.asarray().astype(int) - as_rgb(pixels))
            assert difference.max() == 0 if compression != "jpeg" else difference.mean() < 25
        assert [page.is_reduced for page in file.pages] == [False, True, True, True]
    pixels, notes = read(path)
    assert notes == ["overviews in the file (3) were left out"]


@pytest.mark.parametrize("compression", ["lzw", "deflate", "zstd", "jpeg", "none"])
@pytest.mark.parametrize("channels,dtype", [(1, np.uint8), (3, np.uint8), (4, np.uint8), (3, np.uint16)])
@pytest.mark.parametrize("options", [{}, {"tile_side": 128}, {"is_alpha_associated": True}, {"is_gray_alpha": True}])
def test_the_file_does_not_depend_on_threads(tmp_path, compression, channels, dtype, options):
    if (compression == "jpeg" and (channels == 4 or dtype != np.uint8)) or (
            channels != 4 and options.keys() & {"is_alpha_associated", "is_gray_alpha"}):
        pytest.skip("cannot be written")
    for height, width in ((1003, 801), (1, 60_000), (130, 128), (5000, 40)):
        pixels = picture(height, width, channels, np.iinfo(dtype).max)
        files = set()
        for threads, rows in ((0, 1000), (2, 64), (5, 1), (64, 333)):
            assert write(tmp_path / "a.tif", "tiff", pixels, rows=rows, compression=compression, threads=threads,
                         **options) == []
            files.add((tmp_path / "a.tif").read_bytes())
        assert len(files) == 1
        found = tifffile.imread(tmp_path / "a.tif").reshape(height, width, -1)
        if compression != "jpeg" and "is_alpha_associated" not in options:
            right = pixels[..., [0, 3]] if "is_gray_alpha" in options else as_rgb(pixels)
            assert np.array_equal(found, right.reshape(found.shape))


def test_tiles_do_not_depend_on_threads(tmp_path):
    pixels, files = picture(700, 900), set()
    tiles = [(x, y) for y in range(11) for x in range(15)]
    for threads in (1, 4):
        with Writer(tmp_path / "a.tif", "tiff", 900, 700, 3, 8, tile_side=64, threads=threads) as writer:
            for x, y in tiles[::-1]:
                writer.tile(0, x, y, pixels[y * 64:y * 64 + 64, x * 64:x * 64 + 64])
            writer.finish()
        files.add((tmp_path / "a.tif").read_bytes())
    assert len(files) == 1 and np.array_equal(tifffile.imread(tmp_path / "a.tif"), as_rgb(pixels))


def test_misuse_is_an_error(tmp_path):
    pixels = picture(100, 100)
    def misuse(action, **options):
        with pytest.raises(CodecError) as error:
            with Writer(tmp_path / "a.tif", "tiff", 100, 100, 3, 8, **options) as writer:
                action(writer)
        assert error.value.code == "misuse"
    misuse(lambda writer: writer.rows(pixels), tile_side=64, overviews=1)
    misuse(lambda writer: writer.tile(0, 0, 0, pixels[:64, :64]))
    misuse(lambda writer: writer.tile(0, 2, 0, pixels[:64, :64]), tile_side=64)
    misuse(lambda writer: [writer.tile(0, 0, 0, pixels[:64, :64]) for _ in range(2)], tile_side=64)
    misuse(lambda writer: [writer.tile(0, 0, 0, pixels[:64, :64]), writer.finish()], tile_side=64)
    misuse(lambda writer: None, blocks=[("png", 0x74455874, 0, b"a\0b")])


@pytest.mark.parametrize("options", [{}, {"tile_side": 64}, {"compression": "none"}, {"compression": "jpeg"}])
@pytest.mark.parametrize("what, code", ENDS)
def test_a_full_disk_is_reported(tmp_path, options, what, code):
    pixels = np.random.default_rng(1).integers(0, 256, (700, 700, 3)).astype(np.uint8)
    codes = set()
    for limit in (100, 5000, 100_000, 600_000):
        with ending(what, limit, tmp_path) as folder:
            try:
                write(folder / "a.tif", "tiff", pixels, **options)
                codes.add(f"ok with {limit}")
            except CodecError as error:
                codes.add(error.code)
    assert codes == {code} or (options.get("compression") == "jpeg" and codes <= {code, "ok with 600000"})


def test_small_sizes_are_written(tmp_path):
    for height, width in ((1, 1), (1, 17), (17, 1), (64, 64), (65, 63)):
        for tile_side in (0, 16, 64):
            for compression in ("lzw", "none", "deflate", "zstd", "jpeg"):
                pixels = picture(height, width)
                write(tmp_path / "a.tif", "tiff", pixels, tile_side=tile_side, compression=compression)
                judged = as_rgb(tifffile.imread(tmp_path / "a.tif").reshape(height, width, 3))
                if compression != "jpeg":
                    assert np.array_equal(judged, pixels)


@pytest.mark.parametrize("compression, width, is_big", [
    ("none", 30_000, False), ("none", 40_000, True), ("lzw", 32_000, True), ("lzw", 20_000, False),
    ("jpeg", 29_000, True), ("jpeg", 20_000, False)])
def test_bigtiff_is_used_if_needed(tmp_path, compression, width, is_big):
    with Writer(tmp_path / "a.tif", "tiff", width, width, 3, 8, tile_side=512, compression=compression):
        pass
    head = (tmp_path / "a.tif").read_bytes()[:4]
    assert head[2] == (43 if is_big else 42)


@pytest.mark.skipif("TILEWORK_LONG_TESTS" not in os.environ, reason="writes 5 GB; set TILEWORK_LONG_TESTS")
@pytest.mark.parametrize("tile_side", [0, 512])
def test_more_than_4_gib_are_written(tmp_path, tile_side):
    side, band = 41_000, 512
    rng = np.random.default_rng(1)
    pattern = rng.integers(0, 256, (band, side, 3)).astype(np.uint8)
    path = tmp_path / "a.tif"
    try:
        with Writer(path, "tiff", side, side, 3, 8, compression="none", tile_side=tile_side) as writer:
            for top in range(0, side, band):
                pattern[:, 0] = top // band
                writer.rows(pattern[:side - top])
            writer.finish()
        assert path.stat().st_size > 1 << 32
        with Reader(path, maximum_pixels=1 << 31) as reader:
            for top in range(0, side, band):
                pattern[:, 0] = top // band
                assert np.array_equal(reader.rows(min(band, side - top)), pattern[:side - top])
            pattern[:, 0] = (side - 1) // band
            assert np.array_equal(reader.region(0, side - 5, 100, 5), pattern[(side - 5) % band:, :100][:5])
        with tifffile.TiffFile(path) as file:
            page = file.pages[0]
            assert file.is_bigtiff and page.shape == (side, side, 3)
            last = page.dataoffsets[-1]
            assert last > 1 << 32
    finally:
        path.unlink(missing_ok=True)
