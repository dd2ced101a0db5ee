"""TIFF's rare compressions: PixarLog, SGI's LogLuv, JBIG, ThunderScan, NeXT, and the kinds of fax codes."""

import io
import shutil
import subprocess

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

import tiff_codes as codes
from kind_files import LOG_NOTE
from library import CodecError, read
from reading import bgr, check_all_ways
from test_tiff_maker import make, pack, picture, reverse_bits


def damage(path):
    with pytest.raises(CodecError) as error:
        read(path)
    assert error.value.code == "damaged" and error.value.reason
    return error.value


def program(name, *arguments, **options):
    if not shutil.which(name):
        pytest.skip(f"the program {name} is not here")
    return subprocess.run([name, *map(str, arguments)], check=True, capture_output=True, **options).stdout


# MARK: ThunderScan and NeXT

OLD = {"thunder": (32809, 4, codes.thunder), "next": (32766, 2, codes.next_rows)}


def stepped(height, width, bits):
    """Long runs, also up to the end of rows, slopes, and noise."""
    values = (picture(height, width, 1) // (256 >> bits)).astype(int)
    values[3::7, width // 2:] = (1 << bits) - 1
    values[4::7] = 0
    return values


@pytest.mark.parametrize("kind", OLD)
@pytest.mark.parametrize("width", [2, 61, 64, 301])
@pytest.mark.parametrize("fill", [1, 2])
def test_old_runs_are_read(tmp_path, kind, width, fill):
    number, bits, encode = OLD[kind]
    values = stepped(40, width, bits)
    strips = [encode(values[top:top + 16]) for top in (0, 16, 32)]
    strips = [reverse_bits(strip) for strip in strips] if fill == 2 else strips
    for photometric in (0, 1):
        make(tmp_path / "a.tif", width, 40, strips, bits=bits, compression=number, rows=16, photometric=photometric,
             extra={266: (3, fill)})
        expected = (values * 255 // ((1 << bits) - 1)).astype(np.uint8)
        check_all_ways(tmp_path / "a.tif", expected if photometric else 255 - expected)


@pytest.mark.parametrize("kind", OLD)
def test_truncated_old_runs_are_detected(tmp_path, kind):
    number, bits, encode = OLD[kind]
    values = stepped(32, 61, bits)
    strips = [encode(values[:16]), encode(values[16:])]
    for cut in range(1, len(strips[0]) - 1, 7):
        make(tmp_path / "a.tif", 61, 32, [strips[0][:-cut], strips[1]], bits=bits, compression=number, rows=16)
        assert damage(tmp_path / "a.tif").row == 0
    make(tmp_path / "a.tif", 61, 32, [strips[0], strips[1] + bytes([63]) * 9], bits=bits, compression=number, rows=16)
    assert damage(tmp_path / "a.tif").row == 16
    make(tmp_path / "a.tif", 61, 32, strips, bits=8, compression=number, rows=16)
    with pytest.raises(CodecError, match="cannot be read") as error:
        read(tmp_path / "a.tif")
    assert error.value.code == "unsupported"


# MARK: PixarLog

@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("samples, planar", [(1, 1), (3, 1), (3, 2), (4, 1)])
@pytest.mark.parametrize("order, fill", [("<", 1), (">", 1), ("<", 2)])
@pytest.mark.parametrize("tile", [None, (32, 16)])
def test_pixarlog_is_read(tmp_path, bits, samples, planar, order, fill, tile):
    values = picture(45, 60, samples, 1400, np.uint16).reshape(45, 60, samples).clip(0, 2047)
    parts = [values[..., plane:plane + 1] for plane in range(samples)] if planar == 2 else [values]
    if tile:
        parts = [np.pad(part, ((0, 3), (0, 4), (0, 0))) for part in parts]
        blocks = [part[y:y + 16, x:x + 32] for part in parts for y in (0, 16, 32) for x in (0, 32)]
    else:
        blocks = [part[top:top + 20] for part in parts for top in (0, 20, 40)]
    strips = [codes.pixarlog(block, order) for block in blocks]
    strips = [reverse_bits(strip) for strip in strips] if fill == 2 else strips
    extra = {266: (3, fill), **({338: (3, 2)} if samples == 4 else {})}
    make(tmp_path / "a.tif", 60, 45, strips, order, bits=bits, samples=samples, planar=planar, compression=32909,
         rows=20, tile=tile, photometric=1 if samples == 1 else 2, extra=extra)
    expected = codes.pixarlog_pixels(values, bits)
    # Other programs have tables in single precision.
    check_all_ways(tmp_path / "a.tif", expected[..., 0] if samples == 1 else bgr(expected), tolerance=bits // 16)
    if samples == 3 and planar == 1 and not tile:
        # libtiff is right for three samples.
        program("tiffcp", "-c", "none", tmp_path / "a.tif", tmp_path / "b.tif")
        assert np.array_equal(read(tmp_path / "a.tif")[0], bgr(tifffile.imread(tmp_path / "b.tif")))


def test_damaged_pixarlog_is_detected(tmp_path):
    values = picture(40, 60, 1, 1300, np.uint16)
    strip = codes.pixarlog(values[:20])
    for at in range(2, len(strip), 9):
        changed = bytearray(strip)
        changed[at] ^= 0x10
        make(tmp_path / "a.tif", 60, 40, [strip, bytes(changed)], compression=32909, rows=20)
        assert damage(tmp_path / "a.tif").row == 20
    for broken in (strip[:-1], codes.pixarlog(values[:19]), codes.pixarlog(values[:21])):
        make(tmp_path / "a.tif", 60, 40, [strip, broken], compression=32909, rows=20)
        assert damage(tmp_path / "a.tif").row == 20


@pytest.mark.parametrize("fields, words", [
    (dict(bits=11), "other samples than of 8 or 16 bits"),
    (dict(samples=3, photometric=6), "PixarLog compression and YCbCr colors"),
    (dict(extra={317: (3, 2)}), "PixarLog compression and a predictor")])
def test_unsupported_pixarlog_is_refused(tmp_path, fields, words):
    make(tmp_path / "a.tif", 16, 16, [bytes(99)], compression=32909, **fields)
    with pytest.raises(CodecError, match=words) as error:
        read(tmp_path / "a.tif")
    assert error.value.code == "unsupported"


# MARK: SGI LogLuv

@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("tile", [None, (32, 16)])
def test_logluv_is_read(tmp_path, order, tile):
    values = codes.luv32(36, 64)
    blocks = [values[top:top + 16] for top in (0, 16, 32)]
    if tile:
        padded = np.vstack([values, np.zeros((12, 64), int)])
        blocks = [padded[y:y + 16, x:x + 32] for y in (0, 16, 32) for x in (0, 32)]
    strips = [b"".join(codes.strings(row, 4) for row in block) for block in blocks]
    make(tmp_path / "a.tif", 64, 36, strips, order, bits=16, samples=3, photometric=32845, compression=34676, rows=16,
         tile=tile, extra={339: (3, [2, 2, 2])})
    assert check_all_ways(tmp_path / "a.tif", codes.luv32_pixels(values), tolerance=1) == [LOG_NOTE]


def test_logl_is_read(tmp_path):
    values = np.linspace(64 * 256 - 2600, 64 * 256 + 400, 36 * 50).astype(int).reshape(36, 50)
    values[5], values[6, ::2] = 0, values[6, ::2] | 0x8000
    strips = [b"".join(codes.strings(row, 2) for row in values[top:top + 16]) for top in (0, 16, 32)]
    make(tmp_path / "a.tif", 50, 36, strips, bits=16, photometric=32844, compression=34676, rows=16,
         extra={339: (3, 2)})
    expected = codes.display(codes.log_luminance(values))
    assert check_all_ways(tmp_path / "a.tif", expected) == [LOG_NOTE]


def test_logluv_of_24_bits_is_read(tmp_path):
    """Compared with OpenCV, which has a libtiff of its own."""
    rng = np.random.default_rng(5)
    values = rng.integers(640, 790, (40, 50)) << 14 | rng.integers(3000, 9000, (40, 50))
    strips = [b"".join(int(value).to_bytes(3, "big") for value in values[top:top + 16].ravel()) for top in (0, 16, 32)]
    make(tmp_path / "a.tif", 50, 40, strips, bits=16, samples=3, photometric=32845, compression=34677, rows=16,
         extra={339: (3, [2, 2, 2])})
    notes = check_all_ways(tmp_path / "a.tif", cv2.imread(str(tmp_path / "a.tif"), cv2.IMREAD_COLOR))
    assert notes == [LOG_NOTE]


@pytest.mark.parametrize("number", [34676, 34677])
def test_damaged_logluv_is_detected(tmp_path, number):
    values = codes.luv32(32, 40)
    encode = (lambda block: b"".join(codes.strings(row, 4) for row in block)) if number == 34676 else (
        lambda block: b"".join(int(value & 0xFFFFFF).to_bytes(3, "big") for value in block.ravel()))
    first, second = encode(values[:16]), encode(values[16:])
    for broken in (second[:-1], second[:len(second) // 2], second + second[:40]):
        make(tmp_path / "a.tif", 40, 32, [first, broken], bits=16, samples=3, photometric=32845, compression=number,
             rows=16)
        assert damage(tmp_path / "a.tif").row == 16


# MARK: JBIG

@pytest.mark.parametrize("fill", [1, 2])
def test_jbig_is_read(tmp_path, fill):
    """By jbigkit's own program. In TIFF, the lowest bit of each byte comes first, unless FillOrder says otherwise."""
    array = picture(90, 203, 1, 255) > 120
    file = io.BytesIO()
    Image.fromarray(~array).save(file, "ppm")
    (tmp_path / "a.pbm").write_bytes(file.getvalue())
    program("pbmtojbg", "-q", tmp_path / "a.pbm", tmp_path / "a.jbg")
    data = (tmp_path / "a.jbg").read_bytes()
    strip = reverse_bits(data) if fill == 1 else data
    make(tmp_path / "a.tif", 203, 90, [strip], bits=1, photometric=1, compression=34661, extra={266: (3, fill)})
    (tmp_path / "b.pbm").write_bytes(program("jbgtopbm", tmp_path / "a.jbg"))
    judged = np.asarray(Image.open(tmp_path / "b.pbm"))
    assert np.array_equal(judged, ~array)
    # A 1 in JBIG is a black pixel of PBM, and the value 1 in TIFF.
    check_all_ways(tmp_path / "a.tif", np.where(judged, 0, 255).astype(np.uint8))
    for broken in (data[:-2], data[:len(data) // 2], data[:4] + b"\0\1\0\0" + data[8:],
                   data[:8] + b"\0\0\xff\xff" + data[12:], data[:19]):
        strip = reverse_bits(broken) if fill == 1 else broken
        make(tmp_path / "a.tif", 203, 90, [strip], bits=1, compression=34661, extra={266: (3, fill)})
        assert damage(tmp_path / "a.tif").row == 0


def test_jbig_of_libtiff_is_read(tmp_path):
    array = picture(90, 203, 1, 255) > 120
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="minisblack", metadata=None)
    program("tiffcp", "-c", "jbig", tmp_path / "a.tif", tmp_path / "b.tif")
    check_all_ways(tmp_path / "b.tif", array.astype(np.uint8) * 255)


# MARK: CCITT

@pytest.mark.parametrize("options", ["g3", "g3:1d", "g3:2d", "g3:2d:fill", "g4"])
def test_fax_of_libtiff_is_read(tmp_path, options):
    array = picture(90, 203, 1, 255) > 120
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="miniswhite", metadata=None, rowsperstrip=90)
    program("tiffcp", "-c", options, tmp_path / "a.tif", tmp_path / "b.tif")
    check_all_ways(tmp_path / "b.tif", 255 - array.astype(np.uint8) * 255)


def test_word_aligned_fax_is_read(tmp_path):
    array = picture(90, 203, 1, 255) > 120
    Image.fromarray(array).save(tmp_path / "a.tif", compression="tiff_raw_16")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert file.pages[0].compression == 32771
    check_all_ways(tmp_path / "a.tif", array.astype(np.uint8) * 255)
