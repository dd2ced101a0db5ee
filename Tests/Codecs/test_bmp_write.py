"""Written BMP files. They equal OpenCV's files if OpenCV writes the kind; else Pillow reads them."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from library import CodecError, Reader, Writer, read, write


def image(channels, height=97, width=133):
    pixels = np.random.default_rng(channels).integers(0, 256, (height, width, channels), np.uint8)
    return pixels[..., 0] if channels == 1 else pixels


@pytest.mark.parametrize("size", [(97, 133), (1, 1), (2, 2), (5, 3), (1, 4000), (4000, 1), (700, 1200)])
@pytest.mark.parametrize("channels", [1, 3])
def test_files_equal_those_of_opencv(tmp_path, channels, size):
    pixels = image(channels, *size)
    path = tmp_path / "out.bmp"
    for rows in (1, 7, 4000):
        assert write(path, "bmp", pixels, rows=rows) == []
        assert path.read_bytes() == cv2.imencode(".bmp", pixels)[1].tobytes()
    found, notes = read(path)
    assert np.array_equal(found, pixels) and notes == []


@pytest.mark.parametrize("size", [(97, 133), (1, 1), (700, 1200)])
@pytest.mark.parametrize("is_gray_alpha", [False, True])
def test_alpha_is_written(tmp_path, size, is_gray_alpha):
    """OpenCV's own file of four channels has no alpha: OpenCV reads three channels from it."""
    pixels = image(4, *size)
    if is_gray_alpha:
        pixels[..., 1] = pixels[..., 2] = pixels[..., 0]
    path = tmp_path / "out.bmp"
    for rows in (1, 7, 4000):
        assert write(path, "bmp", pixels, rows=rows, is_gray_alpha=is_gray_alpha) == []
        with Image.open(path) as judged:
            assert judged.mode == "RGBA" and np.array_equal(np.array(judged)[..., [2, 1, 0, 3]], pixels)
    assert np.array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), pixels)
    found, notes = read(path)
    assert np.array_equal(found, pixels) and notes == []


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_resolution_and_profile_are_written(tmp_path, channels):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels, path = image(channels), tmp_path / "out.bmp"
    write(path, "bmp", pixels, density=(600, 300, "inch"))
    with Image.open(path) as judged:
        assert judged.info["dpi"] == pytest.approx((600, 300), abs=0.01)
    write(path, "bmp", pixels, density=(600, 300, "inch"), blocks=[("icc", 0, 0, profile)])
    with Image.open(path) as judged:
        mode = {1: "L", 3: "RGB", 4: "RGBA"}[channels]
        assert judged.mode == mode and judged.info["dpi"] == pytest.approx((600, 300), abs=0.01)
        found = np.array(judged)
        assert np.array_equal(found if channels == 1 else found[..., [2, 1, 0, 3][:channels]], pixels)
    with Reader(path) as reader:
        density = reader.info.density
        assert reader.block("icc") == profile and (density.x, density.y, density.unit) == (600, 300, 1)
        assert np.array_equal(reader.all(), pixels)
        reader.finish()
        assert reader.notes == []
    content = path.read_bytes()
    assert content[70:74] == b"DEBM" and content.endswith(profile)


def test_unsupported_metadata_is_a_misuse(tmp_path):
    for options in ({"blocks": [("exif", 0, 0, b"II*\0")]}, {"blocks": [("png", 0, 0, b"")]}):
        with pytest.raises(CodecError) as error:
            write(tmp_path / "out.bmp", "bmp", image(3), **options)
        assert error.value.code == "misuse"
    with pytest.raises(CodecError) as error:
        Writer(tmp_path / "out.bmp", "bmp", 10, 10, 3, 16)
    assert error.value.code == "misuse"


@pytest.mark.parametrize("size", [(40000, 40000), (1 << 31, 1), (0xFFFFFFFF, 0xFFFFFFFF), (1, 0xFFFFFFFF)])
def test_files_beyond_4_gib_are_refused(tmp_path, size):
    """A file that cannot be finished is not begun."""
    with pytest.raises(CodecError) as error:
        Writer(tmp_path / "out.bmp", "bmp", *size, 3, 8)
    assert error.value.code == "unsupported" and "4 GiB" in error.value.reason
    assert (tmp_path / "out.bmp").stat().st_size == 0
