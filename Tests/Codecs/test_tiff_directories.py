"""Directories that are irregular, or that libtiff would refuse. The pixels are right, and a note names the
irregularity."""

import struct
import zlib

import numpy as np
import pytest

from library import CodecError, read
from test_tiff_maker import directory_bytes, header, make, picture

DEPTH = "the depth of the image (TIFF field 32997 or 32998) cannot be read; 1 was assumed"
LOST = "fields of the directory that cannot be read (1) were left out"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("tag", [32997, 32998])
@pytest.mark.parametrize("kind, count, notes", [
    (2, 4, [DEPTH]), (1, 8, [DEPTH]), (3, 2, [DEPTH]), (4, 0, [DEPTH]), (5, 1, [DEPTH]), (99, 1, [DEPTH, LOST]),
    (0, 1, [DEPTH, LOST]), (4, 1 << 31, [DEPTH, LOST]), (3, 1, []), (4, 1, [])])
def test_a_depth_that_cannot_be_read_is_ignored(tmp_path, order, big, tag, kind, count, notes):
    path, pixels = tmp_path / "a.tif", picture(6, 5, 1)
    data = make(path, 5, 6, [pixels[:3].tobytes(), pixels[3:].tobytes()], order, big, rows=3, extra={tag: (4, 1)})
    entry = struct.pack(order + ("HHQI" if big else "HHII"), tag, 4, 1, 1)
    value = struct.pack(order + "H2x", 1) if (kind, count) == (3, 1) else entry[-4:]
    broken = struct.pack(order + ("HHQ" if big else "HHI"), tag, kind, count) + value
    assert data.count(entry) == 1
    path.write_bytes(data.replace(entry, broken))
    found, said = read(path)
    assert said == notes and (found == pixels).all()


def test_a_volume_is_still_refused(tmp_path):
    make(tmp_path / "a.tif", 5, 6, [bytes(30)], extra={32997: (4, 7)})
    with pytest.raises(CodecError) as error:
        read(tmp_path / "a.tif")
    assert error.value.reason == "a TIFF file of a volume (7 slices) cannot be read"


def test_a_broken_depth_and_missing_lengths_are_noted(tmp_path):
    pixels = picture(6, 5, 1)
    make(tmp_path / "a.tif", 5, 6, [pixels[:3].tobytes() + b"\0", pixels[3:].tobytes() + b"\0"], rows=3,
         extra={32997: (3, [1, 1])}, drop=[279])
    found, notes = read(tmp_path / "a.tif")
    assert DEPTH in notes and (found == pixels).all()


FIELDS = {256: (4, 5), 257: (4, 6), 258: (3, 8), 259: (3, 1), 262: (3, 1), 273: (4, 8), 277: (3, 1), 278: (4, 6),
          279: (4, 30)}


@pytest.mark.parametrize("order", ["<", ">"])
def test_fields_out_of_order_are_noted(tmp_path, order):
    pixels = picture(6, 5, 1)
    for fields, notes in [(FIELDS, []), (dict(reversed(FIELDS.items())),
                                         ["the fields of the directory are not in the order of their numbers"])]:
        path = tmp_path / "a.tif"
        path.write_bytes(header(38, order) + pixels.tobytes() + directory_bytes(fields, 38, order, unsorted=True))
        found, said = read(path)
        assert said == notes and (found == pixels).all()


@pytest.mark.parametrize("missing", range(5))
def test_missing_last_bytes_are_noted(tmp_path, missing):
    """The bytes of the offset of the next directory, which is 0."""
    pixels = picture(6, 5, 1)
    data = header(38) + pixels.tobytes() + directory_bytes(FIELDS, 38)
    (tmp_path / "a.tif").write_bytes(data[:len(data) - missing])
    found, notes = read(tmp_path / "a.tif")
    told = ["the file ends before the offset of a next directory; none was assumed"]
    assert (found == pixels).all() and notes == (told if missing else [])


def refusal(path):
    with pytest.raises(CodecError) as error:
        read(path)
    return error.value.reason


def test_reasons_are_plain(tmp_path):
    """Messages of libtiff can be empty, or about its functions."""
    path, pixels = tmp_path / "a.tif", np.random.default_rng(1).integers(0, 256, (6, 50), np.uint8)
    data = zlib.compress(pixels.tobytes())
    make(path, 50, 6, [data[:len(data) // 2]], compression=8)
    assert refusal(path) == "the data of strip 0, from row 0 on, is damaged: its compressed data ends too early"
    make(path, 25, 6, [pixels.tobytes()], extra={338: (3, 129)}, samples=2)
    assert "cannot be read: Bad value" in refusal(path)
    make(path, 50, 6, [pixels.tobytes()], tile=(0, 0), extra={0: (3, 1)})
    assert "set_field_type" not in refusal(path) and not refusal(path).endswith("was given")
    make(path, 0, 0, [pixels.tobytes()])
    assert refusal(path) == "the header says the image is 0×0 pixels; a side has 1 at least"
