"""The effect of each option on the result's file, and options that are refused beforehand."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from processing import EXTENSIONS, Refused, done, exiftool, inverted, opencv, picture, process, run, tagged


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "source.png"
    noisy = picture(200, 300).astype(int) + np.random.default_rng(2).integers(-3, 4, (200, 300, 3))
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(path)
    return path


def jpeg_facts(path):
    return exiftool(path, arguments=["-EncodingProcess", "-YCbCrSubSampling"])[0]


def test_jpeg_options_apply(source, tmp_path):
    plain = done(source, tmp_path / "plain.jpg").path
    facts = jpeg_facts(plain)
    assert (facts["File:EncodingProcess"], facts["File:YCbCrSubSampling"]) == (0, "2 2")
    full = done(source, tmp_path / "full.jpg", "--subsampling", "444").path
    assert jpeg_facts(full)["File:YCbCrSubSampling"] == "1 1"
    assert full.stat().st_size > plain.stat().st_size
    steps = done(source, tmp_path / "steps.jpg", "--progressive").path
    assert jpeg_facts(steps)["File:EncodingProcess"] == 2
    assert np.array_equal(opencv(steps), opencv(plain))


def test_jpeg_quality_orders_size_and_error(source, tmp_path):
    sizes, errors = [], []
    for quality in (1, 40, 95, 100):
        result = done(source, tmp_path / f"{quality}.jpg", "--quality", quality).path
        sizes.append(result.stat().st_size)
        errors.append(np.abs(inverted(opencv(result)).astype(int) - opencv(source)).mean())
    assert sizes == sorted(sizes) and errors == sorted(errors, reverse=True)


def test_webp_is_exact_without_a_quality(source, tmp_path):
    exact = done(source, tmp_path / "exact.webp").path
    assert np.array_equal(inverted(opencv(exact)), opencv(source)) and b"VP8L" in exact.read_bytes()[:40]
    lossy = done(source, tmp_path / "lossy.webp", "--quality", 50).path
    assert b"VP8 " in lossy.read_bytes()[:40] and lossy.stat().st_size < exact.stat().st_size / 2


def test_the_png_level_applies(tmp_path):
    source = tmp_path / "source.png"
    Image.fromarray(picture(200, 300)).save(source)
    fast, small = (done(source, tmp_path / f"{level}.png", "--level", level).path for level in (1, 9))
    assert small.stat().st_size < fast.stat().st_size
    assert fast.read_bytes() == done(source, tmp_path / "default.png").path.read_bytes()
    assert np.array_equal(opencv(small), opencv(fast))


@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize("compression, number", [
    (None, 5), ("lzw", 5), ("none", 1), ("deflate", 8), ("zstd", 50000), ("jpeg", 7)])
def test_tiff_options_apply(source, tmp_path, compression, number, tiled):
    options = (["--compression", compression] if compression else []) + (["--tiled"] if tiled else [])
    result = done(source, tmp_path / "result.tif", *options).path
    with tifffile.TiffFile(result) as file:
        page = file.pages[0]
        assert int(page.compression) in (number, 32946 if compression == "deflate" else number)
        assert page.is_tiled == tiled and (not tiled or (page.tilewidth, page.tilelength) == (512, 512))
        assert page.predictor == (2 if compression in (None, "lzw", "deflate", "zstd") else 1)
        pixels = page.asarray()
    expected = inverted(opencv(source)).astype(int)
    assert np.abs(pixels - expected).max() <= (60 if compression == "jpeg" else 0)


def test_a_pyramid_has_halved_images(source, tmp_path):
    large = tmp_path / "large.png"
    Image.fromarray(np.tile(picture(300, 400), (4, 4, 1))).save(large)
    result = done(large, tmp_path / "result.tif", "--pyramid").path
    with tifffile.TiffFile(result) as file:
        shapes = [page.shape[:2] for page in file.pages]
        assert shapes == [(1200, 1600), (600, 800), (300, 400)]
        assert all(page.is_tiled for page in file.pages) and all(page.is_reduced for page in file.pages[1:])
        whole, half = file.pages[0].asarray(), file.pages[1].asarray()
    assert np.array_equal(inverted(whole), opencv(large))
    mean = whole.reshape(600, 2, 800, 2, 3).mean(axis=(1, 3))
    assert np.abs(half - mean).max() <= 1
    # Our own result is read again. Its overviews are noted, and left out.
    assert done(result, tmp_path / "again.png").says("overviews in the file (2)")


def test_the_tiff_level_applies(source, tmp_path):
    sizes = [done(source, tmp_path / f"{level}.tif", "--compression", "deflate", "--level", level).path.stat().st_size
             for level in (1, 9)]
    assert sizes[1] < sizes[0]


#: Options, and the formats that have them, with further options that they need. Every other pair is refused.
OPTIONS = {
    ("--quality", "80"): {"jpeg", "webp"}, ("--background", "ffffff"): {"jpeg"}, ("--progressive",): {"jpeg"},
    ("--subsampling", "420"): {"jpeg"}, ("--level", "3"): {"png"}, ("--compression", "zstd"): {"tiff"},
    ("--tiled",): {"tiff"}, ("--pyramid",): {"tiff"}, ("--metadata", "strip"): set(EXTENSIONS),
    ("--quality", "80", "--compression", "jpeg"): {"tiff"}, ("--level", "3", "--compression", "deflate"): {"tiff"},
}


@pytest.mark.parametrize("target", EXTENSIONS)
@pytest.mark.parametrize("option", OPTIONS, ids=" ".join)
def test_no_option_is_ignored(source, tmp_path, option, target):
    result = tmp_path / f"result.{EXTENSIONS[target]}"
    if target in OPTIONS[option]:
        done(source, result, *option)
        return
    with pytest.raises(Refused, match=f"{option[0][2:]} is for .*; the result is {target}" if len(option) < 3
                       else "(compression|quality|level) is for "):
        process(source, result, *option)
    assert not result.exists()


def test_an_option_applies_to_the_results_that_have_it(source, tmp_path):
    photo = tmp_path / "photo.jpg"
    Image.fromarray(picture(200, 300)).save(photo, quality=95)
    results = tmp_path / "results"
    outcomes = run(photo, source, f"{results}/", "--transforms", "invert", "--quality", 10)
    assert [outcome.status for outcome in outcomes.values()] == ["done", "done"]
    assert (results / "photo.jpg").read_bytes() == done(photo, tmp_path / "a.jpg", "--quality", 10).path.read_bytes()
    assert (results / "source.png").read_bytes() == done(source, tmp_path / "a.png").path.read_bytes()
    with pytest.raises(Refused, match="level is for png and tiff with compression=deflate; the result is jpeg"):
        run(photo, f"{tmp_path}/others/", "--transforms", "invert", "--level", 9)
    assert not (tmp_path / "others").exists()


@pytest.mark.parametrize("options, words", [
    (["--metadata", "some"], "there are keep, private, strip"), (["--background", "red"], "six hexadecimal digits"),
    (["--subsampling", "422"], "there are 420, 444"), (["--level", "10"], "it takes 1 to 9"),
    (["--page", "-1"], ""), (["--compression", "zip"], "there are lzw, none, deflate, zstd, jpeg")])
def test_invalid_values_are_refused(source, tmp_path, options, words):
    try:
        outcome = process(source, tmp_path / "result.tif", *options)
        assert outcome.status == "failed" and words in outcome.error
    except Refused as refusal:
        assert words in str(refusal)


# MARK: Metadata


def camera(path):
    """A picture with everything that `private` removes."""
    thumbnail = path.with_name("thumbnail.jpg")
    Image.fromarray(picture(24, 32)).save(thumbnail)
    Image.fromarray(picture()).save(path, quality=95)
    return tagged(
        path, "-Make=Acme", "-Artist=Ann", "-ExifIFD:SerialNumber=S12345", "-ExifIFD:LensSerialNumber=L77",
        "-ExifIFD:OwnerName=Bob", "-GPSLatitude=48.5", "-GPSLatitudeRef=N", "-XMP-aux:SerialNumber=S12345",
        "-XMP-exif:GPSLatitude=48.5", "-XMP-dc:Title=Titled", "-IPTC:Headline=Headed", f"-ThumbnailImage<={thumbnail}")


SECRETS = {"S12345", "L77", "Bob", "48.5"}


@pytest.mark.parametrize("target", list(EXTENSIONS))
@pytest.mark.parametrize("policy", ["keep", "private", "strip"])
def test_each_metadata_policy_applies(tmp_path, policy, target):
    source = camera(tmp_path / "source.jpg")
    outcome = done(source, tmp_path / f"result.{EXTENSIONS[target]}", "--metadata", policy)
    tags = exiftool(outcome.path, arguments=["-all", "-ThumbnailImage"])[0]
    outside = ("System:", "SourceFile", "Composite:")
    values = {str(value) for name, value in tags.items() if not name.startswith(outside)}
    holds = target != "bmp"
    assert ("Acme" in values) == (holds and policy != "strip") == ("Titled" in values)
    assert ("Headed" in values) == (target in ("jpeg", "png", "tiff") and policy != "strip")
    assert SECRETS & values == (SECRETS if holds and policy == "keep" else set())
    # The thumbnail shows the image before the transforms.
    assert not [name for name in tags if "ThumbnailImage" in name]
    if policy == "strip":
        assert not outcome.notes
    elif not holds:
        assert outcome.says("EXIF") and outcome.says("XMP") and outcome.says("IPTC")


def test_strip_gives_no_notes_about_comments_and_programs_data(tmp_path):
    source = tmp_path / "source.jpg"
    Image.fromarray(picture()).save(source, comment=b"a comment")
    file = source.read_bytes()
    source.write_bytes(file[:2] + b"\xff\xec\x00\x08Ducky\0" + file[2:])
    outcome = done(source, tmp_path / "keep.png")
    assert outcome.says("comment") and outcome.says("APP12")
    assert not done(source, tmp_path / "strip.png", "--metadata", "strip").notes


def test_damage_is_noted_with_strip_too(tmp_path):
    source = tmp_path / "source.jpg"
    Image.fromarray(picture()).save(source)
    source.write_bytes(source.read_bytes()[:-2])
    assert done(source, tmp_path / "result.png", "--metadata", "strip").says("end marker", "missing")
