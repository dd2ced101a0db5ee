"""An image that is turned by 90° has its two resolutions exchanged, in every place that has them."""

import numpy as np
import pytest
from PIL import Image

from processing import EXTENSIONS, done, exiftool, picture, tagged

#: Dots an inch across and down, as stored.
ACROSS, DOWN = 300, 150
TURNED = (5, 6, 7, 8)


def source(kind, path, orientation, *more):
    Image.fromarray(picture(48, 64)).save(path, kind.upper(), **({"lossless": True} if kind == "webp" else {}))
    own = {"jpeg": [f"-JFIF:XResolution={ACROSS}", f"-JFIF:YResolution={DOWN}", "-JFIF:ResolutionUnit#=1"],
           "png": [f"-PNG-pHYs:PixelsPerUnitX={round(ACROSS / .0254)}", "-PNG-pHYs:PixelUnits#=1",
                   f"-PNG-pHYs:PixelsPerUnitY={round(DOWN / .0254)}"]}.get(kind, [])
    return tagged(
        path, f"-IFD0:XResolution={ACROSS}", f"-IFD0:YResolution={DOWN}", "-IFD0:ResolutionUnit#=2",
        f"-IFD0:Orientation#={orientation}", "-ExifIFD:FocalPlaneXResolution=2000",
        "-ExifIFD:FocalPlaneYResolution=1000", f"-XMP-tiff:XResolution={ACROSS}", f"-XMP-tiff:YResolution={DOWN}",
        *own, *more)


def said(path):
    """All pairs of resolutions, by their places."""
    facts = exiftool(path)[0]
    pairs = {"IFD0": ("IFD0:XResolution", "IFD0:YResolution"), "JFIF": ("JFIF:XResolution", "JFIF:YResolution"),
             "pHYs": ("PNG-pHYs:PixelsPerUnitX", "PNG-pHYs:PixelsPerUnitY"),
             "BMP": ("File:PixelsPerMeterX", "File:PixelsPerMeterY"),
             "focal plane": ("ExifIFD:FocalPlaneXResolution", "ExifIFD:FocalPlaneYResolution"),
             "XMP": ("XMP-tiff:XResolution", "XMP-tiff:YResolution")}
    return {place: (facts[x], facts[y]) for place, (x, y) in pairs.items() if x in facts or y in facts}


@pytest.mark.parametrize("result", EXTENSIONS)
@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff", "webp"])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_every_resolution_follows_the_turn(tmp_path, kind, result, orientation):
    path = source(kind, tmp_path / f"source.{EXTENSIONS[kind]}", orientation)
    pairs = said(done(path, tmp_path / f"result.{EXTENSIONS[result]}").path)
    places = {"jpeg": {"JFIF"}, "png": {"pHYs"}, "bmp": {"BMP"}}.get(result, set())
    described = {"IFD0", "focal plane", "XMP"} if result != "bmp" else set()
    assert set(pairs) == places | described
    for place, (x, y) in pairs.items():
        assert x / y == pytest.approx(0.5 if orientation in TURNED else 2, rel=1e-3), place
    if "IFD0" in pairs:
        assert set(pairs["IFD0"]) == {ACROSS, DOWN}


@pytest.mark.parametrize("orientation", TURNED)
def test_every_turn_by_90_degrees_swaps(tmp_path, orientation):
    path = source("jpeg", tmp_path / "source.jpg", orientation)
    assert said(done(path, tmp_path / "result.jpg").path)["IFD0"] == (DOWN, ACROSS)


@pytest.mark.parametrize("policy", ["keep", "private"])
def test_big_endian_and_private_blocks_follow_the_turn(tmp_path, policy):
    path = tmp_path / "source.jpg"
    Image.fromarray(picture(48, 64)).save(path)
    tagged(path, "-ExifByteOrder=MM", f"-IFD0:XResolution={ACROSS}", f"-IFD0:YResolution={DOWN}",
           "-IFD0:Orientation#=8")
    pairs = said(done(path, tmp_path / "result.jpg", "--metadata", policy).path)
    assert pairs["IFD0"] == (DOWN, ACROSS) and pairs["JFIF"] == (DOWN, ACROSS)


def test_a_single_resolution_moves_to_the_other_field(tmp_path):
    path = tmp_path / "source.jpg"
    Image.fromarray(picture(48, 64)).save(path)
    tagged(path, "-ExifIFD:FocalPlaneXResolution=2000", "-IFD0:Orientation#=6")
    pairs = exiftool(done(path, tmp_path / "result.jpg").path)[0]
    assert pairs["ExifIFD:FocalPlaneYResolution"] == 2000 and "ExifIFD:FocalPlaneXResolution" not in pairs


def test_equal_resolutions_stay_byte_for_byte(tmp_path):
    path = tmp_path / "source.jpg"
    Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(path, dpi=(72, 72))
    tagged(path, "-IFD0:XResolution=72", "-IFD0:YResolution=72", "-IFD0:Orientation#=6", "-IFD0:Artist=A")
    facts = exiftool(done(path, tmp_path / "result.jpg").path)[0]
    assert (facts["IFD0:XResolution"], facts["IFD0:YResolution"], facts["IFD0:Artist"]) == (72, 72, "A")
