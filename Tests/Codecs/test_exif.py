"""Edited EXIF blocks, checked with exiftool and Pillow."""

import ctypes as c
import random
import struct

import pytest
from PIL import Image

from library import CodecError, library
from metadata_files import THUMBNAIL, edit, edit_with_note, exiftool, tags, without


@pytest.fixture(scope="module", params=["II", "MM"])
def camera(request, tmp_path_factory):
    """A picture with many tags in this byte order and a thumbnail at the end of the block, and its tags."""
    folder = tmp_path_factory.mktemp("camera")
    path, thumbnail = folder / "camera.jpg", folder / "thumbnail.jpg"
    Image.new("RGB", (64, 48), (10, 20, 30)).save(path)
    Image.effect_noise((160, 120), 80).save(thumbnail)
    exiftool("-q", "-overwrite_original", "-exifbyteorder=" + request.param, "-Orientation#=6", "-ExifImageWidth=640",
             "-ExifImageHeight=480", "-Make=Acme", "-Model=Nine", "-Artist=Ann", "-Copyright=Ann", "-HostComputer=desk",
             "-SerialNumber=S12345", "-LensSerialNumber=L999", "-OwnerName=Bob", "-ImageUniqueID=abcdef",
             "-UserComment=hello", "-DateTimeOriginal=2020:01:02 03:04:05", "-GPSLatitude=48.1", "-GPSLatitudeRef=N",
             "-GPSLongitude=11.5", "-GPSLongitudeRef=E", "-ExposureTime=1/50", "-FNumber=2.8", "-ISO=200",
             "-InteropIndex=R98", "-XPTitle=Title", f"-ThumbnailImage<={thumbnail}", path)
    return exif_of(path), tags(path)


def exif_of(path):
    return exiftool("-exif", "-b", path)


def tags_of_exif(block, tmp_path):
    path = tmp_path / "holder.jpg"
    Image.new("RGB", (16, 16)).save(path, exif=b"Exif\0\0" + block)
    return tags(path)


def test_orientation_is_read_in_both_orders(camera):
    assert library().twc_exif_orientation(camera[0], c.c_size_t(len(camera[0]))) == 6


@pytest.mark.parametrize("block", [b"", b"II*\0", b"II*\0\xff\xff\xff\xff" + bytes(20), b"JPEG" * 9, bytes(100),
                                   b"II*\0\x08\0\0\0\xff\xff" + bytes(10)])
def test_invalid_blocks_have_orientation_one(block):
    assert library().twc_exif_orientation(block, c.c_size_t(len(block))) == 1


@pytest.mark.parametrize("type, value, expected", [(3, 8, 8), (3, 9, 1), (3, 0, 1), (4, 5, 5), (1, 3, 3), (2, 3, 1)])
def test_orientation_of_each_type_is_read(type, value, expected):
    for order in "<>":
        value_bytes = struct.pack(order + {1: "B3x", 2: "B3x", 3: "H2x", 4: "I"}[type], value)
        block = exif_block(order, [(0x112, type, 1, value_bytes)])
        assert library().twc_exif_orientation(block, c.c_size_t(len(block))) == expected


def test_keep_changes_orientation_and_size_only(camera, tmp_path):
    block, before = camera
    edited = edit("exif_edit", block, note=THUMBNAIL)
    after = tags_of_exif(edited, tmp_path)
    expected = without(before, "IFD1:") | {"IFD0:Orientation": 1, "ExifIFD:ExifImageWidth": 300,
                                           "ExifIFD:ExifImageHeight": 200}
    assert after == expected
    assert edited[:2] == block[:2]
    # The thumbnail was the end of the block, and everything else is in its place.
    assert len(edited) < len(block) - 1000
    assert sum(a != b for a, b in zip(edited, block)) <= 9
    with Image.open(tmp_path / "holder.jpg") as image:
        assert image.getexif()[0x112] == 1


def test_sizes_can_need_wider_numbers(camera, tmp_path):
    order = "<" if camera[0][:2] == b"II" else ">"
    short = lambda number: struct.pack(order + "H2x", number)
    block = exif_block(order, [(0x100, 3, 1, short(10)), (0x101, 3, 1, short(20)), (0x10F, 2, 5, b"Acme\0")],
                       [(0xA002, 3, 1, short(10)), (0xA003, 3, 1, short(20))])
    after = tags_of_exif(edit("exif_edit", block, width=100000, height=70000), tmp_path)
    assert after == {"IFD0:ImageWidth": 100000, "IFD0:ImageHeight": 70000, "IFD0:Make": "Acme",
                     "ExifIFD:ExifImageWidth": 100000, "ExifIFD:ExifImageHeight": 70000}


def test_editing_adds_no_fields(tmp_path):
    block = exif_block("<", [(0x10F, 2, 5, b"Acme\0")])
    assert edit("exif_edit", block) == block
    # Exiv2 does not write an empty directory.
    assert tags_of_exif(edit("exif_edit", block, is_private=True), tmp_path) == {"IFD0:Make": "Acme"}


def test_private_removes_positions_numbers_owners_thumbnails(camera, tmp_path):
    block, before = camera
    edited = edit("exif_edit", block, is_private=True)
    after = tags_of_exif(edited, tmp_path)
    gone = ("IFD1:", "GPS:", "IFD0:HostComputer", "ExifIFD:SerialNumber", "ExifIFD:LensSerialNumber",
            "ExifIFD:OwnerName", "ExifIFD:ImageUniqueID")
    assert after == without(before, *gone) | {"IFD0:Orientation": 1, "ExifIFD:ExifImageWidth": 300,
                                              "ExifIFD:ExifImageHeight": 200}
    assert after["IFD0:Artist"] == "Ann" and edited[:2] == block[:2]
    for secret in (b"S12345", b"L999", b"Bob", b"abcdef", b"desk", b"\xff\xd8"):
        assert secret in block and secret not in edited


def test_private_removes_unreferenced_bytes():
    block = exif_block("<", [(0x10F, 2, 5, b"Acme\0")]) + b"left over: 48.1 N"
    assert b"48.1" in edit("exif_edit", block) and b"48.1" not in edit("exif_edit", block, is_private=True)


def test_serial_numbers_of_raw_converters_are_private():
    entries = [(0x10F, 2, 5, b"Acme\0"), (0xFDE8, 2, 7, b"Bobson\0"), (0xFDE9, 2, 7, b"S12345\0")]
    kept, private = (edit("exif_edit", exif_block("<", entries), is_private=private) for private in (False, True))
    assert b"S12345" in kept and b"Bobson" in kept
    assert b"Acme" in private and b"S12345" not in private and b"Bobson" not in private


def test_blocks_within_the_block_are_left_out_with_a_note():
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
    entries = [(0x10F, 2, 5, b"Acme\0"), (0x2BC, 1, len(packet), packet), (0x83BB, 7, 7, b"\x1c\2\x19\0\2ab")]
    edited, note = edit_with_note("exif_edit", exif_block("<", entries))
    assert note == "blocks of other kinds in it were left out: XMP, IPTC"
    assert b"Acme" in edited and b"xmpmeta" not in edited


def test_private_removes_a_block_of_private_fields():
    assert edit("exif_edit", exif_block("<", [(0x13C, 2, 5, b"desk\0")]), is_private=True) is None
    assert edit("exif_edit", b"") is None


def exif_block(order, first, exif=None, second=None):
    """A block of a first directory, an Exif directory and a second directory. Entries are (tag, type, count, bytes).
    """
    def directory(entries, start, following):
        entries = sorted(entries, key=lambda entry: entry[0])
        data_start, table, data = start + 2 + 12 * len(entries) + 4, b"", b""
        for tag, type, count, value in entries:
            place = value.ljust(4, b"\0")
            if len(value) > 4:
                place = struct.pack(order + "I", data_start + len(data))
                data += value + bytes(len(value) % 2)
            table += struct.pack(order + "HHI", tag, type, count) + place
        link = data_start + len(data) if following else 0
        return struct.pack(order + "H", len(entries)) + table + struct.pack(order + "I", link) + data

    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    if exif is None:
        block = head + directory(first, 8, second)
    else:
        size = len(directory([*first, (0x8769, 4, 1, bytes(4))], 8, False))
        pointer = (0x8769, 4, 1, struct.pack(order + "I", 8 + size))
        inner = directory(exif, 8 + size, False)
        # The link to the second directory skips the Exif directory.
        start = directory([*first, pointer], 8, False)
        if second:
            at = 2 + 12 * (len(first) + 1)
            start = start[:at] + struct.pack(order + "I", 8 + size + len(inner)) + start[at + 4:]
        block = head + start + inner
    return block + (directory(second, len(block), False) if second else b"")


def makernote_block(order, make, structure=False):
    """A block with a maker note as Canon writes it: a directory whose offsets are relative to the block's start."""
    entries = [(0x10F, 2, len(make) + 1, make + b"\0"), (0x112, 3, 1, struct.pack(order + "H2x", 8))]
    if structure:
        entries.append((0x103, 3, 1, struct.pack(order + "H2x", 1)))
    thumbnail = [(0x201, 4, 1, struct.pack(order + "I", 0)), (0x202, 4, 1, struct.pack(order + "I", 0))]
    size, note = 0, b""
    for _ in range(2):  # the note's place is known once a block was made
        text = b"Firmware Version 1.0\0\0\0\0"
        number = struct.pack(order + "I", 123456789)
        note = struct.pack(order + "H", 2) + struct.pack(order + "HHII", 7, 2, len(text), size + 30) + struct.pack(
            order + "HHI", 0xC, 4, 1) + number + bytes(4) + text
        block = exif_block(order, entries, [(0x9003, 2, 20, b"2020:01:02 03:04:05\0"),
                                            (0x927C, 7, len(note), note)], thumbnail)
        size = block.index(note) if note in block else 0
    return block, note


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("structure", [False, True])
def test_a_known_maker_note_is_kept(order, structure, tmp_path):
    block, note = makernote_block(order, b"Canon", structure)
    before = tags_of_exif(block, tmp_path)
    assert before["Canon:CanonFirmwareVersion"] == "Firmware Version 1.0" and before["Canon:SerialNumber"] == 123456789
    after = tags_of_exif(edit("exif_edit", block), tmp_path)
    assert after == without(before, "IFD1:", "IFD0:Compression") | {"IFD0:Orientation": 1}
    private = edit("exif_edit", block, is_private=True)
    assert tags_of_exif(private, tmp_path) == without(after, "Canon:") and b"Firmware" not in private


@pytest.mark.parametrize("order", "<>")
def test_an_unknown_maker_note_stays_where_it_is(order):
    block, note = makernote_block(order, b"Acme")
    edited = edit("exif_edit", block)
    assert edited.index(note) == block.index(note) and len(edited) == len(block)
    assert note[40:] not in edit("exif_edit", block, is_private=True)


def test_unknown_tags_survive(tmp_path):
    entries = [(0x10F, 2, 5, b"Acme\0"), (0x112, 3, 1, b"\6\0\0\0"), (0xB123, 7, 9, b"something"),
               (0xB124, 5, 1, struct.pack("<II", 1, 3)), (0xB125, 12, 1, struct.pack("<d", 2.5))]
    for structure in ([], [(0x103, 3, 1, b"\1\0\0\0")]):
        after = tags_of_exif(edit("exif_edit", exif_block("<", entries + structure)), tmp_path)
        upright = [entries[0], (0x112, 3, 1, b"\1\0\0\0"), *entries[2:]]
        assert after == tags_of_exif(exif_block("<", upright), tmp_path)


def test_structure_of_a_tiff_file_is_left_out(tmp_path):
    path = tmp_path / "whole.tif"
    Image.new("RGB", (64, 48)).save(path, description="words", software="Acme", compression="tiff_lzw")
    after = tags_of_exif(edit("exif_edit", path.read_bytes()), tmp_path)
    assert after == {"IFD0:ImageWidth": 300, "IFD0:ImageHeight": 200, "IFD0:ImageDescription": "words",
                     "IFD0:Software": "Acme"}


def test_entries_beyond_64_kib_are_reported(tmp_path):
    entries = [(0x10F, 2, 5, b"Acme\0"), (0xB123, 7, 90000, b"x" * 90000)]
    assert len(edit("exif_edit", exif_block("<", entries))) > 90000
    block, reason = edit_with_note("exif_edit", exif_block("<", entries + [(0x103, 3, 1, b"\1\0\0\0")]))
    assert reason == "1 EXIF entries could not be kept"


@pytest.mark.parametrize("block", [b"\0" * 100, b"II", b"GIF89a" * 10, b"II*\0\xff\xff\xff\xff" + bytes(20)])
def test_invalid_blocks_are_damage(block, capfd):
    with pytest.raises(CodecError) as failure:
        edit("exif_edit", block)
    assert failure.value.code == "damaged" and "EXIF block" in failure.value.reason
    assert capfd.readouterr() == ("", "")


def test_damaged_blocks_never_crash(camera, capfd):
    generator = random.Random(5)
    blocks = [camera[0], makernote_block("<", b"Canon")[0], makernote_block(">", b"NIKON CORPORATION")[0]]
    for _ in range(600):
        damaged = bytearray(generator.choice(blocks))
        for _ in range(generator.randint(1, 6)):
            damaged[generator.randrange(min(len(damaged), 900))] = generator.choice([0, 255, generator.randrange(256)])
        damaged = bytes(damaged[:generator.choice([len(damaged), generator.randint(0, len(damaged))])])
        for is_private in (False, True):
            try:
                edit_with_note("exif_edit", damaged, is_private=is_private)
            except CodecError as error:
                assert error.code == "damaged"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("order", "<>")
def test_values_that_lie_in_the_header_do_not_spoil_the_block(order):
    # Found by fuzzing: four orientations at byte 1 were replaced in place, together with the byte order mark.
    block = exif_block(order, [(0x10F, 2, 3, b"ab\0"), (0x112, 3, 4, struct.pack(order + "I", 1))])
    edited = edit("exif_edit", block)
    image = Image.Exif()
    image.load(b"Exif\0\0" + edited)
    assert image[0x10F] == "ab" and image[0x112] == 1
