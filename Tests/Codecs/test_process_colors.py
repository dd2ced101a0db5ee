"""Profiles and color information of pixels that were converted to sRGB, and of colors that only EXIF describes;
through the real program, checked with exiftool."""

import pytest
import tifffile
from PIL import Image

from icc_files import ADOBE_RGB, CMYK, icc, table
from kind_files import LOG_NOTE, RGB, log_of
from matrix_files import profile_of, saved
from processing import EXTENSIONS, done, exiftool, picture, run, tagged

TARGETS = list(EXTENSIONS)
LAB_NOTE = "CIE L*a*b* colors were converted to sRGB"
LOST = "; the profile of the file was left out: it is not for the converted colors"
#: A profile for L*a*b*, as Photoshop writes it.
LAB = icc(b"Lab ", {b"A2B0": table(3, 2, lambda l, a, b: (l * 100, a * 255 - 128, b * 255 - 128))}, b"abst")


def lab(path, profile):
    tifffile.imwrite(path, RGB, photometric="cielab", metadata=None, software=False, iccprofile=profile)


def log(number):
    return lambda path, profile: log_of(number, {34675: (7, profile)} if profile else None)(path)


SOURCES = {"L*a*b*": (lab, LAB_NOTE), "LogLuv": (log(34676), LOG_NOTE), "LogLuv, 24 bits": (log(34677), LOG_NOTE)}


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """{path: note}, for files with an RGB profile, with an L*a*b* profile, and without any."""
    folder, files = tmp_path_factory.mktemp("converted"), {}
    for make, note in SOURCES.values():
        for profile in (ADOBE_RGB, LAB, None):
            path = folder / f"{len(files)}.tif"
            make(path, profile)
            files[path] = note + (LOST if profile else "")
            assert bool(profile) == ("ICC-header:ColorSpaceData" in exiftool(path)[0])
    return files


@pytest.mark.parametrize("policy", ["keep", "strip"])
@pytest.mark.parametrize("target", TARGETS)
def test_converted_colors_lose_the_profile(converted, tmp_path, target, policy):
    found = run(*converted, f"{tmp_path}/", "--format", target, "--transforms", "invert", "--metadata", policy)
    for path, note in converted.items():
        assert found[str(path)].notes == [note]
        assert b"acsp" not in found[str(path)].path.read_bytes()


CLAIMS = ["-IFD0:Make=Acme", "-ExifIFD:ColorSpace#=65535", "-InteropIndex=R03", "-ExifIFD:Gamma=2.2",
          "-IFD0:WhitePoint=0.3 0.3", "-XMP-tiff:PhotometricInterpretation#=5", "-XMP-tiff:BitsPerSample=8",
          "-XMP-tiff:SamplesPerPixel=4", "-XMP-exif:ColorSpace#=65535", "-XMP-photoshop:ICCProfileName=Coated",
          "-XMP-photoshop:ColorMode#=4", "-XMP-dc:Title=Titled"]
UNTRUE = ("InteropIFD:InteropIndex", "ExifIFD:Gamma", "IFD0:WhitePoint", "XMP-tiff:PhotometricInterpretation",
          "XMP-tiff:BitsPerSample", "XMP-tiff:SamplesPerPixel", "XMP-photoshop:ICCProfileName",
          "XMP-photoshop:ColorMode")


@pytest.mark.parametrize("target", [target for target in TARGETS if target != "bmp"])
def test_metadata_of_converted_colors_says_srgb(tmp_path, target):
    files = [tmp_path / name for name in ("inks.jpg", "press.tif", "lab.tif")]
    for path in files[:2]:
        Image.fromarray(picture(channels=4), "CMYK").save(path, icc_profile=CMYK)
    lab(files[2], ADOBE_RGB)
    found = run(*(tagged(path, *CLAIMS) for path in files), f"{tmp_path / 'results'}/", "--format", target,
                "--transforms", "invert")
    for before, after in zip(exiftool(*files), exiftool(*(found[str(path)].path for path in files))):
        assert all(name in before for name in UNTRUE)
        assert after["ExifIFD:ColorSpace"] == after["XMP-exif:ColorSpace"] == 1
        assert not [name for name in UNTRUE if name in after]
        assert after["IFD0:Make"] == "Acme" and after["XMP-dc:Title"] == "Titled"


ADOBE_NOTE = "the EXIF data said that colors are Adobe RGB; without it they may look different"


@pytest.fixture(scope="module")
def cameras(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cameras")
    return [tagged(saved(folder / f"{format}.{EXTENSIONS[format]}", **({"lossless": True} if format == "webp" else {})),
                   "-IFD0:Make=Acme", "-ExifIFD:ColorSpace#=65535", "-InteropIndex=R03")
            for format in ("jpeg", "png", "tiff", "webp")]


@pytest.mark.parametrize("policy", ["keep", "private", "strip"])
@pytest.mark.parametrize("target", TARGETS)
def test_the_loss_of_adobe_rgb_in_exif_is_noted(cameras, tmp_path, target, policy):
    found = run(*cameras, f"{tmp_path}/", "--format", target, "--transforms", "invert", "--metadata", policy)
    for outcome, tags in zip(found.values(), exiftool(*(outcome.path for outcome in found.values()))):
        if target == "bmp" or policy == "strip":
            assert outcome.says(ADOBE_NOTE) and "InteropIFD:InteropIndex" not in tags
        else:
            assert tags["InteropIFD:InteropIndex"] == "R03" and tags["ExifIFD:ColorSpace"] == 65535
            assert not outcome.notes


@pytest.mark.parametrize("claims", [["-ExifIFD:ColorSpace#=1", "-InteropIndex=R98"], ["-ExifIFD:ColorSpace#=65535"]])
def test_other_color_spaces_give_no_note(tmp_path, claims):
    path = tagged(saved(tmp_path / "source.jpg"), *claims)
    assert not done(path, tmp_path / "result.png", "--metadata", "strip").notes


def test_no_note_if_a_profile_says_adobe_rgb(tmp_path):
    path = tagged(saved(tmp_path / "source.jpg", icc_profile=ADOBE_RGB), "-ExifIFD:ColorSpace#=65535",
                  "-InteropIndex=R03")
    outcome = done(path, tmp_path / "result.png", "--metadata", "strip")
    assert not outcome.notes and profile_of(outcome.path) == ADOBE_RGB


def test_the_name_of_a_lost_profile_is_removed(tmp_path):
    """Colors become gray, so another profile replaces the color profile."""
    path = tagged(saved(tmp_path / "source.jpg", icc_profile=ADOBE_RGB), "-XMP-photoshop:ICCProfileName=Adobe RGB (1998)",
                  "-XMP-dc:Title=Titled")
    kept = exiftool(done(path, tmp_path / "kept.png").path)[0]
    assert kept["XMP-photoshop:ICCProfileName"] == "Adobe RGB (1998)"
    gray = exiftool(done(path, tmp_path / "gray.png", transforms="grayscale").path)[0]
    assert "XMP-photoshop:ICCProfileName" not in gray and gray["XMP-dc:Title"] == "Titled"
