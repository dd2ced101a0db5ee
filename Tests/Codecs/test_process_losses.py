"""Losses in a result are noted, through the real program. Important notes are not lost when there are many."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from icc_files import ADOBE_RGB, CMYK
from matrix_files import aspect, insert, saved, with_aspect
from processing import EXTENSIONS, done, exiftool, inverted, opencv, picture, tagged
from test_exif import exif_block
from test_jpeg_late import late
from test_jpeg_metadata import exif, segment
from test_notes import comments, fields
from test_png_metadata import IPTC, hexadecimal

TARGETS = list(EXTENSIONS)


@pytest.mark.parametrize("policy", ["keep", "strip"])
def test_many_comments_do_not_hide_the_missing_end(tmp_path, policy):
    source = saved(tmp_path / "source.jpg")
    source.write_bytes(comments(20, source.read_bytes())[:-2])
    outcome = done(source, tmp_path / "result.png", "--metadata", policy)
    assert "the end marker of the JPEG file is missing; all rows are there" in outcome.notes
    assert outcome.says("comments were left out", "(20)") == (policy == "keep")


def test_thirty_fields_become_one_note(tmp_path):
    source = saved(tmp_path / "source.jpg", exif=b"Exif\0\0" + fields(30))
    outcome = done(source, tmp_path / "result.tif")
    assert outcome.says("EXIF fields 53248, 53249", "(30)", "left out")


@pytest.mark.parametrize("target", TARGETS)
def test_exif_behind_the_pixels_is_applied(tmp_path, target):
    source = saved(tmp_path / "source.jpg")
    expected = np.rot90(opencv(source), -1)
    source.write_bytes(late(source.read_bytes(), segment(1, exif(6))))
    outcome = done(source, tmp_path / f"result.{EXTENSIONS[target]}")
    pixels = inverted(opencv(outcome.path))
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).mean() < (6 if target == "jpeg" else 0.01)
    if target != "bmp":
        tags = exiftool(outcome.path)[0]
        assert tags["IFD0:ImageDescription"] == "described" and tags.get("IFD0:Orientation", 1) == 1


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", ["jpeg", "tiff"])
@pytest.mark.parametrize("policy", ["keep", "strip"])
def test_an_rgb_profile_of_inks_is_dropped(tmp_path, source, target, policy):
    """The pixels are sRGB, so the result must not have the profile."""
    path = tmp_path / f"source.{EXTENSIONS[source]}"
    Image.fromarray(picture(channels=4), "CMYK").save(path, icc_profile=ADOBE_RGB)
    outcome = done(path, tmp_path / f"result.{EXTENSIONS[target]}", "--metadata", policy)
    assert outcome.notes == ["CMYK colors were converted to sRGB by Adobe's convention; the profile of the file was "
                             "left out: it is not for CMYK"]
    assert b"acsp" not in outcome.path.read_bytes()


@pytest.mark.parametrize("source", ["jpeg", "tiff"])
def test_a_broken_profile_of_inks_is_noted_once(tmp_path, source):
    path = tmp_path / f"source.{EXTENSIONS[source]}"
    Image.fromarray(picture(channels=4), "CMYK").save(path, icc_profile=CMYK[:200] + bytes(len(CMYK) - 200))
    notes = done(path, tmp_path / "result.png").notes
    assert len(notes) == 1 and "the profile of the file was left out" in notes[0]


def test_a_cmyk_profile_of_colors_is_dropped(tmp_path):
    source = saved(tmp_path / "source.jpg", icc_profile=CMYK)
    outcome = done(source, tmp_path / "result.png")
    assert outcome.notes == ["the color profile was left out: it is not one for these pixels"]


@pytest.mark.parametrize("source", ["jpeg", "png", "tiff"])
@pytest.mark.parametrize("target", TARGETS)
def test_the_aspect_of_pixels_is_kept_or_noted(tmp_path, source, target):
    path = with_aspect(tmp_path / f"source.{EXTENSIONS[source]}", 2, 1)
    outcome = done(path, tmp_path / f"result.{EXTENSIONS[target]}")
    if target == "bmp":
        assert outcome.notes == ["the pixel aspect of 2:1 was left out: BMP has no place for it"]
    else:
        assert aspect(exiftool(outcome.path)[0]) == [2, 1] and not outcome.notes
    same = done(with_aspect(tmp_path / f"same.{EXTENSIONS[source]}", 1, 1), tmp_path / f"1.{EXTENSIONS[target]}")
    assert not same.notes


@pytest.mark.parametrize("target", ["jpeg", "png", "tiff", "webp"])
@pytest.mark.parametrize("source", ["jpeg", "png", "tiff"])
def test_white_point_and_primaries_are_kept(tmp_path, source, target):
    path = saved(tmp_path / f"source.{EXTENSIONS[source]}")
    tagged(path, "-IFD0:Make=Acme", "-IFD0:WhitePoint=0.3127 0.329",
           "-IFD0:PrimaryChromaticities=0.64 0.33 0.3 0.6 0.15 0.06")
    outcome = done(path, tmp_path / f"result.{EXTENSIONS[target]}")
    tags = exiftool(outcome.path)[0]
    for name, values in (("WhitePoint", (0.3127, 0.329)),
                         ("PrimaryChromaticities", (0.64, 0.33, 0.3, 0.6, 0.15, 0.06))):
        assert [float(number) for number in tags[f"IFD0:{name}"].split()] == pytest.approx(values, rel=1e-6)
    assert not outcome.notes


@pytest.mark.parametrize("target", ["jpeg", "png", "tiff"])
def test_a_preview_in_iptc_is_noted(tmp_path, target):
    records = IPTC + b"\x1c\x02\xca\0\4\xff\xd8\xff\xd9"
    source = insert(saved(tmp_path / "source.png"), "tEXt",
                    b"Raw profile type iptc\0" + hexadecimal(b"iptc", records))
    outcome = done(source, tmp_path / f"result.{EXTENSIONS[target]}")
    assert outcome.says("IPTC", "preview", "left out") and exiftool(outcome.path)[0]["IPTC:By-line"] == "Author"


@pytest.mark.parametrize("target", ["jpeg", "png", "tiff", "webp"])
def test_a_depth_map_in_xmp_is_noted(tmp_path, target):
    packet = (b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
              b'<rdf:Description rdf:about="" xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" '
              b'GDepth:Format="RangeInverse" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="kept"/></rdf:RDF>'
              b'</x:xmpmeta>')
    source = saved(tmp_path / "source.jpg", xmp=packet)
    outcome = done(source, tmp_path / f"result.{EXTENSIONS[target]}")
    assert outcome.says("XMP", "depth map", "GDepth", "left out")
    assert exiftool(outcome.path)[0]["XMP-dc:Source"] == "kept"


def test_photoshop_resources_in_a_raw_profile_are_noted(tmp_path):
    url = b"http://a.example"
    resource = b"8BIM\x04\x0b\0\0" + struct.pack(">I", len(url)) + url
    data = b"Raw profile type 8bim\0\0" + zlib.compress(hexadecimal(b"8bim", resource))
    outcome = done(insert(saved(tmp_path / "source.png"), "zTXt", data), tmp_path / "result.png")
    assert outcome.says("resources of Photoshop", "other than IPTC", "left out")


def test_blocks_inside_exif_are_noted(tmp_path):
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
    block = exif_block("<", [(0x10F, 2, 5, b"Acme\0"), (0x2BC, 1, len(packet), packet)])
    outcome = done(saved(tmp_path / "source.jpg", exif=b"Exif\0\0" + block), tmp_path / "result.png")
    assert outcome.says("EXIF", "blocks of other kinds in it were left out: XMP")
