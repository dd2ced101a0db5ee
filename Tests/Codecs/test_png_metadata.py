"""Metadata of PNG files is kept. It is read from files that exiftool and Pillow made, and both read it from our
files."""

import json
import struct
import subprocess
import zlib
from functools import cache

import pytest
from PIL import Image, ImageCms

from library import Reader, write
from png_files import chunk, pixels, png, samples

EXIF = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' \
      b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image/png"/></rdf:RDF></x:xmpmeta>'
IPTC = b"\x1c\x02\x50\0\x06Author\x1c\x02\x78\0\x07Caption"


@cache
def profile():
    """Made once, because it contains the time."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def saved(tmp_path, content):
    path = tmp_path / "file.png"
    path.write_bytes(content)
    return path


def blocks_of(path):
    with Reader(path) as reader:
        reader.all()
        reader.finish()
        return reader.blocks, reader.notes, reader.info.orientation


def exiftool(path, *arguments):
    found = subprocess.run(["exiftool", "-j", "-G1", *arguments, path], check=True, capture_output=True, text=True)
    return json.loads(found.stdout)[0]


def tag(name):
    return struct.unpack(">I", name)[0]


def hexadecimal(name, data):
    lines = data.hex()
    return (b"\n%s\n%8d\n" % (name, len(data)) + b"\n".join(
        lines[at:at + 72].encode() for at in range(0, len(lines), 72)) + b"\n")


VALUES = samples(20, 30, 8, 2)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
def test_exif_is_read_and_written(tmp_path, interlaced, behind, prefix):
    """EXIF may be before or behind the pixels. In both cases the orientation is known before the first row."""
    block = chunk(b"eXIf", prefix + EXIF)
    path = saved(tmp_path, png(VALUES, 8, 2, interlaced, **{"after" if behind else "before": block}))
    with Reader(path) as reader:
        assert reader.info.orientation == 6
    assert blocks_of(path) == ([("exif", 0, 0, EXIF)], [], 6)


def test_a_profile_is_kept_byte_for_byte(tmp_path):
    """This includes a profile that libpng refuses. libpng compares profiles with known sRGB profiles and checks many of
    their fields.
    """
    odd = bytearray(profile())
    odd[12:16] = b"abcd"
    odd[64:68] = struct.pack(">I", 77)
    for data in (profile(), bytes(odd)):
        path = saved(tmp_path, png(VALUES, 8, 2, before=chunk(b"iCCP", b"any name\0\0" + zlib.compress(data))))
        assert blocks_of(path) == ([("icc", 0, 0, data)], [], 1)
    longer = profile() + b"more"
    path = saved(tmp_path, png(VALUES, 8, 2, before=chunk(b"iCCP", b"any name\0\0" + zlib.compress(longer))))
    assert blocks_of(path)[0] == [("icc", 0, 0, longer)] and "says that it has" in blocks_of(path)[1][0]
    twice = chunk(b"iCCP", b"any name\0\0" + zlib.compress(profile())) * 2
    assert blocks_of(saved(tmp_path, png(VALUES, 8, 2, before=twice)))[1] == ["a second ICC profile was left out"]


def test_xmp_is_read(tmp_path):
    for text in (b"\0\0\0\0" + XMP, b"\0\0en\0Metadata\0" + XMP, b"\1\0\0\0" + zlib.compress(XMP)):
        block = chunk(b"iTXt", b"XML:com.adobe.xmp\0" + text)
        for where in ("before", "after"):
            assert blocks_of(saved(tmp_path, png(VALUES, 8, 2, **{where: block})))[:2] == ([("xmp", 0, 0, XMP)], [])


@pytest.mark.parametrize("name,data,expected", [
    (b"exif", EXIF, ("exif", 0, 0, EXIF)),
    (b"exif", b"Exif\0\0" + EXIF, ("exif", 0, 0, EXIF)),
    (b"APP1", b"Exif\0\0" + EXIF, ("exif", 0, 0, EXIF)),
    (b"APP1", b"http://ns.adobe.com/xap/1.0/\0" + XMP, ("xmp", 0, 0, XMP)),
    (b"xmp", XMP, ("xmp", 0, 0, XMP)),
    (b"icc", None, ("icc", 0, 0, None)),
    (b"iptc", IPTC, ("iptc", 0, 0, IPTC)),
    (b"iptc", b"8BIM\x04\x04\0\0" + struct.pack(">I", len(IPTC)) + IPTC + b"\0", ("iptc", 0, 0, IPTC)),
    (b"8bim", b"8BIM\x03\xed\x03abc\0\0\0\x03abc\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(IPTC)) + IPTC,
     ("iptc", 0, 0, IPTC)),
])
def test_blocks_in_raw_profile_texts_are_read(tmp_path, name, data, expected):
    if data is None:
        data, expected = profile(), ("icc", 0, 0, profile())
    text = hexadecimal(name, data)
    for block in (chunk(b"tEXt", b"Raw profile type " + name + b"\0" + text),
                  chunk(b"zTXt", b"Raw profile type " + name + b"\0\0" + zlib.compress(text))):
        for where in ("before", "after"):
            found, notes, orientation = blocks_of(saved(tmp_path, png(VALUES, 8, 2, **{where: block})))
            assert (found, notes) == ([expected], [])
            assert orientation == (6 if expected[0] == "exif" else 1)


def test_a_block_takes_precedence_over_a_text(tmp_path):
    other = EXIF.replace(b"\x06\0\0\0\0", b"\x03\0\0\0\0")
    text = chunk(b"tEXt", b"Raw profile type exif\0" + hexadecimal(b"exif", other))
    found, notes, orientation = blocks_of(saved(tmp_path, png(VALUES, 8, 2, before=text, after=chunk(b"eXIf", EXIF))))
    assert found == [("exif", 0, 0, EXIF)] and orientation == 6
    assert notes == ["the text 'Raw profile type exif' was left out: the file has another such block"]


def test_other_chunks_are_kept(tmp_path):
    kept = [(b"gAMA", b"\0\0\xb1\x8f"), (b"cHRM", points(*CHROMATICITIES)), (b"sRGB", b"\0"), (b"cICP", b"\x09\x10\0\1"),
            (b"mDCV", bytes(range(24))), (b"cLLI", bytes(range(8))),
            (b"tEXt", b"Title\0caf\xe9"), (b"zTXt", b"Comment\0\0" + zlib.compress(b"text")),
            (b"iTXt", "Author\0\0\0de\0Autor\0Jürgen".encode()), (b"tIME", b"\x07\xea\x0b\x1c\x10\0\0")]
    content = png(VALUES, 8, 2, before=b"".join(chunk(*entry) for entry in kept[:7]),
                  after=b"".join(chunk(*entry) for entry in kept[7:]))
    expected = [("png", tag(name), 0, data) for name, data in kept]
    path = saved(tmp_path, content)
    assert blocks_of(path)[:2] == (expected, [])
    # And back, in an allowed order.
    write(tmp_path / "out.png", "png", pixels(VALUES, 8, 2), blocks=expected)
    assert sorted(blocks_of(tmp_path / "out.png")[0]) == sorted(expected)
    with Image.open(tmp_path / "out.png") as image:
        assert image.text == {"Title": "caf\xe9", "Comment": "text", "Author": "Jürgen"}
        assert image.info["gamma"] == pytest.approx(0.45455) and image.info["srgb"] == 0
    names = [name for name, _ in chunks_of((tmp_path / "out.png").read_bytes())]
    assert names == ["IHDR", "cICP", "mDCV", "cLLI", "sRGB", "gAMA", "cHRM", "tEXt", "zTXt", "iTXt", "tIME", "IDAT", "IEND"]
    assert exiftool_warnings(tmp_path / "out.png") == []


def chunks_of(content):
    at = 8
    while at < len(content):
        length, name = struct.unpack(">I4s", content[at:at + 8])
        yield name.decode(), content[at + 8:at + 8 + length]
        at += 12 + length


def exiftool_warnings(path):
    """The irregularities that exiftool finds, mainly in the order of chunks."""
    return [value for key, value in exiftool(path, "-validate", "-warning", "-a").items() if "Warning" in key]


def test_the_resolution_is_kept(tmp_path):
    for (x, y, unit), expected in [((23622, 23622, 1), (600, 600, 1)), ((2835, 11811, 1), (72, 300, 1)),
                                   ((23620, 23620, 1), (236.2, 236.2, 2)), ((4, 3, 0), (4, 3, 0))]:
        path = saved(tmp_path, png(VALUES, 8, 2, before=chunk(b"pHYs", struct.pack(">IIB", x, y, unit))))
        with Reader(path) as reader:
            density = reader.info.density
            assert (density.x, density.y, density.unit) == expected and reader.notes == []
            write(tmp_path / "out.png", "png", pixels(VALUES, 8, 2),
                  density=(density.x, density.y, ["none", "inch", "cm"][density.unit]))
        written = dict(chunks_of((tmp_path / "out.png").read_bytes())).get("pHYs")
        assert written == struct.pack(">IIB", x, y, unit)
    write(tmp_path / "out.png", "png", pixels(VALUES, 8, 2), density=(1.5, 1, "none"))
    assert dict(chunks_of((tmp_path / "out.png").read_bytes()))["pHYs"] == struct.pack(">IIB", 1500, 1000, 0)
    with Image.open(tmp_path / "out.png") as image:
        assert image.info["aspect"] == (1500, 1000)


@pytest.mark.parametrize("x, y, unit, expected, note", [
    (0, 0, 1, (0, 0, 0), "the chunk pHYs was left out: it says 0×0 pixels"),
    (0, 5, 0, (0, 0, 0), "the chunk pHYs was left out: it says 0×5 pixels"),
    (4, 3, 7, (4, 3, 0), "the chunk pHYs has the unknown unit 7: its numbers were kept as the pixels' aspect"),
    (0, 3, 7, (0, 0, 0), "the chunk pHYs was left out: it says 0×3 pixels")])
def test_impossible_densities_are_left_out(tmp_path, x, y, unit, expected, note):
    with Reader(saved(tmp_path, png(VALUES, 8, 2, before=chunk(b"pHYs", struct.pack(">IIB", x, y, unit))))) as reader:
        density = reader.info.density
        assert (density.x, density.y, density.unit) == expected and reader.notes == [note]
        assert reader.note_is_metadata(0)


CHROMATICITIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)


def points(*numbers):
    return struct.pack(">8I", *numbers)


@pytest.mark.parametrize("name, data, why", [
    (b"gAMA", bytes(4), "its gamma is 0"),
    (b"gAMA", b"\x80\0\0\0", "its gamma is 2147483648"),
    (b"cHRM", bytes(32), "no colors have these coordinates"),
    (b"cHRM", points(31270, 0, *CHROMATICITIES[2:]), "no colors have these coordinates"),
    (b"cHRM", points(31270, 32900, *[30000, 30000] * 3), "no colors have these coordinates"),
    (b"cHRM", points(31270, 32900, 2**31, *CHROMATICITIES[3:]), "no colors have these coordinates"),
    (b"sRGB", b"\x09", "there is no rendering intent 9")])
def test_impossible_color_chunks_are_left_out(tmp_path, name, data, why):
    for where in ("before", "after"):
        path = saved(tmp_path, png(VALUES, 8, 2, **{where: chunk(name, data)}))
        with Reader(path) as reader:
            assert reader.blocks == [] and reader.notes == [f"the chunk {name.decode()} was left out: {why}"]
            assert not reader.note_is_metadata(0)


@pytest.mark.parametrize("name, data", [
    (b"gAMA", struct.pack(">I", 1)), (b"gAMA", struct.pack(">I", 100000)), (b"cHRM", points(*CHROMATICITIES)),
    (b"cHRM", points(34567, 35850, 73470, 26530, 0, 100000, 10, 0)), (b"sRGB", b"\3")])
def test_unusual_chunks_about_color_are_kept(tmp_path, name, data):
    found, notes, _ = blocks_of(saved(tmp_path, png(VALUES, 8, 2, before=chunk(name, data))))
    assert found == [("png", tag(name), 0, data)] and notes == []


def broken(name, data):
    """A chunk with a wrong checksum."""
    made = chunk(name, data)
    return made[:-1] + bytes([made[-1] ^ 1])


@pytest.mark.parametrize("chunks, is_metadata", [
    (broken(b"eXIf", EXIF), True), (broken(b"tEXt", b"Title\0words"), True), (broken(b"gAMA", bytes(4)), False),
    (chunk(b"pHYs", bytes(8)), True), (chunk(b"tIME", bytes(6)), True), (chunk(b"cHRM", bytes(31)), False),
    (chunk(b"tIME", bytes(7)) * 2, True), (chunk(b"gAMA", bytes(4)) * 2, False),
    (chunk(b"zTXt", b"Raw profile type exif\0\0no stream"), True), (chunk(b"iCCP", b"Name\0\0no stream"), False)])
def test_notes_about_lost_chunks_tell_color_from_metadata(tmp_path, chunks, is_metadata):
    """A user who wants no metadata gets notes about lost color information only."""
    with Reader(saved(tmp_path, png(VALUES, 8, 2, before=chunks))) as reader:
        reader.all()
        reader.finish()
        assert len(reader.notes) == 1 and "left out" in reader.notes[0]
        assert reader.note_is_metadata(0) == is_metadata
