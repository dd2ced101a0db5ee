"""Notes are neither lost when there are many, nor cut off silently."""

import ctypes as c
import struct

import pytest

from library import Reader, library, write
from note_list import Notes
from test_jpeg import color, pillow, picture


def comments(count, data):
    made = b"".join(b"\xff\xfe" + struct.pack(">H", 11) + b"comment%02d" % number for number in range(count))
    return data[:2] + made + data[2:]


def fields(count, kind=5):
    """An EXIF block of `count` unknown fields. Each holds a rational number."""
    start = 8 + 2 + 12 * count + 4
    entries = b"".join(struct.pack("<HHII", 0xD000 + index, kind, 1, start + 8 * index) for index in range(count))
    values = b"".join(struct.pack("<II", index + 1, 7) for index in range(count))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", count) + entries + bytes(4) + values


def notes(path, data):
    path.write_bytes(data)
    with Reader(path) as reader:
        reader.all()
        reader.finish()
        return [(note, reader.note_is_metadata(index)) for index, note in enumerate(reader.notes)]


def test_many_comments_do_not_crowd_out_other_notes(tmp_path):
    found = notes(tmp_path / "a.jpg", comments(20, pillow(color()))[:-2])
    shown = ", ".join(f'"comment{number:02}"' for number in range(8))
    assert found == [(f"comments were left out: {shown}, … (20)", True),
                     ("the end marker of the JPEG file is missing; all rows are there", False)]


@pytest.mark.parametrize("count, plain", [(1, "a comment was left out"), (20, "comments were left out")])
def test_plain_notes_quote_nothing(count, plain, tmp_path):
    path = tmp_path / "a.jpg"
    program = b"\xff\xe4\0\x08Secret"
    path.write_bytes(comments(count, pillow(color()))[:-2])
    data = path.read_bytes()
    for programs, word in ((1, "a program"), (2, "programs")):
        parts = [program, program.replace(b"S", b"s")][:programs]
        path.write_bytes(data[:2] + b"".join(parts) + data[2:])
        with Reader(path) as reader:
            reader.all()
            reader.finish()
            assert all(word in " ".join(reader.notes) for word in ("comment00", "Secret"))
            assert {reader.plain_note(index) for index in range(3)} == {
                plain, f"data of {word} was left out",
                "the end marker of the JPEG file is missing; all rows are there"}


@pytest.mark.parametrize("count", [1, 2, 8, 9, 30])
def test_fields_that_tiff_cannot_hold_become_one_note(count, tmp_path):
    found = write(tmp_path / "a.tif", "tiff", picture(), blocks=[("exif", 0, 0, fields(count))])
    numbers = ", ".join(str(0xD000 + index) for index in range(min(count, 8)))
    if count == 1:
        assert found == ["EXIF field 53248 was left out: TIFF cannot hold it"]
    else:
        numbers += f", … ({count})" if count > 8 else ""
        assert found == [f"EXIF fields {numbers} were left out: TIFF cannot hold them"]


def test_the_last_note_counts_the_rest():
    made = Notes()
    for number in range(30):
        library().twc_note_metadata(c.byref(made), f"metadata {number}".encode())
        library().twc_note(c.byref(made), f"pixels {number}".encode())
    library().twc_note(c.byref(made), b"pixels 3")
    assert [text for text in made.texts if "pixels" in text] == [f"pixels {number}" for number in range(24)]
    assert [text for text in made.texts if "metadata " in text] == [f"metadata {number}" for number in range(24)]
    assert made.texts[-2:] == ["and 6 more notes about metadata", "and 6 more notes"]


def test_a_long_text_is_cut_between_characters(tmp_path):
    made = Notes()
    for start in ("", "x"):
        library().twc_note(c.byref(made), (start + "ü" * 300).encode())
    assert made.texts == ["ü" * 238 + "…", "x" + "ü" * 237 + "…"]


@pytest.mark.parametrize("format", ["png", "bmp"])
@pytest.mark.parametrize("density, words", [
    ((4e9, 4e9, "inch"), "4e+09×4e+09 dots an inch"), ((0.001, 5, "cm"), "0.001×5 pixels a centimetre")])
def test_an_unsupported_resolution_is_noted(format, density, words, tmp_path):
    name = format.upper()
    found = write(tmp_path / "a", format, picture(), density=density)
    assert found == [f"the resolution of {words} was left out: {name} has no place for it"]


def test_long_names_are_shortened(tmp_path):
    data, long = pillow(color()), b"x" * 80
    segments = b"".join(b"\xff\xec" + struct.pack(">H", 2 + len(long) + 2) + b"%02d" % number + long
                        for number in range(12))
    (note, is_metadata), = notes(tmp_path / "a.jpg", data[:2] + segments + data[2:])
    assert is_metadata and note.endswith("…, … (12)) was left out") and len(note.encode()) < 500
