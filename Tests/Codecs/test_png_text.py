"""Text chunks of PNG files that hold other blocks of metadata, and what is private in a text."""

import ctypes as c
import struct
import zlib

import pytest

from library import library
from png_files import chunk, png
from test_png_metadata import EXIF, IPTC, VALUES, XMP, blocks_of, hexadecimal, saved, tag


def text(name, keyword, data, is_compressed=False):
    """The data of a text chunk of this kind."""
    if name == b"tEXt":
        return keyword + b"\0" + data
    if name == b"zTXt":
        return keyword + b"\0\0" + zlib.compress(data)
    return keyword + b"\0" + (b"\1\0de\0Wort\0" + zlib.compress(data) if is_compressed else b"\0\0de\0Wort\0" + data)


KINDS = [(b"tEXt", False), (b"zTXt", True), (b"iTXt", False), (b"iTXt", True)]


@pytest.mark.parametrize("name, is_compressed", KINDS)
@pytest.mark.parametrize("keyword, data, kind, expected", [
    (b"XML:com.adobe.xmp", XMP, "xmp", XMP), (b"Raw profile type exif", hexadecimal(b"exif", EXIF), "exif", EXIF),
    (b"Raw profile type xmp", hexadecimal(b"xmp", XMP), "xmp", XMP),
    (b"Raw profile type iptc", hexadecimal(b"iptc", IPTC), "iptc", IPTC)])
def test_blocks_in_every_kind_of_text(tmp_path, name, is_compressed, keyword, data, kind, expected):
    for where in ("before", "after"):
        path = saved(tmp_path, png(VALUES, 8, 2, **{where: chunk(name, text(name, keyword, data, is_compressed))}))
        found, notes, orientation = blocks_of(path)
        assert (found, notes) == ([(kind, 0, 0, expected)], []) and orientation == (6 if kind == "exif" else 1)


def resource(number, data):
    return b"8BIM" + struct.pack(">H", number) + b"\0\0" + struct.pack(">I", len(data)) + data + bytes(len(data) % 2)


@pytest.mark.parametrize("name", [b"8bim", b"iptc"])
def test_other_resources_of_photoshop_are_noted(tmp_path, name):
    iptc, url = resource(0x0404, IPTC), resource(0x040B, b"http://a.example")
    what = f"(the text 'Raw profile type {name.decode()}')"
    other = f"resources of Photoshop {what} other than IPTC were left out"
    for data, blocks, expected in [(iptc + url, [("iptc", 0, 0, IPTC)], [other]), (url, [], [other]),
                                   (iptc, [("iptc", 0, 0, IPTC)], []),
                                   (iptc[:-9], [], [f"damaged resources of Photoshop {what} were left out"])]:
        content = chunk(b"zTXt", text(b"zTXt", b"Raw profile type " + name, hexadecimal(name, data)))
        assert blocks_of(saved(tmp_path, png(VALUES, 8, 2, before=content)))[:2] == (blocks, expected)


def is_private(name, data):
    library().twc_png_text_is_private.restype = c.c_bool
    return library().twc_png_text_is_private(c.c_uint32(tag(name)), data, c.c_size_t(len(data)))


@pytest.mark.parametrize("name, is_compressed", KINDS)
@pytest.mark.parametrize("keyword, data, expected", [
    (b"GPSLatitude", b"48.5", True), (b"GPS Position", b"48.5", True), (b"Serial Number", b"S1", True),
    (b"camera_serial_number", b"S1", True), (b"Longitude", b"11", True), (b"Location", b"Here", True),
    (b"exif:Make", b"Acme", True), (b"Thumb::URI", b"file:///home/ann", True), (b"MakerNote", b"x", True),
    (b"Raw profile type generic", b"\nx\n1\n00", True), (b"raw profile type EXIF", b"\nx\n1\n00", True),
    (b"Comment", XMP, True), (b"Anything", b"x" * 999 + XMP, True),
    (b"Title", b"Serial numbers and GPS", False), (b"Author", b"Ann", False), (b"Copyright", b"Ann", False),
    (b"Comment", b"words", False), (b"Software", b"Nine", False), (b"Creation Time", b"2020", False)])
def test_private_texts(name, is_compressed, keyword, data, expected):
    assert is_private(name, text(name, keyword, data, is_compressed)) == expected


@pytest.mark.parametrize("name", [b"tEXt", b"zTXt", b"iTXt"])
def test_texts_that_are_cut_off_do_no_harm(name):
    whole = text(name, b"Comment", b"words" * 99, True)
    for count in range(len(whole)):
        is_private(name, whole[:count])
