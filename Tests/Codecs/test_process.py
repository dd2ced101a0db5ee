"""Whole files through the real program: how pixels are turned, converted and laid over a background."""

import io
import struct

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from bmp_files import bmp
from icc_files import CMYK, GRAY
from matrix_files import GEO, insert, profile, profile_of, tiff_fields, tiff_with
from processing import EXTENSIONS, done, exiftool, failed, inverted, opencv, picture, process, tagged

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' \
      b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image"/></rdf:RDF></x:xmpmeta>'

#: How a viewer turns the stored pixels, for each EXIF orientation.
UPRIGHT = {1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
           5: lambda a: a.swapaxes(0, 1), 6: lambda a: a.swapaxes(0, 1)[:, ::-1],
           7: lambda a: a.swapaxes(0, 1)[::-1, ::-1], 8: lambda a: a.swapaxes(0, 1)[::-1]}

#: Files with EXIF in each place where programs put it, by their format and that place.
TURNED = ["jpeg first", "jpeg after others", "png before", "png behind", "webp", "tiff strips", "tiff tiles"]


def exif_block(orientation, order="<"):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "IHHHIHHI", 8, 1, 0x112, 3, 1, orientation, 0, 0)


def segment(marker, data):
    return struct.pack(">BBH", 255, marker, len(data) + 2) + data


def turned(kind, path, pixels, orientation):
    """Writes the file, and returns its stored pixels."""
    if kind.startswith("jpeg"):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "jpeg", quality=95)
        start, rest = file.getvalue()[:20], file.getvalue()[20:]
        exif = segment(0xE1, b"Exif\0\0" + exif_block(orientation, ">"))
        others = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP) + segment(0xFE, b"comment")
        path.write_bytes(start[:2] + exif + start[2:] + others + rest if kind.endswith("first") else
                         start + others + exif + rest)
    elif kind.startswith("png"):
        Image.fromarray(pixels).save(path)
        if kind.endswith("before"):
            insert(path, "eXIf", exif_block(orientation))
        else:
            file = path.read_bytes()
            made = insert(path, "eXIf", exif_block(orientation)).read_bytes()
            path.write_bytes(file[:-12] + made[33:33 + len(made) - len(file)] + file[-12:])
    elif kind == "webp":
        Image.fromarray(pixels).save(path, lossless=True, exif=exif_block(orientation))
    else:
        tile = (16, 16) if kind.endswith("tiles") else None
        tifffile.imwrite(path, pixels, photometric="rgb", metadata=None, software=False, tile=tile,
                         extratags=[(274, 3, 1, orientation, True)])
    with Image.open(path) as image:
        return np.asarray(image) if not kind.startswith("tiff") else pixels


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", TURNED)
def test_orientation_is_applied_and_reset(tmp_path, kind, orientation):
    extension = EXTENSIONS[kind.split()[0]]
    stored = turned(kind, tmp_path / f"source.{extension}", picture(40, 56), orientation)
    for target in ("png", extension):
        result = tmp_path / f"result.{target}"
        done(tmp_path / f"source.{extension}", result)
        expected = UPRIGHT[orientation](stored)
        pixels = inverted(opencv(result))
        if target == "jpg":
            assert pixels.shape == expected.shape and np.abs(pixels.astype(int) - expected).mean() < 3
        else:
            assert np.array_equal(pixels, expected)
        tags = exiftool(result, arguments=["-Orientation", "-ExifImageWidth", "-ImageWidth"])[0]
        assert tags.get("IFD0:Orientation", 1) == 1


def test_sizes_in_exif_are_those_of_the_upright_image(tmp_path):
    source = tmp_path / "source.jpg"
    Image.fromarray(picture(40, 56)).save(source)
    tagged(source, "-Orientation#=6", "-ExifImageWidth=56", "-ExifImageHeight=40")
    done(source, tmp_path / "result.jpg")
    tags = exiftool(tmp_path / "result.jpg")[0]
    assert (tags["ExifIFD:ExifImageWidth"], tags["ExifIFD:ExifImageHeight"]) == (40, 56)
    assert (tags["File:ImageWidth"], tags["File:ImageHeight"]) == (40, 56)


def test_turned_images_lose_their_position_on_the_ground(tmp_path):
    source = tmp_path / "source.tif"
    tiff_with(source, *GEO, (42113, 2, 0, "-9999"), (274, 3, 1, 6))
    outcome = done(source, tmp_path / "result.tif")
    assert outcome.notes == ["the GeoTIFF data was left out: the image was turned"]
    assert "IFD0:PixelScale" not in exiftool(outcome.path)[0]
    # The value of pixels without a measurement does not depend on the orientation.
    assert tiff_fields(outcome.path, 42113) == ["-9999"]


# MARK: Colors


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("source, target", [("png", "tiff"), ("tiff", "png"), ("tiff", "tiff"), ("png", "png")])
def test_lossless_formats_keep_every_pixel(tmp_path, source, target, channels, dtype):
    pixels = picture(channels=channels, dtype=dtype)
    path = tmp_path / f"source.{EXTENSIONS[source]}"
    if source == "tiff":
        tifffile.imwrite(path, pixels, photometric="minisblack" if channels == 1 else "rgb", metadata=None,
                         software=False, extrasamples=["unassalpha"] if channels == 4 else None)
    else:
        cv2.imwrite(str(path), pixels if channels == 1 else pixels[..., [2, 1, 0, 3][:channels]])
    outcome = done(path, tmp_path / f"result.{EXTENSIONS[target]}")
    if target == "tiff":
        result = tifffile.imread(outcome.path)
    else:
        result = opencv(outcome.path)
    assert result.dtype == dtype and np.array_equal(inverted(result), pixels)
    assert not outcome.notes


@pytest.mark.parametrize("target", ["png", "tiff", "bmp", "webp"])
@pytest.mark.parametrize("source", ["jpeg", "tiff"])
@pytest.mark.parametrize("has_profile", [True, False])
def test_cmyk_becomes_srgb(tmp_path, source, target, has_profile):
    """The result is that of Pillow's littlecms, or of Adobe's convention."""
    inks = picture(channels=4)
    path = tmp_path / f"source.{EXTENSIONS[source]}"
    options = {"icc_profile": CMYK} if has_profile else {}
    Image.fromarray(inks, "CMYK").save(path, **options, **({"quality": 95} if source == "jpeg" else {}))
    outcome = done(path, tmp_path / f"result.{EXTENSIONS[target]}")
    assert outcome.says("CMYK", "sRGB" if source == "jpeg" or has_profile else "converted")
    with Image.open(path) as image:
        if has_profile:
            expected = ImageCms.profileToProfile(
                image, io.BytesIO(CMYK), ImageCms.createProfile("sRGB"), outputMode="RGB",
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, flags=ImageCms.Flags.BLACKPOINTCOMPENSATION)
            expected = np.asarray(expected).astype(int)
        else:
            stored = np.asarray(image).astype(int)
            expected = (255 - stored[..., :3]) * (255 - stored[..., 3:]) / 255
    assert np.abs(inverted(opencv(outcome.path)) - expected).max() <= 1.5
    with Image.open(outcome.path) as image:
        kept = image.info.get("icc_profile")
    assert kept is None or kept[16:20] == b"RGB "


@pytest.mark.parametrize("target", list(EXTENSIONS))
def test_a_gray_profile_is_kept_if_gray_is_stored(tmp_path, target):
    source = tmp_path / "source.png"
    Image.fromarray(picture(channels=1)).save(source, icc_profile=GRAY)
    outcome = done(source, tmp_path / f"result.{EXTENSIONS[target]}")
    assert profile_fits(outcome.path)
    if target in ("webp", "bmp"):
        assert outcome.notes == ["the gray profile became a color profile with the same tone curve"]
    else:
        assert Image.open(outcome.path).info["icc_profile"] == GRAY and not outcome.notes


@pytest.mark.parametrize("target", list(EXTENSIONS))
def test_a_color_profile_fits_a_result_that_became_gray(tmp_path, target):
    source = tmp_path / "source.png"
    Image.fromarray(picture()).save(source, icc_profile=profile("test"))
    outcome = done(source, tmp_path / f"result.{EXTENSIONS[target]}", transforms="grayscale")
    assert profile_fits(outcome.path)
    # If gray is stored as colors, the color profile stays right.
    assert outcome.says("gray profile with the same tone curve") == (target not in ("webp", "bmp"))


@pytest.mark.parametrize("source", ["png", "tiff"])
@pytest.mark.parametrize("target", ["png", "tiff"])
@pytest.mark.parametrize("transforms, bands", [("invert", 2), ("sepia", 4)])
def test_gray_with_alpha_is_converted(tmp_path, source, target, transforms, bands):
    pixels = np.stack([picture(channels=1), picture(channels=1, seed=5)], 2)
    path = tmp_path / f"source.{EXTENSIONS[source]}"
    Image.fromarray(pixels, "LA").save(path, icc_profile=GRAY)
    outcome = done(path, tmp_path / f"result.{EXTENSIONS[target]}", transforms=transforms)
    with Image.open(outcome.path) as image:
        assert len(image.getbands()) == bands
        assert np.array_equal(np.asarray(image)[..., -1], pixels[..., 1])
        if bands == 2:
            assert np.array_equal(inverted(np.asarray(image)), pixels)
            assert image.info["icc_profile"] == GRAY and not outcome.notes
        else:
            assert outcome.says("gray profile became a color profile with the same tone curve")
            assert image.info["icc_profile"][16:20] == b"RGB "
    if target == "tiff":
        with tifffile.TiffFile(outcome.path) as file:
            assert [int(kind) for kind in file.pages[0].extrasamples] == [2]


def profile_fits(path):
    """Whether a color management system accepts the profile for the pixels as the file stores them."""
    icc = profile_of(path)
    with Image.open(path) as image:
        is_gray = image.mode in ("L", "LA", "I;16") and path.suffix not in (".bmp", ".webp")
    return not icc or icc[16:20] == (b"GRAY" if is_gray else b"RGB ")


# MARK: Alpha


# libwebp's encoder drops opaque alpha by itself.
@pytest.mark.parametrize("source", ["png", "tiff", "bmp"])
def test_opaque_alpha_is_dropped_for_jpeg(tmp_path, source):
    path = alpha_file(tmp_path, source, 255)
    outcome = done(path, tmp_path / "result.jpg")
    assert outcome.notes == ["alpha was left out: it is opaque everywhere, and JPEG has no alpha"]
    assert opencv(outcome.path).shape[2] == 3


@pytest.mark.parametrize("source", ["png", "tiff", "webp", "bmp"])
def test_transparent_pixels_need_a_background_in_jpeg(tmp_path, source):
    path = alpha_file(tmp_path, source, 100)
    assert "transparent at (0, 0)" in failed(path, tmp_path / "none.jpg")
    outcome = done(path, tmp_path / "result.jpg", "--background", "ff8000", "--subsampling", "444", "--quality", "100")
    assert outcome.notes == ["alpha was laid over the background ff8000"]
    colors = inverted(picture()).astype(float)
    expected = colors * 100 / 255 + np.array([255, 128, 0]) * 155 / 255
    assert np.abs(opencv(outcome.path) - expected).max() <= 5


def alpha_file(folder, format, alpha):
    pixels = np.dstack([picture(), np.full((48, 64), alpha, np.uint8)])
    path = folder / f"source.{EXTENSIONS[format]}"
    if format == "tiff":
        tifffile.imwrite(path, pixels, photometric="rgb", extrasamples=["unassalpha"], metadata=None, software=False)
    elif format == "bmp":
        rows = np.ascontiguousarray(pixels[::-1, :, [2, 1, 0, 3]]).tobytes()
        path.write_bytes(bmp(64, 48, 32, rows, compression=3, size=124, masks=(0xFF0000, 0xFF00, 0xFF, 0xFF000000),
                             header=b"BGRs"))
    else:
        Image.fromarray(pixels).save(path, **({"lossless": True, "exact": True} if format == "webp" else {}))
    return path


@pytest.mark.parametrize("source", ["png", "tiff", "webp", "bmp"])
@pytest.mark.parametrize("target", ["png", "tiff", "webp", "bmp"])
def test_alpha_passes_between_all_formats_that_have_it(tmp_path, source, target):
    path = alpha_file(tmp_path, source, 0)
    outcome = done(path, tmp_path / f"result.{EXTENSIONS[target]}")
    result = tifffile.imread(outcome.path) if target == "tiff" else np.asarray(Image.open(outcome.path))
    assert np.array_equal(inverted(result), np.dstack([picture(), np.zeros((48, 64), np.uint8)]))
    assert not outcome.notes


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_associated_alpha_is_read_and_written(tmp_path, dtype):
    top = np.iinfo(dtype).max
    straight, alpha = picture(dtype=dtype), picture(channels=1, seed=9, dtype=dtype)
    stored = np.rint(straight.astype(float) * alpha[..., None] / top).astype(dtype)
    tifffile.imwrite(tmp_path / "source.tif", np.dstack([stored, alpha]), photometric="rgb",
                     extrasamples=["assocalpha"],
                     metadata=None, software=False)
    done(tmp_path / "source.tif", tmp_path / "result.tif")
    with tifffile.TiffFile(tmp_path / "result.tif") as file:
        assert [int(kind) for kind in file.pages[0].extrasamples] == [1]
        result = file.asarray()
    assert np.array_equal(result[..., 3], alpha)
    divided = np.minimum(np.floor(stored.astype(float) * top / np.maximum(alpha, 1)[..., None] + 0.5), top)
    expected = np.rint((top - divided) * alpha[..., None] / top)
    assert np.abs(result[..., :3] - expected).max() <= 1
    done(tmp_path / "source.tif", tmp_path / "result.png")
    assert np.abs(opencv(tmp_path / "result.png")[..., :3] - (top - divided)).max() == 0


# MARK: Pages


def test_each_page_can_be_processed(tmp_path):
    source = tmp_path / "source.tif"
    pages = [picture(seed=seed) for seed in range(3)]
    with tifffile.TiffWriter(source) as file:
        for pixels in pages:
            file.write(pixels, photometric="rgb", metadata=None, software=False)
    outcome = done(source, tmp_path / "first.png")
    assert np.array_equal(inverted(opencv(outcome.path)), pages[0])
    assert outcome.says("3 images", "page 0")
    for number, pixels in enumerate(pages):
        outcome = done(source, tmp_path / f"{number}.png", "--page", number)
        assert np.array_equal(inverted(opencv(outcome.path)), pixels)
        assert outcome.says("3 images", f"page {number}")
    outcome = process(source, tmp_path / "none.png", "--page", 3)
    assert outcome.status == "failed" and "page 3 was asked for; the file has 3 images" in outcome.error


@pytest.mark.parametrize("source", ["jpeg", "png", "webp", "bmp"])
def test_other_formats_have_one_page(tmp_path, source):
    path = tmp_path / f"source.{EXTENSIONS[source]}"
    Image.fromarray(picture()).save(path)
    done(path, tmp_path / "first.png", "--page", 0)
    assert "page 1 was asked for" in failed(path, tmp_path / "second.png", "--page", 1)
