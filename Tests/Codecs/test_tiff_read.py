"""TIFF files of every kind, made by programs that are not ours, read and compared with what was put into them."""

import itertools

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from library import ALPHAS, COLORS, CodecError, Reader, read
from test_tiff_maker import make, pack, picture, reverse_bits


def bgr(array):
    """RGB(A) as OpenCV orders it."""
    return array if array.ndim == 2 else array[..., [2, 1, 0, 3][:array.shape[2]]]


def check_all_ways(path, expected, tolerance=0):
    """Everything at once, rows one at a time and in odd counts, and regions, give the same pixels."""
    pixels, notes = read(path)
    assert pixels.shape == expected.shape and pixels.dtype == expected.dtype
    difference = np.abs(pixels.astype(int) - expected.astype(int)).max()
    assert difference <= tolerance, f"differs by {difference}"
    for rows in (1, 7, 1000):
        assert np.array_equal(read(path, rows=rows)[0], pixels)
    with Reader(path) as reader:
        if reader.info.has_regions:
            height, width = pixels.shape[:2]
            rng = np.random.default_rng(5)
            areas = [(0, 0, width, height), (width - 1, height - 1, 1, 1), (1, 1, width - 1, height - 1)]
            for _ in range(12):
                x, y = int(rng.integers(width)), int(rng.integers(height))
                areas.append((x, y, int(rng.integers(1, width - x + 1)), int(rng.integers(1, height - y + 1))))
            for x, y, w, h in areas:
                assert np.array_equal(reader.region(x, y, w, h), pixels[y:y + h, x:x + w])
    return notes


LOSSLESS = ["none", "lzw", "deflate", "adobe_deflate", "packbits", "zstd", "lzma", "lerc", "webp"]


@pytest.mark.parametrize("compression", LOSSLESS)
@pytest.mark.parametrize("tile", [None, (64, 48)])
@pytest.mark.parametrize("order, big", [("<", False), (">", False), ("<", True), (">", True)])
def test_lossless(tmp_path, compression, tile, order, big):
    if compression == "lerc" and order == ">":
        pytest.skip("tifffile does not write it")
    path = tmp_path / "a.tif"
    kinds = itertools.product((1, 3, 4), (np.uint8, np.uint16), ("contig", "separate"), (False, True))
    for channels, dtype, planar, predictor in kinds:
        if compression == "webp" and (channels < 3 or dtype == np.uint16 or planar == "separate"):
            continue
        if predictor and compression in ("none", "packbits", "lerc", "webp"):
            continue
        if planar == "separate" and channels == 1:
            continue
        array = picture(101, 150, channels, np.iinfo(dtype).max)
        stored = array if planar == "contig" else np.moveaxis(array, -1, 0)
        options = {"compressionargs": {"lossless": True}} if compression == "webp" else {}
        tifffile.imwrite(
            path, stored, byteorder=order, bigtiff=big, tile=tile, rowsperstrip=None if tile else 17,
            photometric="minisblack" if channels == 1 else "rgb", planarconfig=planar if channels > 1 else None,
            compression=None if compression == "none" else compression, predictor=predictor or None,
            extrasamples=["unassalpha"] if channels == 4 else None, metadata=None, **options)
        assert check_all_ways(path, bgr(array)) == []


@pytest.mark.parametrize("bits", range(1, 17))
@pytest.mark.parametrize("samples, photometric", [(1, 1), (1, 0), (2, 1), (3, 2), (4, 2)])
@pytest.mark.parametrize("planar, compression, order", [(1, 1, "<"), (2, 1, ">"), (1, 8, "<"), (1, 32773, ">")])
def test_depths(tmp_path, bits, samples, photometric, planar, compression, order):
    most = (1 << bits) - 1
    array = picture(37, 53, samples, most, np.uint16).reshape(37, 53, samples)
    def packed(values):
        if bits == 16:
            return np.ascontiguousarray(values).astype(order + "u2").tobytes()
        return pack(values, bits)
    strips = [packed(array[top:top + 10, :, plane] if planar == 2 else array[top:top + 10])
              for plane in range(samples if planar == 2 else 1) for top in range(0, 37, 10)]
    if compression == 8:
        strips = [imagecodecs.zlib_encode(strip) for strip in strips]
    if compression == 32773:
        strips = [imagecodecs.packbits_encode(strip) for strip in strips]
    extra = {338: (3, 2)} if samples in (2, 4) else {}
    path = tmp_path / "a.tif"
    make(path, 53, 37, strips, order, bits=bits, samples=samples, photometric=photometric, planar=planar, rows=10,
         compression=compression, extra=extra)
    target = 255 if bits <= 8 else 65535
    scaled = np.floor(array.astype(np.float64) * target / most + 0.5).astype(np.uint8 if bits <= 8 else np.uint16)
    if photometric == 0:
        scaled = target - scaled
    expected = {1: lambda: scaled[..., 0], 2: lambda: scaled[..., [0, 0, 0, 1]], 3: lambda: bgr(scaled),
                4: lambda: bgr(scaled)}[samples]()
    check_all_ways(path, expected)
    with Reader(path) as reader:
        assert reader.info.stored_depth == bits
        assert reader.info.is_gray_alpha == (samples == 2)
        assert ALPHAS[reader.info.alpha] == ("straight" if samples in (2, 4) else "none")
    if photometric == 1 and samples == 1 and bits in (1, 2, 4, 8, 10, 12, 14, 16):
        assert np.array_equal(tifffile.imread(path), array[..., 0])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_min_is_white(tmp_path, dtype):
    array = picture(60, 70, 1, np.iinfo(dtype).max)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="miniswhite")
    check_all_ways(tmp_path / "a.tif", np.iinfo(dtype).max - array)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("old", [False, True])
def test_palette(tmp_path, bits, old):
    entries = 1 << bits
    colors = np.random.default_rng(2).integers(0, 256 if old else 65536, (3, entries)).astype(np.uint16)
    colors[0, -1] = 255 if old else 65535
    array = picture(40, 61, 1, entries - 1, np.uint16)
    data = array.astype("<u2").tobytes() if bits == 16 else pack(array, bits)
    make(tmp_path / "a.tif", 61, 40, [data], bits=bits, photometric=3, extra={320: (3, colors.ravel())})
    expected = np.moveaxis(colors[::-1][:, array], 0, -1) >> (0 if old else 8)
    check_all_ways(tmp_path / "a.tif", expected.astype(np.uint8))
    if bits == 8:
        assert np.array_equal(cv2.imread(str(tmp_path / "a.tif"), cv2.IMREAD_COLOR), expected.astype(np.uint8))
    if bits in (1, 2, 4) and not old:
        judged = np.asarray(Image.open(tmp_path / "a.tif").convert("RGB"))
        assert np.array_equal(judged, bgr(expected.astype(np.uint8)))


@pytest.mark.parametrize("kind", ["group3", "group4", "tiff_ccitt"])
@pytest.mark.parametrize("fill", [1, 2])
def test_fax(tmp_path, kind, fill):
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
def test_fill_order(tmp_path, compression, bits):
    array = picture(31, 40, 1, (1 << bits) - 1)
    data = array.astype("<u2").tobytes() if bits == 16 else pack(array, bits)
    coded = {1: lambda: data, 5: lambda: imagecodecs.lzw_encode(data),
             32773: lambda: imagecodecs.packbits_encode(data)}[compression]()
    make(tmp_path / "a.tif", 40, 31, [reverse_bits(coded)], bits=bits, compression=compression, extra={266: (3, 2)})
    expected = array if bits != 12 else np.floor(array.astype(float) * 65535 / 4095 + 0.5).astype(np.uint16)
    check_all_ways(tmp_path / "a.tif", expected)


@pytest.mark.parametrize("kind, quality", list(itertools.product(["ycbcr", "rgb", "gray"], [50, 95])))
@pytest.mark.parametrize("tile", [None, (64, 64)])
def test_jpeg(tmp_path, kind, quality, tile):
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
def test_ycbcr(tmp_path, across, down, compression, tile):
    """OpenCV, through libtiff's own conversion, is the judge."""
    # OpenCV's libtiff errs in the last corner of 4 × 4 if a side is no multiple of 4.
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
        # OpenCV's libtiff loses its place in tiles at the right edge; full-range BT.601 is the judge.
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
def test_cmyk(tmp_path, dtype, planar):
    array = picture(50, 60, 4, np.iinfo(dtype).max)
    tifffile.imwrite(tmp_path / "a.tif", array if planar == "contig" else np.moveaxis(array, -1, 0),
                     photometric="separated", planarconfig=planar, compression="lzw")
    notes = check_all_ways(tmp_path / "a.tif", naive_cmyk(array), tolerance=1)
    assert any("CMYK" in note for note in notes)
    with Reader(tmp_path / "a.tif") as reader:
        assert COLORS[reader.info.color] == "cmyk"


def test_alpha_of_each_kind(tmp_path):
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


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_reported(tmp_path, orientation):
    array = picture(20, 30)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb",
                     extratags=[(274, 3, 1, orientation, True)])
    check_all_ways(tmp_path / "a.tif", bgr(array))
    with Reader(tmp_path / "a.tif") as reader:
        assert reader.info.orientation == orientation


def test_pages(tmp_path):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as writer:
        for index in range(3):
            writer.write(picture(20 + index, 30, seed=index), photometric="rgb", metadata=None, subifds=1)
            writer.write(picture(10, 15), photometric="rgb", metadata=None, subfiletype=1)
    for index in range(3):
        pixels, notes = read(path, page=index)
        assert np.array_equal(pixels, bgr(picture(20 + index, 30, seed=index)))
        assert notes == [f"the file has 3 images; page {index} was read, the others were left out",
                         "images in sub-directories of the TIFF file (1) were left out"]
    assert np.array_equal(read(path)[0], bgr(picture(20, 30, seed=0)))
    with pytest.raises(CodecError, match="the file has 3 images") as error:
        read(path, page=3)
    assert error.value.code == "unsupported"


def test_cases(cases):
    pixels, notes = read(cases / "mask-cog.tif")
    assert np.array_equal(pixels, cv2.imread(str(cases / "mask-cog.tif"), -1))
    assert notes == ["masks (1) and overviews (1) in the file were left out"]
    pixels, _ = read(cases / "alpha-associated.tif")
    expected = cv2.imread(str(cases / "alpha-associated.straight.png"), -1)
    strong = expected[..., 3] >= 128
    assert np.abs(pixels.astype(int) - expected)[strong].max() <= 1
    for name, row in (("damaged-lzw-strip", 64), ("damaged-jpeg-tile", 0)):
        with pytest.raises(CodecError) as error:
            read(cases / f"{name}.tif")
        assert (error.value.code, error.value.row) == ("damaged", row)


def test_old_lzw(tmp_path):
    """Codes with the lowest bit first, as before TIFF 5."""
    data = picture(30, 40, 1).tobytes()
    codes, table, current = [256], {bytes([i]): i for i in range(256)}, b""
    bits, value, stream, count = 9, 0, [], 258
    def put(code):
        stream.append((code, bits))
    put(256)
    for byte in data:
        longer = current + bytes([byte])
        if longer in table:
            current = longer
            continue
        put(table[current])
        table[longer] = count
        count += 1
        current = bytes([byte])
        if count == 4095:
            put(256)
            table, count, bits = {bytes([i]): i for i in range(256)}, 258, 9
        elif count > (1 << bits) and bits < 12:
            bits += 1
    put(table[current])
    put(257)
    position = 0
    for code, width in stream:
        value |= code << position
        position += width
    out = value.to_bytes((position + 7) // 8, "little")
    make(tmp_path / "a.tif", 40, 30, [out], compression=5)
    pixels, _ = read(tmp_path / "a.tif")
    assert np.array_equal(pixels, picture(30, 40, 1))


@pytest.mark.parametrize("make_array, name", [
    (lambda: np.zeros((8, 8), np.int8), "signed"), (lambda: np.zeros((8, 8), np.int16), "signed"),
    (lambda: np.zeros((8, 8), np.float32), "floating"), (lambda: np.zeros((8, 8), np.float16), "floating"),
    (lambda: np.zeros((8, 8), np.float64), "floating"), (lambda: np.zeros((8, 8), np.uint32), "32 bits"),
    (lambda: np.zeros((8, 8), np.complex64), "complex")])
def test_refused_by_name(tmp_path, make_array, name):
    tifffile.imwrite(tmp_path / "a.tif", make_array())
    with pytest.raises(CodecError, match=name) as error:
        read(tmp_path / "a.tif")
    assert error.value.code == "unsupported"


@pytest.mark.parametrize("fields, name", [
    (dict(compression=6), "old-style JPEG"), (dict(compression=34712), "JPEG 2000"), (dict(compression=777), "777"),
    (dict(compression=32909), "PixarLog"), (dict(compression=34676), "SGI LogLuv"),
    (dict(photometric=8, samples=3), "CIE"),
    (dict(photometric=32803), "camera raw"), (dict(compression=7, bits=12), "12-bit JPEG"), (dict(bits=24), "24 bits")])
def test_kinds_that_are_refused(tmp_path, fields, name):
    make(tmp_path / "a.tif", 8, 8, [bytes(600)], **fields)
    with pytest.raises(CodecError, match=name) as error:
        read(tmp_path / "a.tif")
    assert error.value.code == "unsupported"


def test_different_depths_are_refused(tmp_path):
    make(tmp_path / "a.tif", 8, 8, [bytes(200)], samples=3, photometric=2, extra={258: (3, [5, 6, 5])})
    with pytest.raises(CodecError, match="different depths"):
        read(tmp_path / "a.tif")


def test_strip_larger_than_memory_allows(tmp_path):
    """A single compressed strip of 75 MB is decoded row by row."""
    array = np.tile(picture(100, 5000, 3), (50, 1, 1))
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", compression="zlib", predictor=True,
                     rowsperstrip=5000, metadata=None)
    with Reader(tmp_path / "a.tif") as reader:
        assert not reader.info.has_regions
    assert np.array_equal(read(tmp_path / "a.tif", rows=311)[0], bgr(array))
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", rowsperstrip=5000, metadata=None)
    with Reader(tmp_path / "a.tif") as reader:
        assert reader.info.has_regions
        assert np.array_equal(reader.region(3000, 4000, 100, 50), bgr(array)[4000:4050, 3000:3100])
