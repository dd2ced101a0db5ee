"""Parts of an EXIF block that cannot be kept become notes."""

import struct

import pytest

from library import CodecError
from metadata_files import THUMBNAIL, edit_with_note
from test_exif import exif_block
from test_tiff_maker import directory_bytes, header


@pytest.mark.parametrize("order", "<>")
def test_fields_beside_a_thumbnail_are_noted(order):
    """The second directory describes the thumbnail, and often repeats fields of the first one."""
    def block(second):
        first = directory_bytes({271: (2, b"Maker\0"), 306: (2, b"2024:01:02 03:04:05\0")}, 8, order)
        link = 8 + 2 + 2 * 12
        first = first[:link - 8] + struct.pack(order + "I", 8 + len(first)) + first[link - 4:]
        return header(8, order) + first + directory_bytes(second, 8 + len(first), order) + b"\xff\xd8thumbnail"
    usual = {259: (3, 6), 274: (3, 6), 282: (5, [72, 1]), 283: (5, [72, 1]), 296: (3, 2), 513: (4, 0), 514: (4, 11),
             531: (3, 1), 271: (2, b"Maker\0"), 306: (2, b"2024:01:02 03:04:05\0")}
    assert edit_with_note("exif_edit", block(usual))[1] == ""
    for fields, names in ({42033: (2, b"S123456\0")}, "42033"), ({34853: (4, 8), 271: (2, b"Other\0")}, "271, 34853"):
        found, note = edit_with_note("exif_edit", block(usual | fields))
        assert note == f"fields beside the thumbnail ({names}) were left out" and b"Maker" in found
        # `private` asks for their removal, so there is no note.
        assert edit_with_note("exif_edit", block(usual | fields), is_private=True)[1] == ""
    many = {tag: (3, 1) for tag in range(60000, 60020)}
    assert "60007, … (20)) were" in edit_with_note("exif_edit", block(usual | many))[1]


def test_the_refusal_of_an_unreadable_block_has_a_reason():
    # Exiv2 0.27 does not read directories of more than 256 entries.
    entries = [(0xD000 + index, 3, 1, b"\1\0") for index in range(300)]
    with pytest.raises(CodecError) as error:
        edit_with_note("exif_edit", exif_block("<", entries))
    assert error.value.code == "damaged" and error.value.reason.startswith("EXIF block is damaged: Directory")


def test_every_loss_of_a_block_is_noted():
    """Blocks of other kinds, a thumbnail, fields beside it, and an entry that exiv2 leaves out by itself."""
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
    first = [(0x10F, 2, 5, b"Acme\0"), (0x2BC, 1, len(packet), packet), (0xB123, 7, 90000, b"x" * 90000)]
    thumbnail = [(0x201, 4, 1, struct.pack("<I", 90200)), (0x202, 4, 1, struct.pack("<I", 9)),
                 (42033, 2, 8, b"S123456\0")]
    block = exif_block("<", first, second=thumbnail) + b"\xff\xd8thumb\xff\xd9"
    assert edit_with_note("exif_edit", block)[1] == "; ".join([
        "blocks of other kinds in it were left out: XMP", THUMBNAIL, "1 EXIF entries could not be kept",
        "fields beside the thumbnail (42033) were left out"])


def test_damage_is_noted_beside_a_thumbnail():
    entries = [(0xD000 + index, 3, 1, b"\1\0") for index in range(300)]
    block = exif_block("<", [(0x10F, 2, 5, b"Acme\0")], exif=entries,
                       second=[(0x111, 4, 1, struct.pack("<I", 8)), (0x117, 4, 1, struct.pack("<I", 9))])
    note = edit_with_note("exif_edit", block)[1]
    assert note.startswith("the EXIF block is damaged, only its sound part was kept: Directory")
    assert note.endswith(f"; {THUMBNAIL}") and THUMBNAIL not in edit_with_note("exif_edit", block, is_private=True)[1]
