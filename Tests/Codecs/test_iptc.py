"""Edited IPTC records, checked with exiftool and Pillow."""

import random
import struct

import pytest
from PIL import Image, IptcImagePlugin

from library import CodecError
from metadata_files import edit, edit_with_note, exiftool, tags, without


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    path = tmp_path_factory.mktemp("iptc") / "records.jpg"
    Image.new("RGB", (64, 48)).save(path)
    exiftool("-q", "-overwrite_original", "-codedcharacterset=utf8", "-IPTC:City=Hausen", "-IPTC:Sub-location=Hof",
             "-IPTC:Province-State=Land", "-IPTC:Country-PrimaryLocationName=Reich", "-IPTC:Keywords=a",
             "-IPTC:Keywords=ü", "-IPTC:By-line=Ann", "-IPTC:CopyrightNotice=Ann", "-IPTC:Headline=Words",
             "-IPTC:ContentLocationName=Dort", path)
    return exiftool("-iptc", "-b", path)


def tags_of_iptc(block, tmp_path):
    path = tmp_path / "holder.jpg"
    resource = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block + bytes(len(block) % 2)
    segment = b"\xff\xed" + struct.pack(">H", len(resource) + 2) + resource
    Image.new("RGB", (16, 16)).save(path)
    path.write_bytes(path.read_bytes()[:2] + segment + path.read_bytes()[2:])
    with Image.open(path) as image:
        assert IptcImagePlugin.getiptcinfo(image)
    return without(tags(path), "Photoshop")


def test_iptc_stays_byte_for_byte(records):
    assert edit("iptc_edit", records) == records


def test_previews_are_left_out_with_a_note(records):
    preview = b"\x1c\x02\xc8\0\2\0\x0b\x1c\x02\xc9\0\2\0\1\x1c\x02\xca\0\4\xff\xd8\xff\xd9"
    note = "the preview in it was left out: it shows the image as it was"
    assert edit_with_note("iptc_edit", records + preview) == (records, note)
    assert edit_with_note("iptc_edit", preview) == (None, note)


def test_private_removes_places(records, tmp_path):
    before = tags_of_iptc(records, tmp_path)
    after = tags_of_iptc(edit("iptc_edit", records, is_private=True), tmp_path)
    assert after == without(before, "IPTC:City", "IPTC:Sub-location", "IPTC:Province", "IPTC:Country", "IPTC:Content")
    assert after["IPTC:Keywords"] == ["a", "ü"] and after["IPTC:By-line"] == "Ann" and "IPTC:City" in before


def test_private_removes_a_block_of_places():
    assert edit("iptc_edit", b"\x1c\x02\x5a\0\4Here", is_private=True) is None


@pytest.mark.parametrize("block", [b"words that are no records", b"\x1c\x02\x5a\0\x40Here", bytes(40)])
def test_bytes_without_records_are_damage(block, capfd):
    with pytest.raises(CodecError) as failure:
        edit("iptc_edit", block)
    assert failure.value.code == "damaged" and "IPTC" in failure.value.reason
    assert capfd.readouterr() == ("", "")


def test_a_block_of_a_million_records_is_refused():
    with pytest.raises(CodecError, match="unsupported: IPTC block is too large"):
        edit("iptc_edit", b"\x1c\x02\x19\0\0" * 1000000)


def test_damaged_records_never_crash(records, capfd):
    generator = random.Random(7)
    for _ in range(400):
        damaged = bytearray(records)
        for _ in range(generator.randint(1, 4)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        try:
            edit_with_note("iptc_edit", bytes(damaged), is_private=True)
        except CodecError as error:
            assert error.code == "damaged"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("is_private", [False, True])
def test_a_last_record_without_data_is_read(is_private):
    # Found by fuzzing: the editor wrote a block that it then refused.
    block = b"\x1c\2\x19\0\1a\x1c\2\x69\0\0"
    assert edit("iptc_edit", block, is_private=is_private) == block
    assert edit("iptc_edit", block[6:], is_private=is_private) == block[6:]
