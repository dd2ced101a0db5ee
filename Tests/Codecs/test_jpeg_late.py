"""Segments behind the pixels of JPEG files, or between their scans. They are known before the first row."""

import struct

import numpy as np
import pytest
from PIL import Image

from library import Reader, read
from test_jpeg import color, ink, pillow
from test_jpeg_metadata import SRGB, XMP_NAME, exif, packet, pieces, segment


def late(data, *segments, between=False):
    """A file with segments before its end marker, or before its last scan."""
    at = data.rindex(b"\xff\xda") if between else data.rindex(b"\xff\xd9")
    return data[:at] + b"".join(segments) + data[at:]


def facts(path, data):
    path.write_bytes(data)
    with Reader(path) as reader:
        first = (reader.info.orientation, [entry[0] for entry in reader.blocks], reader.notes)
        pixels = reader.all()
        reader.finish()
        assert first == (reader.info.orientation, [entry[0] for entry in reader.blocks], reader.notes)
        return (*first, pixels)


@pytest.mark.parametrize("options, between", [
    ({}, False), ({"restart_marker_blocks": 3}, False), ({"quality": 100}, False), ({"progressive": True}, False),
    ({"progressive": True}, True)])
def test_exif_behind_the_pixels_is_read(options, between, tmp_path):
    data = pillow(color(), **options)
    path = tmp_path / "a.jpg"
    made = late(data, segment(1, exif(6)), segment(1, XMP_NAME + packet('dc:source="here"')), between=between)
    orientation, blocks, notes, pixels = facts(path, made)
    assert (orientation, blocks, notes) == (6, ["exif", "xmp"], [])
    assert np.array_equal(pixels, facts(path, data)[3])


def test_a_profile_of_inks_behind_the_pixels_is_read(tmp_path):
    profile = bytearray(SRGB)
    profile[16:20] = b"CMYK"
    data = late(pillow(Image.fromarray(ink(), "CMYK")), *(segment(2, part) for part in pieces(bytes(profile), 3)))
    assert facts(tmp_path / "a.jpg", data)[1] == ["icc"]


def test_no_note_is_repeated(tmp_path):
    comment = b"\xff\xfe" + struct.pack(">H", 6) + b"said"
    data = pillow(color(), exif=exif(3))
    orientation, blocks, notes, _ = facts(tmp_path / "a.jpg", late(data, segment(1, exif(6)), comment))
    assert (orientation, blocks) == (3, ["exif"])
    assert notes == ["a second EXIF block was left out", 'a comment was left out: "said"']


def test_jfif_and_adobe_segments_behind_the_pixels_are_ignored(tmp_path):
    """These segments come too late for the resolution and the colors. A note names their other contents."""
    data = pillow(color())
    said = segment(0, b"JFIF\0\1\1\1\0\x48\0\x60\0\0"), segment(14, b"Adobe\0\x64\0\0\0\0\0")
    right = facts(tmp_path / "a.jpg", data)
    made = facts(tmp_path / "b.jpg", late(data, *said, segment(0, b"JFXX\0\x13\1\1\0\0\0"), segment(14, b"Program")))
    assert made[2] == ["the thumbnail (JFXX) was left out: it shows the image as it was",
                       'data of a program (APP14 "Program") was left out']
    assert np.array_equal(made[3], right[3])
    with Reader(tmp_path / "b.jpg") as reader:
        assert reader.info.density.x == 0


def test_bytes_behind_the_end_are_another_image(tmp_path):
    data = pillow(color()) + pillow(color(), exif=exif(6))
    (tmp_path / "a.jpg").write_bytes(data)
    with Reader(tmp_path / "a.jpg") as reader:
        assert reader.info.orientation == 1 and reader.blocks == []


def test_every_cut_through_late_segments_is_harmless(tmp_path):
    """All rows are there, and the segments that are complete are used."""
    data = pillow(color())
    made, path = late(data, segment(1, exif(6)), b"\xff\xff\xff\xfe\0\6said"), tmp_path / "a.jpg"
    expected = read_bytes(path, data)
    for count in range(len(data) - 2, len(made)):
        path.write_bytes(made[:count])
        with Reader(path) as reader:
            assert reader.info.orientation == (6 if count >= len(data) - 2 + len(segment(1, exif(6))) else 1)
            assert np.array_equal(reader.all(), expected)
            reader.finish()


def read_bytes(path, data):
    path.write_bytes(data)
    return read(path)[0]
