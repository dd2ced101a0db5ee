"""Gray images with profiles look the same if their results store colors. Compared by Pillow's own littlecms."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from icc_files import GRAYS
from matrix_files import profile_of
from processing import done, opencv

RAMP = np.tile(np.arange(256, dtype=np.uint8), (64, 1))
NOTE = "the gray profile became a color profile with the same tone curve"


def look(pixels, icc):
    """L*a*b* as 0 to 255."""
    image = Image.fromarray(pixels)
    convert = ImageCms.buildTransform(io.BytesIO(icc), ImageCms.createProfile("LAB"), image.mode, "LAB",
                                      ImageCms.Intent.RELATIVE_COLORIMETRIC)
    # With a and b as signed numbers, so that -1 and 1 are close.
    return np.asarray(ImageCms.applyTransform(image, convert)).astype(int) + (0, 128, 128) & 255


@pytest.mark.parametrize("name", GRAYS)
@pytest.mark.parametrize("target", ["webp", "bmp"])
def test_gray_stored_as_colors_looks_the_same(tmp_path, name, target):
    source = tmp_path / "source.png"
    Image.fromarray(RAMP).save(source, icc_profile=GRAYS[name])
    outcome = done(source, tmp_path / f"result.{target}", transforms="invert,invert")
    assert outcome.notes == [NOTE]
    with Image.open(outcome.path) as image:
        stored = np.asarray(image.convert("RGB"))
    assert np.abs(look(stored, profile_of(outcome.path)) - look(RAMP, GRAYS[name])).max() <= 1


@pytest.mark.parametrize("target", ["jpg", "png", "tif", "webp", "bmp"])
def test_gray_that_becomes_colors_has_a_profile_for_them(tmp_path, target):
    source = tmp_path / "source.tif"
    Image.fromarray(RAMP).save(source, icc_profile=GRAYS["dot gain"])
    outcome = done(source, tmp_path / f"result.{target}", transforms="sepia")
    assert outcome.notes == [NOTE] and opencv(outcome.path).ndim == 3
    grays = np.repeat(RAMP[..., None], 3, -1)
    assert np.abs(look(grays, profile_of(outcome.path)) - look(RAMP, GRAYS["dot gain"])).max() <= 1


def test_an_unusable_gray_profile_is_noted(tmp_path):
    source = tmp_path / "source.png"
    broken = bytearray(GRAYS["gamma 2.2"])
    broken[broken.index(b"kTRC")] = ord("x")
    Image.fromarray(RAMP).save(source, icc_profile=bytes(broken))
    outcome = done(source, tmp_path / "result.webp")
    assert outcome.notes == ["the gray profile was left out: no color profile can be made of it"]
    assert not profile_of(outcome.path)
