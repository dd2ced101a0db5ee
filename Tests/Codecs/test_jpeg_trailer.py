"""Bytes behind the end marker of a JPEG file."""

import pytest

from test_jpeg import color, expected, pillow
from test_jpeg_damage import attempt


def test_bytes_behind_the_end_are_noted(tmp_path):
    data = pillow(color())
    for junk, note in ((b"some junk", "junk of 9 bytes behind the end of the image was ignored"),
                       (data, f"further images behind the first ({len(data)} bytes) were left out"),
                       (b"\0\0\0\x18ftypmp42" + b"\0" * 30, "the video behind the image (42 bytes) was left out")):
        pixels, notes, error = attempt(tmp_path / "a.jpg", data + junk)
        assert not error and (pixels == expected(data)).all() and notes == [note]


@pytest.mark.parametrize("gap", [0, 1, 3000])
def test_images_that_the_file_announces_are_noted_once(gap, tmp_path):
    """MPF announces further images. Some cameras pad with zeros before them."""
    data = pillow(color())
    announced = data[:2] + b"\xff\xe2\0\x09MPF\0II*" + data[2:]
    for behind, junk in ((b"\0" * gap + data, []),
                         (b"\0" * gap + b"junk", [f"junk of {gap + 4} bytes behind the end of the image was ignored"])):
        pixels, notes, error = attempt(tmp_path / "a.jpg", announced + behind)
        assert not error and (pixels == expected(data)).all()
        assert notes == ["further images of the file (MPF) were left out; the first one is used", *junk]
