"""Text chunks of PNG files that hold other blocks of metadata, and which texts are private."""

import ctypes as c
import struct
import zlib

import pytest

from library import Reader, library
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
def test_blocks_in_every_kind_of_text_are_read(tmp_path, name, is_compressed, keyword, data, kind, expected):
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


DEFLATED = zlib.compress(b"many words " * 9)


@pytest.mark.parametrize("name, data, why", [
    (b"zTXt", b"Comment\0\0" + DEFLATED[:-5], "its compression is damaged"),
    (b"zTXt", b"Comment\0\0no stream", "its compression is damaged"),
    (b"zTXt", b"Comment\0\5" + DEFLATED, "there is no compression method 5"),
    (b"zTXt", b"Comment\0\0" + zlib.compress(b"a\0b"), "it has a zero byte in it"),
    (b"zTXt", b"Comment\0", "its chunk begins wrongly"),
    (b"iTXt", b"Comment\0\1\0\0\0" + DEFLATED[:-5], "its compression is damaged"),
    (b"iTXt", b"Comment\0\1\7\0\0" + DEFLATED, "there is no compression method 7"),
    (b"iTXt", b"Comment\0\2\0\0\0" + DEFLATED, "its compression flag is 2"),
    (b"iTXt", b"Comment\0\0\0\0\0caf\xe9", "it is not UTF-8"),
    (b"iTXt", b"Comment\0\0\0de\0caf\xe9\0words", "it is not UTF-8"),
    (b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(b"\xed\xa0\x80"), "it is not UTF-8"),
    (b"iTXt", b"Comment\0\0\0de", "its chunk begins wrongly"),
    (b"tEXt", b"Comment\0a\0b", "it has a zero byte in it")])
def test_invalid_texts_are_left_out(tmp_path, name, data, why):
    for where in ("before", "after"):
        path = saved(tmp_path, png(VALUES, 8, 2, **{where: chunk(name, data)}))
        with Reader(path) as reader:
            assert reader.blocks == [] and reader.notes == [f"the text 'Comment' was left out: {why}"]
            assert reader.note_is_metadata(0)


def test_keywords_in_notes_are_readable(tmp_path):
    path = saved(tmp_path, png(VALUES, 8, 2, before=chunk(b"tEXt", b"caf\xe9\n\0a\0b")))
    assert blocks_of(path)[1] == ["the text 'caf??' was left out: it has a zero byte in it"]


@pytest.mark.parametrize("name, data", [
    (b"tEXt", b"Comment\0"), (b"tEXt", b"Comment\0caf\xe9\x01"), (b"zTXt", b"Comment\0\0" + zlib.compress(b"caf\xe9")),
    (b"zTXt", b"Comment\0\0" + zlib.compress(b"")), (b"iTXt", b"Comment\0\0\0\0\0"),
    (b"iTXt", "Comment\0\0\0de\0Wörter\0𝔘𝔲 ﷽ \u07ff\uffff".encode()), (b"iTXt", b"Comment\0\0\7\0\0words"),
    (b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress("é".encode() * 99))])
def test_unusual_texts_are_kept(tmp_path, name, data):
    assert blocks_of(saved(tmp_path, png(VALUES, 8, 2, before=chunk(name, data))))[:2] == ([("png", tag(name), 0, data)], [])


def is_private(name, data):
    """None if the text is too long to be inspected."""
    return [False, True, None][library().twc_png_text_privacy(c.c_uint32(tag(name)), data, c.c_size_t(len(data)))]


@pytest.mark.parametrize("name, is_compressed", KINDS)
@pytest.mark.parametrize("keyword, data, expected", [
    (b"GPSLatitude", b"48.5", True), (b"GPS Position", b"48.5", True), (b"Serial Number", b"S1", True),
    (b"camera_serial_number", b"S1", True), (b"Longitude", b"11", True), (b"Location", b"Here", True),
    (b"exif:Make", b"Acme", True), (b"Thumb::URI", b"file:///home/ann", True), (b"MakerNote", b"x", True),
    (b"Raw profile type generic", b"\nx\n1\n00", True), (b"raw profile type EXIF", b"\nx\n1\n00", True),
    (b"Comment", XMP, True), (b"Anything", b"x" * 999 + XMP, True),
    (b"Owner", b"Ann", True), (b"Camera Owner", b"Ann", True), (b"cameraOwner", b"Ann", True), (b"OWNER", b"Ann", True),
    (b"OwnerID", b"7", True), (b"Position", b"48, 11", True), (b"geo", b"48, 11", True), (b"geo:lat", b"48", True),
    (b"geo:long", b"11", True), (b"Lat/Lon", b"48, 11", True), (b"Coordinates", b"48, 11", True),
    (b"City", b"Ulm", True), (b"CountryCode", b"DE", True), (b"Address1", b"Lane 1", True), (b"Place", b"Ulm", True),
    (b"Where", b"Ulm", True), (b"Comment", XMP.decode().encode("utf-16-le"), True),
    (b"Comment", XMP.decode().encode("utf-16-be"), True), (b"Comment", XMP.decode().encode("utf-32"), True),
    (b"Title", b"Serial numbers and GPS", False), (b"Author", b"Ann", False), (b"Copyright", b"Ann", False),
    (b"Title", b"The city where the owner has a place", False), (b"Replaced", b"yes", False),
    (b"Cityscape", b"yes", False), (b"Geometry", b"7x7", False), (b"Long description", b"words", False),
    (b"Placeholder", b"x", False), (b"Latent", b"x", False), (b"Copyright Owner", b"Ann", False),
    (b"Comment", b"words", False), (b"Software", b"Nine", False), (b"Creation Time", b"2020", False)])
def test_private_texts_are_recognized(name, is_compressed, keyword, data, expected):
    assert is_private(name, text(name, keyword, data, is_compressed)) == expected


@pytest.mark.parametrize("name, is_compressed", KINDS)
@pytest.mark.parametrize("before", [0, (64 << 10) - 5, 64 << 10, 200_000, 3 << 20])
@pytest.mark.parametrize("coding", ["utf-8", "utf-16-le", "utf-32-be"])
def test_xmp_is_found_anywhere_in_a_text(name, is_compressed, before, coding):
    data = b" " * before + XMP.decode().encode(coding)
    assert is_private(name, text(name, b"Comment", data, is_compressed)) is True
    assert is_private(name, text(name, b"Comment", b" " * before + b"words" * 20, is_compressed)) is False


@pytest.mark.parametrize("name, is_compressed", KINDS)
def test_too_long_texts_have_unknown_privacy(name, is_compressed):
    data = text(name, b"Comment", b" " * (5 << 20) + XMP, is_compressed)
    assert is_private(name, data) is (None if is_compressed else True)
    assert is_private(name, text(name, b"Owner", b" " * (5 << 20), is_compressed)) is True


@pytest.mark.parametrize("translated, expected", [
    (b"GPSLatitude 48.5", True), (b"Owner", True), (b"Breitengrad", False), (b"Title of the town hall", True),
    (b"Titel", False), (b"x" * 300 + b" Owner", True), (b"", False)])
@pytest.mark.parametrize("is_compressed", [False, True])
def test_the_translated_keyword_can_be_private(translated, expected, is_compressed):
    data = zlib.compress(b"words") if is_compressed else b"words"
    text = b"Title\0" + bytes([is_compressed]) + b"\0de\0" + translated + b"\0" + data
    assert is_private(b"iTXt", text) == expected


@pytest.mark.parametrize("name", [b"tEXt", b"zTXt", b"iTXt"])
def test_truncated_texts_are_harmless(name):
    whole = text(name, b"Comment", b"words" * 99, True)
    for count in range(len(whole)):
        assert is_private(name, whole[:count]) in (False, True)
