"""Fields of EXIF's first directory become fields of TIFF. Each is kept with its values, or a note names it."""

import struct
from fractions import Fraction

import pytest
import tifffile

from library import write
from test_tiff_maker import directory_bytes, header, picture

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL, DOUBLE = 1, 2, 3, 4, 5, 7, 10, 12
LETTERS = {BYTE: "B", SHORT: "H", LONG: "I", RATIONAL: "I", SRATIONAL: "i", UNDEFINED: "B", DOUBLE: "d"}

# As many values as the field's definition requires, of the types that libtiff sets in different ways.
KEPT = [
    (50727, RATIONAL, [(1, 2), (5, 4), (3, 1)]),  # AnalogBalance
    (50728, RATIONAL, [(473684, 1000000), (1, 1), (2, 3)]),  # AsShotNeutral
    (50729, RATIONAL, [(3457, 10000), (3585, 10000)]),  # AsShotWhiteXY
    (50832, SRATIONAL, [(-7, 1000), (0, 1), (1, 3)] * 3),  # AsShotPreProfileMatrix
    (50834, SRATIONAL, [(-7, 1000), (0, 1), (1, 3)] * 3),  # CurrentPreProfileMatrix
    *((tag, SRATIONAL, [(6722, 10000), (-635, 10000), (-963, 10000)] * 3) for tag in range(50721, 50727)),
    (50730, SRATIONAL, [(-1, 4)]),  # BaselineExposure
    (50731, RATIONAL, [(3, 2)]),  # BaselineNoise
    (50736, RATIONAL, [(24, 1), (70, 1), (28, 10), (4, 1)]),  # LensInfo
    (50718, RATIONAL, [(1, 1), (3, 2)]),  # DefaultScale
    (50714, RATIONAL, [(64, 1), (129, 2)]),  # BlackLevel
    (50715, SRATIONAL, [(-1, 8), (1, 8)]),  # BlackLevelDeltaH
    (286, RATIONAL, [(5, 2)]),  # XPosition
    (337, ASCII, b"A printer\0"),  # TargetPrinter
    (285, ASCII, b"Page\0"),  # PageName
    (50708, ASCII, b"Camera 7\0"),  # UniqueCameraModel
    (50709, BYTE, b"Kamera 7"),  # LocalizedCameraModel
    (50740, BYTE, b"private!"),  # DNGPrivateData
    (50831, UNDEFINED, b"12345678"),  # AsShotICCProfile
    (42036, ASCII, b"A lens\0"),
    (60001, SHORT, [1, 2, 3]),
    (60002, DOUBLE, [0.1, -2.5]),
]
NOTED = [
    (264, SHORT, [4]), (265, SHORT, [5]), (280, SHORT, [3]), (281, SHORT, [200]), (340, SHORT, [3]),  # CellWidth …
    (332, SHORT, [2]), (336, SHORT, [0, 255]), (263, SHORT, [2]),
    (297, SHORT, [0, 2]),  # PageNumber
    (60003, RATIONAL, [(1, 2)]),  # In no table.
    (50727, RATIONAL, [(1, 0), (1, 1)]), (50721, SRATIONAL, [(1, 0)] * 9),  # No numbers.
    (50731, RATIONAL, [(4294967295, 1)]), (50731, RATIONAL, [(1, 4294967295)]),
    (50736, RATIONAL, [(24, 1)]),  # Too few.
]
UNTRUE = {280, 281, 297, 332, 336, 340}
SILENT = [
    (256, LONG, [7]), (258, SHORT, [4]), (259, SHORT, [6]), (262, SHORT, [6]), (274, SHORT, [1]), (277, SHORT, [7]),
    (282, RATIONAL, [(72, 1)]), (296, SHORT, [2]), (317, SHORT, [1]), (531, SHORT, [1]), (530, SHORT, [2, 2]),
]


def stored(order, kind, values):
    if isinstance(values, bytes):
        return values
    flat = [number for value in values for number in (value if isinstance(value, tuple) else (value,))]
    return struct.pack(f"{order}{len(flat)}{LETTERS[kind]}", *flat)


def written(path, order, tag, kind, values):
    """Types and values of the result's fields by tag, and the notes."""
    data = stored(order, kind, values)
    if kind == SRATIONAL:
        # `directory_bytes` does not know this type. Entries of another type look the same.
        block = header(8, order) + directory_bytes({271: (ASCII, b"Me\0"), tag: (RATIONAL, data)}, 8, order)
        place = block.index(struct.pack(order + "HH", tag, RATIONAL))
        block = block[:place] + struct.pack(order + "HH", tag, SRATIONAL) + block[place + 4:]
    else:
        block = header(8, order) + directory_bytes({271: (ASCII, b"Me\0"), tag: (kind, data)}, 8, order)
    notes = write(path, "tiff", picture(8, 8), blocks=[("exif", 0, 0, block)])
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        assert page.tags[271].value == "Me"
        return {entry.code: (entry.dtype, entry.value) for entry in page.tags}, notes


def values_of(kind, value):
    """The values that tifffile has read, as a list of numbers, or as bytes."""
    if isinstance(value, (str, bytes)):
        return value.encode() if isinstance(value, str) else value
    value = list(value) if isinstance(value, tuple) else [value]
    if kind in (RATIONAL, SRATIONAL):
        return [Fraction(*pair) for pair in zip(value[::2], value[1::2])]
    return bytes(value) if kind in (BYTE, UNDEFINED) else value


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("tag, kind, values", KEPT, ids=lambda value: str(value)[:20])
def test_supported_fields_are_kept(tmp_path, order, tag, kind, values):
    fields, notes = written(tmp_path / "a.tif", order, tag, kind, values)
    assert notes == [] and fields[tag][0] == kind
    found = values_of(*fields[tag])
    if kind not in (RATIONAL, SRATIONAL):
        assert found == (values.rstrip(b"\0") if kind == ASCII else values)
        return
    right = [Fraction(*pair) for pair in values]
    assert len(found) == len(right)
    assert all(abs(one - other) <= abs(other) / 1000000 for one, other in zip(found, right))


@pytest.mark.parametrize("tag, kind, values", NOTED, ids=lambda value: str(value)[:20])
def test_unsupported_fields_are_noted(tmp_path, tag, kind, values):
    fields, notes = written(tmp_path / "a.tif", "<", tag, kind, values)
    assert tag not in fields
    reason = "it would be untrue of the result" if tag in UNTRUE else "TIFF cannot hold it"
    assert notes == [f"EXIF field {tag} was left out: {reason}"]


@pytest.mark.parametrize("tag, kind, values", SILENT, ids=lambda value: str(value)[:20])
def test_the_structure_of_another_file_is_dropped(tmp_path, tag, kind, values):
    fields, notes = written(tmp_path / "a.tif", "<", tag, kind, values)
    assert notes == [] and fields[256][1] == 8 and fields[258][1] == (8, 8, 8)
