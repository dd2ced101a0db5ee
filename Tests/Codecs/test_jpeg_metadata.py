"""Metadata of JPEG files. It is read from files that exiftool and Pillow made, and both check written files."""

import hashlib
import io
import json
import shutil
import struct
import subprocess

import pytest
from PIL import Image, ImageCms

from library import UNITS, Reader, read, write
from test_jpeg import color, ink, picture, pillow

needs_exiftool = pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# Three pieces long, as its header says.
LONG_PROFILE = struct.pack(">I", 180000) + SRGB[4:] + b"\0" * (180000 - len(SRGB))
XMP_NAME = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_NAME = b"http://ns.adobe.com/xmp/extension/\0"


def packet(body, attributes=""):
    return ('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
            f'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"{attributes}><rdf:Description rdf:about="" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/" {body}/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>').encode()


def segment(number, content):
    return bytes([0xFF, 0xE0 + number]) + struct.pack(">H", len(content) + 2) + content


def inserted(*segments, data=None):
    """A file with more segments behind JFIF's."""
    data = data or pillow(color())
    at = 4 + int.from_bytes(data[4:6], "big")
    return data[:at] + b"".join(segments) + data[at:]


def exif(orientation=6, density=None):
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010E] = "described"
    if density:
        block[0x011A], block[0x011B], block[0x0128] = density
    return block.tobytes()


def facts(path, data):
    path.write_bytes(data)
    with Reader(path) as reader:
        reader.all()
        reader.finish()
        density = reader.info.density
        return (reader.blocks, reader.notes, reader.info.orientation,
                (density.x, density.y, list(UNITS)[list(UNITS.values()).index(density.unit)]))


def exiftool(path, *options):
    command = ["exiftool", "-j", "-G1", "-a", *options, str(path)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)[0]


# MARK: In

def test_blocks_are_read(tmp_path):
    block, words = exif(), packet('dc:source="here"')
    data = pillow(color(), exif=block, icc_profile=SRGB, dpi=(600, 600), xmp=words)
    blocks, notes, orientation, density = facts(tmp_path / "a.jpg", data)
    assert {entry[0]: entry[3] for entry in blocks} == {"exif": block[6:], "icc": SRGB, "xmp": words}
    assert notes == [] and orientation == 6 and density == (600, 600, "inch")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_behind_other_segments_is_read(orientation, tmp_path):
    words = segment(1, XMP_NAME + packet('dc:source="here"'))
    block = segment(1, exif(orientation))
    for order in ([words, block], [block, words], [segment(2, b"FPXR\0"), words, block]):
        blocks, notes, found, _ = facts(tmp_path / "a.jpg", inserted(*order))
        assert found == orientation and sorted(entry[0] for entry in blocks) == ["exif", "xmp"]


def test_metadata_of_the_cases_is_read(cases):
    with Reader(cases / "turned-exif-after-xmp.jpg") as reader:
        assert reader.info.orientation == 6
    with Reader(cases / "density-600dpi.jpg") as reader:
        assert (reader.info.density.x, reader.info.density.y, reader.info.density.unit) == (600, 600, 1)
    with Reader(cases / "profile-adobe-rgb.jpg") as reader:
        assert reader.block("icc") == Image.open(cases / "profile-adobe-rgb.jpg").info["icc_profile"]


def test_the_resolution_of_exif_applies_without_jfif(tmp_path):
    data = pillow(color())
    start = 4 + int.from_bytes(data[4:6], "big")
    for values, right in (((240.0, 120.0, 2), (240, 120, "inch")), ((50.0, 50.0, 3), (50, 50, "cm"))):
        bare = data[:2] + segment(1, exif(1, values)) + data[start:]
        assert facts(tmp_path / "a.jpg", bare)[3] == right
        assert facts(tmp_path / "a.jpg", inserted(segment(1, exif(1, values))))[3] == right
        kept = inserted(segment(1, exif(1, values)), data=pillow(color(), dpi=(600, 600)))
        assert facts(tmp_path / "a.jpg", kept)[3] == (600, 600, "inch")
    assert facts(tmp_path / "a.jpg", data)[3] == (0, 0, "none")


def resolution(x, y):
    """A resource of Photoshop's: fixed-point numbers, and the units in which it shows them."""
    return b"8BIM\x03\xed\0\0" + struct.pack(">IIHHIHH", 16, round(x * 65536), 1, 1, round(y * 65536), 2, 1)


def test_the_resolution_of_photoshop_applies_alone(tmp_path):
    start = 4 + int.from_bytes(pillow(color())[4:6], "big")
    resources = segment(13, b"Photoshop 3.0\0" + resolution(300, 150.5))
    bare = pillow(color())[:2] + resources + pillow(color())[start:]
    for data in (bare, inserted(resources), inserted(segment(1, exif(1)), resources)):
        assert facts(tmp_path / "a.jpg", data)[1:] == ([], 1, (300, 150.5, "inch"))
    said = (facts(tmp_path / "a.jpg", inserted(resources, segment(1, exif(1, (240.0, 240.0, 2))))),
            facts(tmp_path / "a.jpg", inserted(resources, data=pillow(color(), dpi=(240, 240)))))
    assert [found[3] for found in said] == [(240, 240, "inch")] * 2
    for broken in (resolution(0, 300), resolution(300, 300)[:20]):
        found = facts(tmp_path / "a.jpg", inserted(segment(13, b"Photoshop 3.0\0" + broken)))
        assert found[3] == (0, 0, "none")


def pieces(profile, count):
    size = -(-len(profile) // count)
    return [b"ICC_PROFILE\0" + bytes([index + 1, count]) + profile[index * size:(index + 1) * size]
            for index in range(count)]


def test_pieces_of_a_profile_are_joined(tmp_path):
    parts = pieces(SRGB, 5)
    path = tmp_path / "a.jpg"
    for order in (parts, parts[::-1]):
        blocks, notes, *_ = facts(path, inserted(*(segment(2, part) for part in order)))
        assert blocks[0][3] == SRGB and notes == []
    for broken, why in ((parts[:3] + parts[4:], "a piece of it is missing"), (parts + parts[:1], "there twice"),
                        (parts[:-1] + [parts[-1][:-20]], "it ends too early"),
                        (parts + [b"ICC_PROFILE\0\0\5x"], "number"),
                        (parts[:-1] + [b"ICC_PROFILE\0\5\6" + parts[-1][14:]], "contradict")):
        blocks, notes, *_ = facts(path, inserted(*(segment(2, part) for part in broken)))
        assert blocks == [] and len(notes) == 1 and why in notes[0]
        assert notes[0].startswith("the ICC profile was left out: ")


def test_iptc_in_photoshop_resources_is_read(tmp_path):
    records = b"\x1c\x02\x05\x00\x04name\x1c\x02\x19\x00\x03key"
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(records)) + records + b"\0" * (len(records) % 2)
    other = b"8BIM\x03\xe9\x03abc" + struct.pack(">I", 3) + b"xyz\0"
    path = tmp_path / "a.jpg"
    for content, notes in ((resource, 0), (other + resource, 1), (resource + other, 1)):
        found = facts(path, inserted(segment(13, b"Photoshop 3.0\0" + content)))
        assert found[0][0][0] == "iptc" and found[0][0][3] == records and len(found[1]) == notes
    whole = other + resource
    halves = (segment(13, b"Photoshop 3.0\0" + half) for half in (whole[:25], whole[25:]))
    found = facts(path, inserted(*halves))
    assert found[0][0][3] == records
    found = facts(path, inserted(segment(13, b"Photoshop 3.0\0" + resource[:-5])))
    assert found[0] == [] and found[1] == ["damaged resources of Photoshop (APP13) were left out"]


def extension(digits, body, size=400):
    return [segment(1, EXTENDED_NAME + digits + struct.pack(">II", len(body), at) + body[at:at + size])
            for at in range(0, len(body), size)]


def bare(words):
    return words[words.index(b"<x:xmpmeta"):words.index(b"</x:xmpmeta>") + 12]


@needs_exiftool
@pytest.mark.parametrize("form", ["attribute", "element"])
def test_extended_xmp_is_joined(form, tmp_path):
    body = bare(packet(f'dc:coverage="{"far " * 300}"'))
    digits = hashlib.md5(body).hexdigest().upper().encode()
    note = ' xmlns:xmpNote="http://ns.adobe.com/xmp/note/" '
    if form == "attribute":
        first = packet(f'dc:source="here"{note}xmpNote:HasExtendedXMP="{digits.decode()}"')
    else:
        element = f"{note}><xmpNote:HasExtendedXMP>{digits.decode()}</xmpNote:HasExtendedXMP></rdf:Description>"
        first = packet('dc:source="here"').replace(b"/></rdf:RDF>", element.encode() + b"</rdf:RDF>")
    blocks, notes, *_ = facts(tmp_path / "a.jpg", inserted(segment(1, XMP_NAME + first), *extension(digits, body)))
    assert notes == [] and len(blocks) == 1
    (tmp_path / "a.xmp").write_bytes(blocks[0][3])
    found = exiftool(tmp_path / "a.xmp")
    assert found["XMP-dc:Source"] == "here" and found["XMP-dc:Coverage"].startswith("far far")
    assert b"HasExtendedXMP" not in blocks[0][3]
    # A broken extension: only the first packet is kept, and it does not name the extension.
    for broken in (extension(digits, body)[:-1], extension(digits, body)[1:], extension(b"0" * 32, body), []):
        blocks, notes, *_ = facts(tmp_path / "a.jpg", inserted(segment(1, XMP_NAME + first), *broken))
        assert notes == ["the extension of the XMP packet is damaged or missing and was left out"]
        assert b"here" in blocks[0][3] and b"HasExtendedXMP" not in blocks[0][3]


def test_long_exif_in_two_segments_is_joined(tmp_path):
    """As exiftool writes it: the second segment continues without a byte order mark."""
    block = exif()[6:] + bytes(range(256)) * 300
    data = inserted(segment(1, b"Exif\0\0" + block[:65000]), segment(1, b"Exif\0\0" + block[65000:]))
    blocks, notes, orientation, _ = facts(tmp_path / "a.jpg", data)
    assert blocks[0][3] == block and notes == [] and orientation == 6


def test_left_out_segments_are_noted(tmp_path):
    def notes(*segments):
        return facts(tmp_path / "a.jpg", inserted(*segments))[1]

    assert notes(segment(2, b"MPF\0II*\0")) == ["further images of the file (MPF) were left out; the first one is used"]
    gain_map = ["the gain map of the Ultra HDR image was left out; the standard image is used"]
    assert notes(segment(2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0")) == gain_map
    words = packet('xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"')
    assert notes(segment(1, XMP_NAME + words), segment(2, b"MPF\0II*\0")) == gain_map
    assert notes(segment(12, b"Ducky\0\1")) == ['data of a program (APP12 "Ducky") was left out']
    assert notes(segment(1, b"Exif\0\0no block")) == ["a damaged EXIF block was left out"]
    assert notes(segment(1, exif()), segment(1, exif(3))) == ["a second EXIF block was left out"]
    comment = facts(tmp_path / "a.jpg", pillow(color(), comment=b"said"))[1]
    assert comment == ['a comment was left out: "said"']
    comment = facts(tmp_path / "a.jpg", pillow(color(), comment="Größe: 3 €\0x".encode()))[1]
    assert comment == ['a comment was left out: "Größe: 3 €"']
    for broken in (b"Gr\xf6\xdfe", b"Gr\xc3", b"Gr\xc0\xaf", b"Gr\xed\xa0\x80", b"Gr\xc2\x85", b"Gr\xf8\x80\x80\x80"):
        comment = facts(tmp_path / "a.jpg", pillow(color(), comment=broken))[1]
        assert comment == [f'a comment was left out: "Gr"']
    long = facts(tmp_path / "a.jpg", pillow(color(), comment=("x" + "ö" * 40).encode()))[1]
    assert long == [f'a comment was left out: "x{"ö" * 19}…']
    shown = "was left out: it shows the image as it was"
    assert notes(segment(0, b"JFXX\0\x10\xff\xd8\xff\xd9")) == [f"the thumbnail (JFXX) {shown}"]
    small = b"JFIF\0\1\1\0\0\1\0\1\2\2" + bytes(12)
    data = pillow(color())
    data = data[:2] + segment(0, small) + data[4 + int.from_bytes(data[4:6], "big"):]
    assert facts(tmp_path / "a.jpg", data)[1] == [f"the thumbnail (JFIF) {shown}"]
    assert notes(segment(0, b"AVI1\0\0")) == ['data of a program (APP0 "AVI1") was left out']
    assert notes(segment(14, b"Program\0\1")) == ['data of a program (APP14 "Program") was left out']


def test_profile_of_ink_is_a_block(tmp_path):
    profile = bytearray(SRGB)
    profile[16:20] = b"CMYK"
    data = pillow(Image.fromarray(ink(), "CMYK"), icc_profile=bytes(profile))
    blocks, notes, *_ = facts(tmp_path / "a.jpg", data)
    assert blocks[0][3] == bytes(profile) and any("CMYK" in note for note in notes)


# MARK: Out

@needs_exiftool
@pytest.mark.parametrize("progressive", [False, True])
def test_blocks_are_written(progressive, tmp_path):
    records = b"\x1c\x02\x05\x00\x05name!\x1c\x02\x19\x00\x03key"
    block, words = exif()[6:], packet('dc:source="here"')
    blocks = [("icc", 0, 0, LONG_PROFILE), ("iptc", 0, 0, records), ("xmp", 0, 0, words), ("exif", 0, 0, block)]
    path = tmp_path / "a.jpg"
    assert write(path, "jpeg", picture(), blocks=blocks, is_progressive=progressive) == []
    image = Image.open(path)
    assert image.info["icc_profile"] == LONG_PROFILE and image.info["exif"][6:] == block and image.info["xmp"] == words
    found = exiftool(path)
    assert found["IFD0:ImageDescription"] == "described" and found["XMP-dc:Source"] == "here"
    assert found["IPTC:ObjectName"] == "name!" and found["IPTC:Keywords"] == "key" and "ExifTool:Warning" not in found
    with Reader(path) as reader:
        assert {entry[0]: entry[3] for entry in reader.blocks} == {entry[0]: entry[3] for entry in blocks}
        assert reader.notes == []
    right = read_plain(tmp_path, progressive)
    assert (read(path)[0] == right).all()


def read_plain(folder, progressive):
    write(folder / "plain.jpg", "jpeg", picture(), is_progressive=progressive)
    return read(folder / "plain.jpg")[0]


@needs_exiftool
@pytest.mark.parametrize("attributes", ["", ' xmlns:tw="http://example.com/tw/"'])
@pytest.mark.parametrize("length", [65400, 66000, 200000])
def test_long_xmp_is_written_as_an_extension(length, attributes, tmp_path):
    words = packet(f'dc:source="here" dc:coverage="{"x" * (length - 400)}"', attributes)
    path = tmp_path / "a.jpg"
    assert write(path, "jpeg", picture(), blocks=[("xmp", 0, 0, words)]) == []
    found = exiftool(path)
    assert found["XMP-dc:Source"] == "here" and len(found["XMP-dc:Coverage"]) == length - 400
    assert not any("Warning" in key for key in found)
    with Reader(path) as reader:
        assert bare(reader.block("xmp")) == bare(words) and reader.notes == []


def test_long_iptc_goes_on_in_further_segments(tmp_path):
    records = b"".join(b"\x1c\x02\x78\x07\xd0" + bytes([65 + index % 26]) * 2000 for index in range(70))
    write(tmp_path / "a.jpg", "jpeg", picture(), blocks=[("iptc", 0, 0, records)])
    with Reader(tmp_path / "a.jpg") as reader:
        assert reader.block("iptc") == records
    if shutil.which("exiftool"):
        found = exiftool(tmp_path / "a.jpg", "-IPTC:all")
        assert "ExifTool:Warning" not in found and any(key.startswith("IPTC:") for key in found)


def test_too_long_blocks_are_noted(tmp_path):
    path = tmp_path / "a.jpg"
    notes = write(path, "jpeg", picture(), blocks=[("exif", 0, 0, exif()[6:] + b"\0" * 66000),
                                                    ("icc", 0, 0, SRGB + b"\0" * (255 * 65519)),
                                                    ("xmp", 0, 0, b" " * 66000)])
    assert [note.split(" of ")[0] for note in notes] == ["the EXIF block", "the XMP packet", "the ICC profile"]
    assert all("was left out" in note for note in notes) and Image.open(path).size == (203, 150)
