"""Arithmetic-coded JPEG data. It may end early, because encoders omit zeros at the end of a scan."""

import io
import subprocess

import numpy as np
import pytest
from PIL import Image

from test_jpeg import expected, needs_tools, picture
from test_jpeg_damage import attempt


def flat_bottom(height=600):
    pixels = np.full((height, 200, 3), 255, np.uint8)
    pixels[:64] = picture(200, 64)
    return Image.fromarray(pixels)


@needs_tools
@pytest.mark.parametrize("shade", [0, 128, 255])
def test_almost_empty_arithmetic_data_is_read(shade, tmp_path):
    file = io.BytesIO()
    Image.new("L", (6000, 6000), shade).save(file, "PPM")
    data = subprocess.run(["cjpeg", "-arithmetic"], input=file.getvalue(), stdout=subprocess.PIPE, check=True).stdout
    assert len(data) < 1000
    pixels, notes, error = attempt(tmp_path / "a.jpg", data)
    assert not error and (pixels == shade).all()


@needs_tools
@pytest.mark.parametrize("options", [[], ["-progressive"]])
def test_arithmetic_data_may_end_before_flat_rows(options, tmp_path):
    file = io.BytesIO()
    flat_bottom().save(file, "PPM")
    data = subprocess.run(["cjpeg", "-arithmetic", *options], input=file.getvalue(), stdout=subprocess.PIPE,
                          check=True).stdout
    pixels, notes, error = attempt(tmp_path / "a.jpg", data)
    assert not error and notes == [] and (pixels == expected(data)).all()


def arithmetic(pixels, *options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PPM")
    return subprocess.run(["cjpeg", "-arithmetic", *options], input=file.getvalue(), stdout=subprocess.PIPE,
                          check=True).stdout


@needs_tools
@pytest.mark.parametrize("options", [["-progressive"], ["-progressive", "-restart", "1"]])
def test_sound_arithmetic_data_has_no_note(options, tmp_path):
    """Encoders omit zeros at the end of a scan. The lowest bits of plain areas can be thousands of zeros."""
    random = np.random.default_rng(8)
    images = []
    for height in (100, 600):
        images.append(np.full((height, 200, 3), 255, np.uint8))
        images[-1][:64] = random.integers(0, 256, (64, 200, 3))
    for seed in range(60):
        height, width = random.integers(1, 60, 2)
        y, x = np.mgrid[0:height, 0:width]
        smooth = np.stack([(np.sin((x + seed) / 9) + np.cos(y / 7) + 2) * 60, x * 255 / width, y * 255 / height], 2)
        images.append(smooth.astype(np.uint8) if seed % 2 else random.integers(0, 256, smooth.shape, np.uint8))
    for index, image in enumerate(images):
        data = arithmetic(image, *options, "-quality", str(5 + index * 37 % 95))
        pixels, notes, error = attempt(tmp_path / "a.jpg", data)
        assert not error and notes == [] and (pixels == expected(data)).all(), index
