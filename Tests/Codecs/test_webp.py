"""Reading and writing WebP, compared with OpenCV, Pillow, dwebp, webpinfo and exiftool."""

import ctypes as c
import random

import numpy as np
import pytest
from PIL import Image

from library import CodecError, Reader, check, library, read
from webp_files import KINDS, RNG, by_pillow, opencv, picture


@pytest.fixture(params=KINDS)
def file(request, tmp_path):
    path = tmp_path / "file.webp"
    path.write_bytes(KINDS[request.param](tmp_path))
    return path


def test_pixels_equal_opencv(file, capfd):
    expected = opencv(file.read_bytes())
    pixels, notes = read(file)
    assert np.array_equal(pixels, expected) and not notes
    with Reader(file) as reader:
        info = reader.info
        assert (info.height, info.width, info.channels) == expected.shape and info.depth == 8
        assert info.needs_whole_buffer and info.needs_all_data and not info.has_regions and info.pages == 1
        assert info.color == (2 if b"VP8L" in file.read_bytes()[:40] else 4)
        assert info.alpha == (expected.shape[2] == 4)
    assert capfd.readouterr() == ("", "")


def test_progress_reports_complete_rows(tmp_path):
    path = tmp_path / "noise.webp"
    path.write_bytes(by_pillow(RNG.integers(0, 256, (600, 400, 3), np.uint8), quality=90))
    told = []
    with Reader(path) as reader:
        pixels = reader.all(lambda rows: told.append(rows))
    assert told == sorted(set(told)) and told[-1] == 600 and len(told) > 3
    assert np.array_equal(pixels, opencv(path.read_bytes()))
    with Reader(path) as reader, pytest.raises(CodecError) as failure:
        reader.all(lambda rows: 1)
    assert failure.value.code == "stopped"


def test_a_larger_stride_leaves_gaps_untouched(tmp_path):
    path = tmp_path / "file.webp"
    path.write_bytes(by_pillow(picture(), quality=80))
    with Reader(path) as reader:
        wide = reader.empty(101, 200)
        check(library().twc_reader_all(reader.handle, wide.ctypes.data_as(c.c_void_p), c.c_size_t(wide.strides[0]),
                                       None, None))
    assert np.array_equal(wide[:, :150], opencv(path.read_bytes())) and (wide[:, 150:] == 0xA5).all()


def test_truncation_is_detected_anywhere(file, capfd):
    data, cut = file.read_bytes(), file.with_suffix(".cut")
    expected = opencv(data)
    for index in range(50):
        length = index if index < 5 else len(data) * index // 50
        if length > 45 * len(data) // 50:
            length = len(data) - (50 - index)
        cut.write_bytes(data[:length])
        try:
            pixels, notes = read(cut)
        except CodecError as error:
            assert error.code in ("damaged", "not an image"), str(error)
            if error.row > 0:
                assert f"row {error.row} of {len(expected)}" in error.reason
        else:
            assert np.array_equal(pixels, expected) and notes, length
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", ["lossy", "lossy-alpha", "lossless", "lossless-alpha"])
def test_rows_before_the_damaged_one_are_right(kind, tmp_path):
    path = tmp_path / "cut.webp"
    data = {"lossy": lambda: by_pillow(picture(400, 700), quality=90),
            "lossy-alpha": lambda: by_pillow(picture(400, 700, 4), quality=90),
            "lossless": lambda: by_pillow(picture(400, 700), lossless=True),
            "lossless-alpha": lambda: by_pillow(picture(400, 700, 4), lossless=True, exact=True)}[kind]()
    expected = opencv(data)
    rows = set()
    for tenths in range(2, 10):
        path.write_bytes(data[:len(data) * tenths // 10])
        with Reader(path) as reader:
            pixels = reader.empty(700, 400)
            status = library().twc_reader_all(reader.handle, pixels.ctypes.data_as(c.c_void_p),
                                              c.c_size_t(pixels.strides[0]), None, None)
        assert status.code == 3 and 0 <= status.row < 700
        assert np.array_equal(pixels[:status.row], expected[:status.row])
        rows.add(status.row)
    assert max(rows) > 300


def test_sizes_are_limited(tmp_path):
    path = tmp_path / "file.webp"
    path.write_bytes(by_pillow(picture(), quality=80))
    for limits in ({"maximum_side": 149}, {"maximum_pixels": 150 * 101 - 1}):
        with pytest.raises(CodecError) as failure:
            Reader(path, **limits)
        assert failure.value.code == "unsupported" and "150×101" in failure.value.reason


def test_the_cases_are_read(cases):
    with Reader(cases / "turned-exif.webp") as reader:
        assert reader.info.orientation == 6
        assert np.array_equal(reader.all(), opencv((cases / "turned-exif.webp").read_bytes()))
    with Reader(cases / "profile-adobe-rgb.webp") as reader, Image.open(cases / "profile-adobe-rgb.webp") as image:
        assert reader.block("icc") == image.info["icc_profile"]


def test_damaged_files_never_crash(tmp_path, capfd):
    generator, path = random.Random(3), tmp_path / "damaged.webp"
    files = [KINDS[kind](tmp_path) for kind in ("lossy", "lossy-alpha", "lossless", "palette", "extended")]
    for _ in range(400):
        data = bytearray(generator.choice(files))
        for _ in range(generator.randint(1, 5)):
            data[generator.randrange(min(len(data), 2000))] = generator.randrange(256)
        path.write_bytes(data)
        try:
            read(path, maximum_pixels=1 << 20)
        except CodecError as error:
            assert error.code in ("damaged", "unsupported", "not an image"), str(error)
    assert capfd.readouterr() == ("", "")
