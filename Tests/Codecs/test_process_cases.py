"""The files in `cases`, each with its expected outcome, through the real program."""

import subprocess

import numpy as np
import pytest
import tifffile
from PIL import Image

from matrix_files import dots
from processing import EXTENSIONS, block, done, exiftool, failed, inverted, opencv, program

FORMATS = list(EXTENSIONS)


def orientation(path):
    return exiftool(path, arguments=["-Orientation"])[0].get("IFD0:Orientation", 1)


@pytest.mark.parametrize("name, expected", [
    ("turned-exif-after-xmp.jpg", "turned-exif-after-xmp"), ("turned-exif.png", "turned-exif"),
    ("turned-exif.webp", "turned-exif")])
@pytest.mark.parametrize("target", ["png", "tif", "webp", "jpg", "bmp"])
def test_turned_images_become_upright(cases, tmp_path, name, expected, target):
    result = tmp_path / f"result.{target}"
    done(cases / name, result)
    expected = opencv(cases / f"{expected}.expected.png")
    pixels = opencv(result)
    if target == "jpg":
        assert pixels.shape == expected.shape and np.abs(inverted(pixels).astype(int) - expected).mean() < 6
    elif name.endswith(".webp"):
        # The WebP file has the pixels of the PNG file after lossy compression.
        assert pixels.shape == expected.shape and np.abs(inverted(pixels).astype(int) - expected).mean() < 6
    else:
        assert np.array_equal(inverted(pixels), expected)
    assert orientation(result) == 1


@pytest.mark.parametrize("name", ["damaged-half.jpg", "damaged-lzw-strip.tif", "damaged-jpeg-tile.tif"])
@pytest.mark.parametrize("target", ["png", "tif"])
def test_damage_fails_with_the_first_damaged_row(cases, tmp_path, name, target):
    reason = failed(cases / name, tmp_path / f"result.{target}")
    height = Image.open(cases / name).height
    row = int(reason.rsplit(" ", 1)[1])
    assert "first damaged row is" in reason
    # The file's first tile is damaged.
    assert row == 0 if name == "damaged-jpeg-tile.tif" else 0 < row < height
    assert not list(tmp_path.iterdir())


def test_a_missing_end_marker_is_noted(cases, tmp_path):
    outcome = done(cases / "sound-without-end-marker.jpg", tmp_path / "result.png")
    assert np.array_equal(inverted(opencv(outcome.path)), opencv(cases / "sound-without-end-marker.expected.png"))
    assert outcome.notes == ["the end marker of the JPEG file is missing; all rows are there"]


@pytest.mark.parametrize("extension", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("target", FORMATS)
def test_the_profile_is_kept_byte_for_byte(cases, tmp_path, extension, target):
    source = cases / f"profile-adobe-rgb.{extension}"
    outcome = done(source, tmp_path / f"result.{EXTENSIONS[target]}")
    profile = block(source, "icc_profile")
    assert len(profile) > 400 and profile[36:40] == b"acsp"
    assert profile_of(outcome.path) == profile
    assert not outcome.notes


def profile_of(path):
    """The profile in a file. exiftool does not read it from BMP files, so the end of the header gives its offset."""
    if path.suffix != ".bmp":
        return block(path, "icc_profile")
    header = path.read_bytes()
    start, count = (int.from_bytes(header[at:at + 4], "little") for at in (14 + 112, 14 + 116))
    return header[14 + start:14 + start + count]


@pytest.mark.parametrize("extension", ["jpg", "png"])
@pytest.mark.parametrize("target", FORMATS)
def test_the_resolution_is_kept(cases, tmp_path, extension, target):
    outcome = done(cases / f"density-600dpi.{extension}", tmp_path / f"result.{EXTENSIONS[target]}")
    assert dots(outcome.path) == [600, 600]
    assert not outcome.notes


@pytest.mark.parametrize("target", FORMATS)
def test_gamma_is_kept_or_noted(cases, tmp_path, target):
    outcome = done(cases / "gamma-linear.png", tmp_path / f"result.{EXTENSIONS[target]}")
    if target == "png":
        assert exiftool(outcome.path)[0]["PNG:Gamma"] == 1 and not outcome.notes
    else:
        assert outcome.says("gAMA", "left out")


def test_associated_alpha_is_divided_out(cases, tmp_path):
    source, expected = cases / "alpha-associated.tif", opencv(cases / "alpha-associated.straight.png").astype(int)
    done(source, tmp_path / "result.png")
    straight = inverted(opencv(tmp_path / "result.png")).astype(int)
    sure = expected[..., 3] >= 128
    assert np.array_equal(straight[..., 3], expected[..., 3])
    assert sure.any() and np.abs(straight - expected)[sure].max() <= 1


def test_associated_alpha_stays_associated_in_tiff(cases, tmp_path):
    done(cases / "alpha-associated.tif", tmp_path / "result.tif")
    with tifffile.TiffFile(tmp_path / "result.tif") as file:
        assert [int(kind) for kind in file.pages[0].extrasamples] == [1]
        stored = file.asarray().astype(int)
    expected = inverted(opencv(cases / "alpha-associated.straight.png")).astype(int)
    alpha = expected[..., 3:]
    assert np.array_equal(stored[..., 3:], alpha)
    assert np.abs(stored[..., :3] - expected[..., :3] * alpha / 255)[alpha[..., 0] >= 128].max() <= 1.5


@pytest.mark.parametrize("target", FORMATS)
def test_masks_and_overviews_are_left_out_with_a_note(cases, tmp_path, target):
    source = cases / "mask-cog.tif"
    outcome = done(source, tmp_path / f"result.{EXTENSIONS[target]}")
    assert "masks (1) and overviews (1) in the file were left out" in outcome.notes
    with tifffile.TiffFile(source) as file:
        expected = file.pages[0].asarray()
    if target == "jpeg":
        assert opencv(outcome.path).shape[:2] == expected.shape[:2]
    else:
        assert np.array_equal(inverted(opencv(outcome.path)), np.squeeze(expected))
    if target == "tiff":
        with tifffile.TiffFile(outcome.path) as file:
            assert len(file.pages) == 1


def test_the_error_goes_to_standard_output_once(cases, tmp_path):
    """Messages of the libraries are not printed as lines of their own."""
    ended = subprocess.run([program(), "process", cases / "damaged-half.jpg", tmp_path / "result.png", "--transforms",
                            "invert", "--json"], capture_output=True, text=True)
    assert ended.returncode == 1
    assert len(ended.stdout.splitlines()) == 1
    for word in ("libjpeg", "Corrupt", "Premature", "TIFF"):
        assert word not in ended.stderr
