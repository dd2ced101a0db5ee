"""TIFF files of every kind, made by other programs, compared with the original pixels."""

import itertools

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile

from library import ALPHAS, CodecError, Reader, read
from reading import bgr, check_all_ways
from test_tiff_maker import make, pack, picture


LOSSLESS = ["none", "lzw", "deflate", "adobe_deflate", "packbits", "zstd", "lzma", "lerc", "webp"]


@pytest.mark.parametrize("compression", LOSSLESS)
@pytest.mark.parametrize("tile", [None, (64, 48)])
@pytest.mark.parametrize("order, big", [("<", False), (">", False), ("<", True), (">", True)])
def test_lossless_files_are_read(tmp_path, compression, tile, order, big):
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
def test_each_depth_is_read(tmp_path, bits, samples, photometric, planar, compression, order):
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


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_reported(tmp_path, orientation):
    array = picture(20, 30)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb",
                     extratags=[(274, 3, 1, orientation, True)])
    check_all_ways(tmp_path / "a.tif", bgr(array))
    with Reader(tmp_path / "a.tif") as reader:
        assert reader.info.orientation == orientation


def test_each_page_is_read(tmp_path):
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


def test_the_cases_are_read(cases):
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


def test_old_lzw_is_read(tmp_path):
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
def test_unsupported_samples_are_refused(tmp_path, make_array, name):
    tifffile.imwrite(tmp_path / "a.tif", make_array())
    with pytest.raises(CodecError, match=name) as error:
        read(tmp_path / "a.tif")
    assert error.value.code == "unsupported"


@pytest.mark.parametrize("fields, name", [
    (dict(compression=34712), "JPEG 2000"), (dict(compression=777), "777"), (dict(compression=34676), "SGI LogLuv"),
    (dict(photometric=32803), "camera raw"), (dict(compression=7, bits=12), "12-bit JPEG"), (dict(bits=24), "24 bits")])
def test_unsupported_kinds_are_refused(tmp_path, fields, name):
    make(tmp_path / "a.tif", 8, 8, [bytes(600)], **fields)
    with pytest.raises(CodecError, match=name) as error:
        read(tmp_path / "a.tif")
    assert error.value.code == "unsupported"


def test_different_depths_are_refused(tmp_path):
    make(tmp_path / "a.tif", 8, 8, [bytes(200)], samples=3, photometric=2, extra={258: (3, [5, 6, 5])})
    with pytest.raises(CodecError, match="different depths"):
        read(tmp_path / "a.tif")
