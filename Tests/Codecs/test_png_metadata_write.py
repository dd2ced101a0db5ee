"""Metadata in written PNG files, checked with exiftool, pngcheck and Pillow."""

import struct
import subprocess

import pytest
from PIL import Image, PngImagePlugin

from library import CodecError, write
from png_files import pixels, pngcheck
from test_png_metadata import EXIF, IPTC, VALUES, XMP, blocks_of, exiftool, exiftool_warnings, profile, tag


def test_all_blocks_are_written(tmp_path):
    blocks = [("icc", 0, 0, profile()), ("exif", 0, 0, EXIF), ("xmp", 0, 0, XMP), ("iptc", 0, 0, IPTC)]
    path = tmp_path / "out.png"
    notes = write(path, "png", pixels(VALUES, 8, 2), blocks=blocks, density=(300, 300, "inch"))
    assert notes == []
    found, notes, orientation = blocks_of(path)
    assert sorted(found) == sorted(blocks) and notes == [] and orientation == 6
    with Image.open(path) as image:
        assert image.info["icc_profile"] == profile() and image.getexif()[274] == 6
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        assert image.info["xmp"] == XMP
    said = exiftool(path, "-n")
    assert said["IFD0:Orientation"] == 6 and said["XMP-dc:Format"] == "image/png"
    assert said["IPTC:By-line"] == "Author" and said["IPTC:Caption-Abstract"] == "Caption"
    assert said["ICC-header:ColorSpaceData"] == "RGB " and said["PNG-pHYs:PixelsPerUnitX"] == 11811
    assert exiftool_warnings(path) == [] and pngcheck(path) == ""
    icc = subprocess.run(["exiftool", "-b", "-ICC_Profile", path], check=True, capture_output=True).stdout
    assert icc == profile()


def test_blocks_of_exiftool_are_kept(tmp_path):
    """exiftool writes blocks into our file, and our reader reads them from it."""
    path = tmp_path / "out.png"
    write(path, "png", pixels(VALUES, 8, 2))
    subprocess.run(["exiftool", "-q", "-overwrite_original", "-IFD0:Orientation#=8", "-IPTC:By-line=Anna",
                    "-XMP:Title=Title", "-PNG:Comment=text", path], check=True)
    found, notes, orientation = blocks_of(path)
    kinds = {entry[0]: entry for entry in found}
    assert orientation == 8 and notes == []
    assert b"\x1c\x02\x50\0\x04Anna" in kinds["iptc"][3] and b"Title" in kinds["xmp"][3]
    assert kinds["png"][1] == tag(b"tEXt") and kinds["png"][3] == b"Comment\0text"
    # Our writer writes the blocks again.
    again = tmp_path / "again.png"
    write(again, "png", pixels(VALUES, 8, 2), blocks=found)
    said = exiftool(again, "-n")
    assert said["IPTC:By-line"] == "Anna" and said["XMP-dc:Title"] == "Title" and said["PNG:Comment"] == "text"
    assert said["IFD0:Orientation"] == 8


def test_texts_of_pillow_are_kept(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "one")
    info.add_text("Comment", "two" * 50, zip=True)
    info.add_itxt("Author", "Jürgen", lang="de", tkey="Autor", zip=True)
    Image.fromarray(pixels(VALUES, 8, 2)).save(tmp_path / "file.png", pnginfo=info, icc_profile=profile(), exif=EXIF)
    found, notes, orientation = blocks_of(tmp_path / "file.png")
    assert [entry[0] for entry in found].count("png") == 3 and orientation == 6 and notes == []
    write(tmp_path / "out.png", "png", pixels(VALUES, 8, 2), blocks=found)
    with Image.open(tmp_path / "out.png") as image:
        assert image.text == {"Title": "one", "Comment": "two" * 50, "Author": "Jürgen"}


def test_a_profile_replaces_the_chunk_srgb(tmp_path):
    notes = write(tmp_path / "out.png", "png", pixels(VALUES, 8, 2),
                  blocks=[("png", tag(b"sRGB"), 0, b"\0"), ("icc", 0, 0, profile())])
    assert notes == ["the chunk sRGB was left out, since the ICC profile takes its place"]
    assert [entry[0] for entry in blocks_of(tmp_path / "out.png")[0]] == ["icc"]


@pytest.mark.parametrize("block", [("tiff", 270, 2, b"text"), ("png", tag(b"IDAT"), 0, b""), ("png", 0, 0, b""),
                                   ("png", tag(b"gAMA"), 0, b"12345")])
def test_unsupported_blocks_are_a_misuse(tmp_path, block):
    with pytest.raises(CodecError) as error:
        write(tmp_path / "out.png", "png", pixels(VALUES, 8, 2), blocks=[block])
    assert error.value.code == "misuse"


def test_long_iptc_is_written(tmp_path):
    records = IPTC + b"\x1c\x02\x78" + struct.pack(">H", 30001) + bytes(range(97, 97 + 25)) * 1200 + b"x"
    write(tmp_path / "out.png", "png", pixels(VALUES, 8, 2), blocks=[("iptc", 0, 0, records)])
    assert blocks_of(tmp_path / "out.png")[0] == [("iptc", 0, 0, records)]
    assert len(exiftool(tmp_path / "out.png", "-a")["IPTC:Caption-Abstract"]) in (7, 30001)
