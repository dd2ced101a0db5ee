"""`--metadata private` through the real program. No secret is in the result, wherever the source has it."""

import struct
import zlib

import pytest
from PIL import Image

from matrix_files import insert, saved, tiff_with
from processing import EXTENSIONS, done, exiftool, tagged
from test_png_metadata import hexadecimal

SECRET = "S3CR3T"
XMP = ('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
       f'<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="{SECRET}" '
       f'xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#" geo:lat="{SECRET}" geo:long="{SECRET}" '
       f'xmlns:drone="http://www.dji.com/drone-dji/1.0/" drone:AbsoluteAltitude="{SECRET}" '
       f'xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" aux:LensSerialNumber="{SECRET}" '
       f'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="kept"/></rdf:RDF></x:xmpmeta>').encode()


def exif():
    block = Image.Exif()
    block[0x10F], block[0xC62F] = "Acme", SECRET
    block.get_ifd(0x8769).update({0xA431: SECRET, 0xA435: SECRET, 0x927C: SECRET.encode()})
    block.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 0.0), 0x1B: SECRET.encode()})
    return block.tobytes()


def text(name, keyword, data):
    if name == "tEXt":
        return keyword + b"\0" + data
    return keyword + (b"\0\0" if name == "zTXt" else b"\0\1\0\0\0") + zlib.compress(data)


def raw(kind, data):
    return f"Raw profile type {kind}".encode(), hexadecimal(kind.encode(), data)


TEXTS = {
    "XMP": (b"XML:com.adobe.xmp", XMP), "raw EXIF": raw("exif", exif()), "raw APP1": raw("APP1", exif()),
    "raw XMP": raw("xmp", XMP), "raw, unknown": raw("generic", XMP), "XMP by another name": (b"Comment", XMP),
    "position": (b"GPSLatitude", SECRET.encode()), "number": (b"Serial Number", SECRET.encode()),
    "ImageMagick": (b"exif:BodySerialNumber", SECRET.encode()), "owner": (b"Camera Owner", SECRET.encode()),
    "place": (b"City", SECRET.encode())}


def secrets_in(path):
    """Whether the secret is in the bytes of the file, or in anything that exiftool decodes."""
    said = exiftool(path, arguments=["-u", "-ee"])[0]
    words = [SECRET, SECRET.encode().hex(), XMP.hex()[:40]]
    decoded = [str(value) for name, value in said.items() if not name.startswith(("SourceFile", "System"))]
    return [word for word in words if word.encode() in path.read_bytes() or any(word in value for value in decoded)]


@pytest.mark.parametrize("name", ["tEXt", "zTXt", "iTXt"])
@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("target", ["png", "jpeg"])
def test_texts_of_png_lose_secrets(tmp_path, name, kind, target):
    source = insert(saved(tmp_path / "source.png"), name, text(name, *TEXTS[kind]))
    result = done(source, tmp_path / f"result.{EXTENSIONS[target]}", "--metadata", "private").path
    assert not secrets_in(result)
    with Image.open(result) as image:
        assert not [value for value in getattr(image, "text", {}).values() if SECRET in value or "Raw profile" in value]
    if kind.startswith("raw") and kind != "raw, unknown" and target == "png":
        assert b"Raw profile" not in result.read_bytes()
    if kind in ("XMP", "raw XMP"):
        assert exiftool(result)[0]["XMP-dc:Source"] == "kept"


@pytest.mark.parametrize("source", ["jpeg", "png", "tiff", "webp"])
@pytest.mark.parametrize("target", ["jpeg", "png", "tiff", "webp"])
def test_exif_and_xmp_lose_secrets(tmp_path, source, target):
    options = {"exif": exif()}
    path = saved(tmp_path / f"source.{EXTENSIONS[source]}", **(options if source != "tiff" else {}))
    packet = tmp_path / "packet.xmp"
    packet.write_bytes(XMP)
    if source == "tiff":
        (tmp_path / "exif.jpg").write_bytes(saved(tmp_path / "made.jpg", **options).read_bytes())
        tagged(path, "-tagsfromfile", str(tmp_path / "exif.jpg"), "-all:all", "-unsafe")
    tagged(path, "-tagsfromfile", str(packet), "-xmp:all<xmp:all")
    tagged(path, "-XMP-dc:Source=kept", f"-XMP-aux:LensSerialNumber={SECRET}")
    kept = done(path, tmp_path / f"kept.{EXTENSIONS[target]}").path
    assert secrets_in(kept)
    result = done(path, tmp_path / f"result.{EXTENSIONS[target]}", "--metadata", "private").path
    assert not secrets_in(result)
    tags = exiftool(result)[0]
    assert tags["IFD0:Make"] == "Acme" and tags["XMP-dc:Source"] == "kept"
    assert not [name for name in tags if "GPS" in name or "MakerNote" in name]


def test_the_position_of_a_geotiff_is_private(tmp_path):
    scale, point = (33550, 12, 3, (0.5, 0.5, 0.0)), (33922, 12, 6, (0.0, 0.0, 0.0, 440720.0, 3751320.0, 0.0))
    source = tiff_with(tmp_path / "source.tif", scale, point, (42112, 2, 0, f"<GDALMetadata>{SECRET}</GDALMetadata>"),
                       (42113, 2, 0, "-9999"))
    result = done(source, tmp_path / "result.tif", "--metadata", "private").path
    tags = exiftool(result)[0]
    assert not [name for name in tags if "Tie" in name or "Scale" in name] and not secrets_in(result)
    assert "-9999" in [str(value) for value in tags.values()]


def segment(marker, data):
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def test_notes_do_not_quote_what_is_private(tmp_path):
    source = saved(tmp_path / "source.jpg")
    whole = source.read_bytes()
    for texts, notes in [([(0xFE, f"GPS {SECRET}")], {"a comment was left out"}),
                         ([(0xFE, f"GPS {SECRET}"), (0xFE, SECRET), (0xE4, SECRET)],
                          {"comments were left out", "data of a program was left out"})]:
        source.write_bytes(whole[:2] + b"".join(segment(mark, text.encode()) for mark, text in texts) + whole[2:])
        assert set(done(source, tmp_path / "result.png", "--metadata", "private").notes) == notes
        assert any(SECRET in note for note in done(source, tmp_path / "kept.png").notes)


def test_keywords_of_broken_texts_are_not_quoted(tmp_path):
    source = saved(tmp_path / "source.png")
    for keyword in (SECRET, "GPS " + SECRET):
        insert(source, "zTXt", keyword.encode() + b"\0\0broken")
    assert done(source, tmp_path / "result.png", "--metadata", "private").notes == [
        "a text was left out: it cannot be read"]
    assert any(SECRET in note for note in done(source, tmp_path / "kept.png").notes)


def test_too_long_texts_are_left_out(tmp_path):
    source = saved(tmp_path / "source.png")
    for keyword in (b"Comment", b"Other"):
        insert(source, "zTXt", keyword + b"\0\0" + zlib.compress(b" " * (5 << 20)))
    assert done(source, tmp_path / "result.png", "--metadata", "private").notes == [
        "a text was left out: it is too long to be checked for private data"]
    assert not done(source, tmp_path / "kept.png").notes


@pytest.mark.parametrize("policy", ["keep", "private", "strip"])
def test_all_chunks_about_color_stay(tmp_path, policy):
    """The display for which colors are made, and the brightness of its light, belong to the colors."""
    chunks = {"mDCV": bytes(range(24)), "cLLI": bytes(range(8)), "cICP": bytes([9, 16, 0, 1])}
    source = saved(tmp_path / "source.png")
    for name, data in chunks.items():
        insert(source, name, data)
    outcome = done(source, tmp_path / "result.png", "--metadata", policy)
    assert outcome.notes == [] and all(name.encode() + data in outcome.path.read_bytes() for name, data in chunks.items())
    assert done(source, tmp_path / "result.jpg", "--metadata", policy).says("mDCV", "cLLI", "cICP")
