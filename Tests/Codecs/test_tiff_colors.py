"""Colors and alpha of TIFF files, compared with other programs."""

import itertools

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from library import ALPHAS, COLORS, Reader
from test_tiff_maker import make, pack, picture, reverse_bits
from reading import bgr, check_all_ways


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_zero_as_white_is_read(tmp_path, dtype):
    array = picture(60, 70, 1, np.iinfo(dtype).max)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="miniswhite")
    check_all_ways(tmp_path / "a.tif", np.iinfo(dtype).max - array)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("old", [False, True])
def test_palettes_are_read(tmp_path, bits, old):
    entries = 1 << bits
    colors = np.random.default_rng(2).integers(0, 256 if old else 65536, (3, entries)).astype(np.uint16)
    colors[0, -1] = 255 if old else 65535
    array = picture(40, 61, 1, entries - 1, np.uint16)
    data = array.astype("<u2").tobytes() if bits == 16 else pack(array, bits)
    make(tmp_path / "a.tif", 61, 40, [data], bits=bits, photometric=3, extra={320: (3, colors.ravel())})
    expected = np.moveaxis(colors[::-1][:, array], 0, -1) >> (0 if old else 8)
    notes = check_all_ways(tmp_path / "a.tif", expected.astype(np.uint8))
    assert notes == ([] if old else ["colors of the palette were reduced to 8 bits"])
    if bits == 8:
        assert np.array_equal(cv2.imread(str(tmp_path / "a.tif"), cv2.IMREAD_COLOR), expected.astype(np.uint8))
    if bits in (1, 2, 4) and not old:
        judged = np.asarray(Image.open(tmp_path / "a.tif").convert("RGB"))
        assert np.array_equal(judged, bgr(expected.astype(np.uint8)))


@pytest.mark.parametrize("factor", [256, 257])
def test_8_bit_palettes_in_16_bits_are_exact(tmp_path, factor):
    """Programs write 8-bit colors like this, without loss."""
    colors = np.random.default_rng(2).integers(0, 256, (3, 256)).astype(np.uint16)
    array = picture(40, 61, 1)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="palette", colormap=colors * factor)
    expected = np.moveaxis(colors[::-1][:, array], 0, -1)
    assert check_all_ways(tmp_path / "a.tif", expected.astype(np.uint8)) == []


@pytest.mark.parametrize("kind", ["group3", "group4", "tiff_ccitt"])
@pytest.mark.parametrize("fill", [1, 2])
def test_fax_is_read(tmp_path, kind, fill):
    array = picture(90, 200, 1, 255) > 120
    path = tmp_path / "a.tif"
    Image.fromarray(array).save(path, compression=kind)
    if fill == 2:
        with tifffile.TiffFile(path) as file:
            page = file.pages[0]
            strips = [reverse_bits(file.filehandle.read_array(np.uint8, n, offset=o).tobytes())
                      for o, n in zip(page.dataoffsets, page.databytecounts)]
            make(path, 200, 90, strips, bits=1, photometric=int(page.photometric), compression=int(page.compression),
                 rows=page.rowsperstrip, extra={266: (3, 2)})
    check_all_ways(path, array.astype(np.uint8) * 255)


@pytest.mark.parametrize("compression, bits", [(1, 8), (1, 16), (1, 12), (5, 8), (32773, 8)])
def test_each_fill_order_is_read(tmp_path, compression, bits):
    array = picture(31, 40, 1, (1 << bits) - 1)
    data = array.astype("<u2").tobytes() if bits == 16 else pack(array, bits)
    coded = {1: lambda: data, 5: lambda: imagecodecs.lzw_encode(data),
             32773: lambda: imagecodecs.packbits_encode(data)}[compression]()
    make(tmp_path / "a.tif", 40, 31, [reverse_bits(coded)], bits=bits, compression=compression, extra={266: (3, 2)})
    expected = array if bits != 12 else np.floor(array.astype(float) * 65535 / 4095 + 0.5).astype(np.uint16)
    check_all_ways(tmp_path / "a.tif", expected)


@pytest.mark.parametrize("kind, quality", list(itertools.product(["ycbcr", "rgb", "gray"], [50, 95])))
@pytest.mark.parametrize("tile", [None, (64, 64)])
def test_jpeg_is_read(tmp_path, kind, quality, tile):
    array = picture(100, 150, 1 if kind == "gray" else 3)
    path = tmp_path / "a.tif"
    for subsampling in ((2, 2), (2, 1), (1, 1)) if kind == "ycbcr" else (None,):
        tifffile.imwrite(path, array, compression="jpeg", photometric="minisblack" if kind == "gray" else kind,
                         tile=tile, rowsperstrip=None if tile else 32, subsampling=subsampling,
                         compressionargs={"level": quality})
        expected = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        check_all_ways(path, expected)


@pytest.mark.parametrize("across, down", list(itertools.product((1, 2, 4), (1, 2, 4))))
@pytest.mark.parametrize("compression", [1, 5, 8])
@pytest.mark.parametrize("tile", [False, True])
def test_ycbcr_is_read(tmp_path, across, down, compression, tile):
    """Compared with OpenCV, which uses libtiff's conversion."""
    # OpenCV's libtiff computes the last corner of 4 × 4 wrongly if a side is no multiple of 4.
    width, height, rows = (48, 44, 16) if across == down == 4 else (50, 45, 16)
    rng = np.random.default_rng(7)
    def clumps(w, h):
        return rng.integers(0, 256, -(-w // across) * -(-h // down) * (across * down + 2)).astype(np.uint8).tobytes()
    if tile:
        strips = [clumps(32, 32) for _ in range(4)]
    else:
        strips = [clumps(width, min(rows, height - top)) for top in range(0, height, rows)]
    encode = {1: bytes, 5: imagecodecs.lzw_encode, 8: imagecodecs.zlib_encode}[compression]
    path = tmp_path / "a.tif"
    make(path, width, height, [encode(strip) for strip in strips], samples=3, photometric=6, compression=compression,
         rows=rows, tile=(32, 32) if tile else None, extra={530: (3, [across, down])})
    expected = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if expected is None:
        pytest.skip("OpenCV cannot read this subsampling")
    if tile and across == down == 4:
        # OpenCV's libtiff is wrong for tiles at the right edge, so full-range BT.601 is computed here.
        expected = np.zeros((64, 64, 3), np.uint8)
        for index, strip in enumerate(strips):
            blocks = np.frombuffer(strip, np.uint8).reshape(8, 8, 18)
            luma = blocks[..., :16].reshape(8, 8, 4, 4).swapaxes(1, 2).reshape(32, 32).astype(float)
            blue, red = (np.kron(blocks[..., k].astype(float) - 128, np.ones((4, 4))) for k in (16, 17))
            tile = np.dstack([luma + 1.772 * blue, luma - 0.344136 * blue - 0.714136 * red, luma + 1.402 * red])
            top, left = index // 2 * 32, index % 2 * 32
            expected[top:top + 32, left:left + 32] = np.clip(tile.round(), 0, 255)
        check_all_ways(path, expected[:height, :width], tolerance=1)
        return
    check_all_ways(path, expected)


def naive_cmyk(array):
    most = np.iinfo(array.dtype).max
    ink = array.astype(np.int64)
    rgb = ((most - ink[..., :3]) * (most - ink[..., 3:4]) + most // 2) // most
    return rgb[..., ::-1].astype(array.dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_cmyk_is_converted(tmp_path, dtype, planar):
    array = picture(50, 60, 4, np.iinfo(dtype).max)
    tifffile.imwrite(tmp_path / "a.tif", array if planar == "contig" else np.moveaxis(array, -1, 0),
                     photometric="separated", planarconfig=planar, compression="lzw")
    notes = check_all_ways(tmp_path / "a.tif", naive_cmyk(array), tolerance=1)
    assert any("CMYK" in note for note in notes)
    with Reader(tmp_path / "a.tif") as reader:
        assert COLORS[reader.info.color] == "cmyk"


def test_each_kind_of_alpha_is_read(tmp_path):
    array = picture(40, 50, 4)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, array, photometric="rgb", extrasamples=["unspecified"], metadata=None)
    assert any("neither color nor alpha" in note for note in check_all_ways(path, bgr(array[..., :3])))
    tifffile.imwrite(path, array, photometric="rgb", extrasamples=["assocalpha"], metadata=None)
    alpha = np.maximum(array[..., 3:].astype(np.int64), 1)
    straight = np.minimum((array[..., :3].astype(np.int64) * 255 + alpha // 2) // alpha, 255)
    straight[array[..., 3] == 0] = 0
    check_all_ways(path, np.dstack([bgr(straight), array[..., 3]]).astype(np.uint8))
    with Reader(path) as reader:
        assert ALPHAS[reader.info.alpha] == "associated"
    five = picture(40, 50, 5)
    tifffile.imwrite(path, five, photometric="rgb", extrasamples=["unspecified", "unassalpha"], metadata=None)
    notes = check_all_ways(path, five[..., [2, 1, 0, 4]])
    assert notes == ["1 sample a pixel that is neither color nor alpha was left out"]
