"""Files of well-known formats that are not read are refused with their name and a remedy."""

import gzip
import zipfile

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from library import CodecError, read

PICTURE = np.random.default_rng(1).integers(0, 256, (24, 32, 3), np.uint8)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


def refusal(folder, content):
    path = folder / "file"
    path.write_bytes(content)
    with pytest.raises(CodecError) as error:
        read(path)
    assert error.value.code == "not an image"
    return error.value.reason


def saved(folder, kind):
    path = folder / f"picture.{kind}"
    Image.fromarray(PICTURE).save(path)
    return path.read_bytes()


def media(brand, *others):
    brands = brand + bytes(4) + b"".join(others)
    return (len(brands) + 8).to_bytes(4, "big") + b"ftyp" + brands + b"\0\0\0\x08mdat" + bytes(100)


@pytest.mark.parametrize("kind, name", [
    ("gif", "a GIF image"), ("pdf", "a PDF document"), ("eps", "a PostScript document"), ("ico", "an icon (ICO)"),
    ("ppm", "a PNM image"), ("jp2", "a JPEG 2000 image"), ("j2k", "a JPEG 2000 image"), ("dds", "a DirectDraw surface")])
def test_unsupported_files_of_pillow_are_named(tmp_path, kind, name):
    said = f"this is {name}, which is not supported; convert it to PNG, JPEG, TIFF or WebP"
    assert refusal(tmp_path, saved(tmp_path, kind)) == said


@pytest.mark.parametrize("coder, name", [
    ("avif_encode", "an AVIF image"), ("heif_encode", "a HEIC image"), ("jpegxl_encode", "a JPEG XL image"),
    ("jpegxr_encode", "a JPEG XR image"), ("qoi_encode", "a QOI image")])
def test_unsupported_files_of_imagecodecs_are_named(tmp_path, coder, name):
    try:
        content = getattr(imagecodecs, coder)(PICTURE)
    except Exception as error:
        pytest.skip(f"imagecodecs has no {coder}: {error}")
    assert refusal(tmp_path, content).startswith(f"this is {name}, which is not supported; convert it to ")


@pytest.mark.parametrize("content, name", [
    (media(b"heic", b"mif1", b"heic"), "a HEIC image"), (media(b"mif1", b"miaf", b"heic"), "a HEIC image"),
    (media(b"mif1", b"miaf", b"avif"), "an AVIF image"), (media(b"avis", b"msf1"), "an AVIF image"),
    (media(b"mif1", b"miaf"), "a HEIF image"), (media(b"crx ", b"isom"), "a camera raw file of Canon"),
    (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(99), "a JPEG XL image"), (b"\xff\x0a" + bytes(99), "a JPEG XL image"),
    (SVG.encode(), "an SVG drawing"), (b"\xef\xbb\xbf \n" + SVG.encode(), "an SVG drawing"),
    (b'<?xml version="1.0"?>\n<!-- drawn -->\n' + SVG.encode(), "an SVG drawing"),
    (b"FUJIFILMCCD-RAW 0201" + bytes(99), "a camera raw file of Fujifilm"),
    (b"IIRO\x08\0\0\0" + bytes(99), "a camera raw file of Olympus"),
    (b"IIU\0\x18\0\0\0" + bytes(99), "a camera raw file of Panasonic"),
    (b"8BPS\0\1" + bytes(99), "a Photoshop document"), (b"v/1\x01\2\0\0\0" + bytes(99), "an OpenEXR image"),
    (bytes(128) + b"DICM" + bytes(99), "a DICOM file"),
])
def test_unsupported_formats_are_named_by_their_first_bytes(tmp_path, content, name):
    assert refusal(tmp_path, content).startswith(f"this is {name}, which is not supported; convert it to ")


def test_files_without_images_are_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.png", b"x")
    ours = "and not a PNG, JPEG, BMP, TIFF or WebP file"
    assert refusal(tmp_path, (tmp_path / "a.zip").read_bytes()) == f"this is a ZIP archive, {ours}"
    assert refusal(tmp_path, gzip.compress(b"x" * 99)) == f"this is a file packed by gzip, {ours}"
    assert refusal(tmp_path, b"<!DOCTYPE html>\n<HTML><body>no") == f"this is an HTML page, {ours}"
    assert refusal(tmp_path, media(b"isom", b"mp41")) == f"this is a film (MP4 or QuickTime), {ours}"


def test_radiance_files_are_named(tmp_path):
    cv2.imwrite(str(tmp_path / "a.hdr"), PICTURE.astype(np.float32))
    assert refusal(tmp_path, (tmp_path / "a.hdr").read_bytes()).startswith("this is a Radiance image, ")


@pytest.mark.parametrize("content", [b"x", b"<", b"<a>", b"P", b"P9 ", b"\0\0\0\x08ftyp", b"random bytes" * 500,
                                     b"BM", b"II*", bytes(5000)])
def test_unknown_bytes_are_refused(tmp_path, content):
    assert refusal(tmp_path, content) == "not a PNG, JPEG, BMP, TIFF or WebP file"
