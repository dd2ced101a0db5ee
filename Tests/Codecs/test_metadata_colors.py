"""Color information in EXIF and XMP, edited for pixels that were converted to sRGB; and whether EXIF declares Adobe
RGB. Checked with exiftool."""

import ctypes as c

import pytest
from PIL import Image

from library import library
from metadata_files import edit, exiftool, tags, without
from test_exif import exif_of, tags_of_exif
from test_xmp import tags_of_xmp

COLORS = ["-IFD0:WhitePoint=0.3127 0.329", "-IFD0:PrimaryChromaticities=0.64 0.33 0.21 0.71 0.15 0.06",
          "-IFD0:YCbCrCoefficients=0.299 0.587 0.114", "-ExifIFD:Gamma=2.2"]


def camera(folder, order, *arguments):
    """A picture of a camera that writes this color information."""
    path = folder / "camera.jpg"
    Image.new("RGB", (64, 48)).save(path)
    exiftool("-q", "-overwrite_original", "-exifbyteorder=" + order, "-Make=Acme", "-ISO=200", *arguments, path)
    return path


@pytest.mark.parametrize("order", ["II", "MM"])
@pytest.mark.parametrize("is_private", [False, True])
def test_exif_of_converted_pixels_says_srgb(tmp_path, order, is_private):
    path = camera(tmp_path, order, "-ColorSpace#=65535", "-InteropIndex=R03", *COLORS)
    before = tags(path)
    after = tags_of_exif(edit("exif_edit", exif_of(path), is_private=is_private, is_converted_to_srgb=True), tmp_path)
    gone = ("InteropIFD:", "IFD0:WhitePoint", "IFD0:PrimaryChromaticities", "IFD0:YCbCrCoefficients", "ExifIFD:Gamma")
    assert all(any(name.startswith(start) for name in before) for start in gone)
    assert after == without(before, *gone) | {"ExifIFD:ColorSpace": 1}


def test_exif_of_unconverted_pixels_keeps_its_colors(tmp_path):
    path = camera(tmp_path, "II", "-ColorSpace#=65535", "-InteropIndex=R03", *COLORS)
    assert edit("exif_edit", exif_of(path)) == exif_of(path)


def test_a_missing_color_space_is_not_added(tmp_path):
    path = camera(tmp_path, "II", "-ColorSpace=")
    assert "ExifIFD:ColorSpace" not in tags_of_exif(
        edit("exif_edit", exif_of(path), is_converted_to_srgb=True), tmp_path)


@pytest.mark.parametrize("order", ["II", "MM"])
@pytest.mark.parametrize("said, expected", [
    (["-ColorSpace#=65535", "-InteropIndex=R03"], True), (["-ColorSpace#=2"], True),
    (["-ColorSpace#=65535", "-InteropIndex=R98"], False), (["-ColorSpace#=65535"], False),
    (["-ColorSpace#=1", "-InteropIndex=R98"], False), (["-ColorSpace=", "-InteropIndex=R03"], False), ([], False)])
def test_adobe_rgb_by_exif_alone_is_recognized(tmp_path, order, said, expected):
    block = exif_of(camera(tmp_path, order, *said))
    calls = library()
    calls.twc_exif_is_adobe_rgb.restype = c.c_bool
    assert calls.twc_exif_is_adobe_rgb(block, c.c_size_t(len(block))) == expected
    # A truncated block is read as far as it goes.
    for end in range(len(block)):
        assert calls.twc_exif_is_adobe_rgb(block[:end], c.c_size_t(end)) in (expected, False)


@pytest.fixture
def packet(tmp_path):
    path = tmp_path / "made.xmp"
    exiftool("-q", "-XMP-tiff:PhotometricInterpretation#=5", "-XMP-tiff:BitsPerSample=8", "-XMP-tiff:SamplesPerPixel=4",
             "-XMP-tiff:Compression#=5", "-XMP-tiff:PlanarConfiguration#=1", "-XMP-exif:ColorSpace#=65535",
             "-XMP-exifEX:Gamma=2.2", "-XMP-photoshop:ICCProfileName=Coated", "-XMP-photoshop:ColorMode#=4",
             "-XMP-tiff:WhitePoint=0.3 0.3", "-XMP-dc:Title=Titled", "-XMP-tiff:Make=Acme", path)
    return path.read_bytes()


STRUCTURE = ("XMP-tiff:PhotometricInterpretation", "XMP-tiff:BitsPerSample", "XMP-tiff:SamplesPerPixel",
             "XMP-tiff:Compression", "XMP-tiff:PlanarConfiguration", "XMP-photoshop:ColorMode")


def test_xmp_loses_the_structure_of_the_source(packet, tmp_path):
    before = tags_of_xmp(packet, tmp_path)
    assert all(name in before for name in STRUCTURE)
    assert tags_of_xmp(edit("xmp_edit", packet), tmp_path) == without(before, *STRUCTURE)


def test_xmp_of_converted_pixels_says_srgb(packet, tmp_path):
    before = tags_of_xmp(packet, tmp_path)
    after = tags_of_xmp(edit("xmp_edit", packet, is_converted_to_srgb=True, loses_profile=True), tmp_path)
    gone = ("XMP-exifEX:Gamma", "XMP-tiff:WhitePoint", "XMP-photoshop:ICCProfileName")
    assert all(name in before for name in gone)
    assert after == without(before, *STRUCTURE, *gone) | {"XMP-exif:ColorSpace": 1}


def test_xmp_does_not_name_a_lost_profile(packet, tmp_path):
    after = tags_of_xmp(edit("xmp_edit", packet, loses_profile=True), tmp_path)
    assert "XMP-photoshop:ICCProfileName" not in after and after["XMP-exif:ColorSpace"] == 65535
