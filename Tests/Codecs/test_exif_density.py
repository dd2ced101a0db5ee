"""A resolution written into an EXIF block, as WebP needs it. exiftool and Pillow find it and everything else."""

import ctypes as c
import struct

import pytest
from PIL import Image

from library import UNITS, Bytes, CodecError, Density, check, library
from matrix_files import saved
from processing import block, done, exiftool, tagged
from test_exif import exif_block

FIELDS = {"IFD0:XResolution", "IFD0:YResolution", "IFD0:ResolutionUnit"}


def with_density(data, x, y, unit="inch"):
    result = Bytes()
    check(library().twc_exif_set_density(data, c.c_size_t(len(data)), Density(x, y, UNITS[unit]), c.byref(result)))
    copied = bytes(result.bytes[:result.count])
    c.CDLL(None).free(result.bytes)
    return copied


def tags_of(data, path):
    """The tags by exiftool, in EXIF's groups only."""
    Image.new("RGB", (16, 16)).save(path, exif=b"Exif\0\0" + data)
    return {name: value for name, value in exiftool(path)[0].items()
            if name.split(":")[0] in ("IFD0", "ExifIFD", "GPS", "InteropIFD", "IFD1")}


@pytest.mark.parametrize("order", ["II", "MM"])
@pytest.mark.parametrize("x, y, unit", [(300, 300, "inch"), (118.11, 59.055, "cm"), (2, 1, "none"), (0.5, 1e9, "inch")])
def test_other_fields_are_unchanged(tmp_path, order, x, y, unit):
    source = tagged(saved(tmp_path / "source.jpg"), f"-ExifByteOrder={order}", "-IFD0:Make=Acme", "-IFD0:Artist=Ann",
                    "-ExifIFD:ISO=213", "-GPSLatitude=48.5", "-GPSLatitudeRef=N", "-IFD0:Software=Nine")
    before = block(source, "exif")
    after = with_density(before, x, y, unit)
    # Of the old bytes, only the offset of the first directory has changed.
    assert after[:4] == before[:4] and after[8:len(before)] == before[8:]
    old, new = tags_of(before, tmp_path / "old.jpg"), tags_of(after, tmp_path / "new.jpg")
    assert {name: value for name, value in new.items() if name not in FIELDS} == \
        {name: value for name, value in old.items() if name not in FIELDS}
    assert [new["IFD0:XResolution"], new["IFD0:YResolution"]] == pytest.approx([x, y], rel=1e-6)
    assert new["IFD0:ResolutionUnit"] == {"none": 1, "inch": 2, "cm": 3}[unit]
    with Image.open(tmp_path / "new.jpg") as image:
        assert float(image.getexif()[0x11A]) == pytest.approx(x, rel=1e-6)
    letter = "<" if order == "II" else ">"
    directory, = struct.unpack_from(letter + "I", after, 4)
    count, = struct.unpack_from(letter + "H", after, directory)
    numbers = [struct.unpack_from(letter + "H", after, directory + 2 + 12 * index)[0] for index in range(count)]
    assert numbers == sorted(numbers) and directory >= len(before)


def test_a_block_with_only_a_resolution_is_made(tmp_path):
    tags = tags_of(with_density(b"", 600, 300), tmp_path / "new.jpg")
    assert tags == {"IFD0:XResolution": 600, "IFD0:YResolution": 300, "IFD0:ResolutionUnit": 2}


@pytest.mark.parametrize("data", [b"II*\0", b"JPEG" * 9, b"II*\0\xff\0\0\0" + bytes(20),
                                  b"II*\0\x08\0\0\0\x09\0" + bytes(30)])
def test_invalid_blocks_are_damage(data):
    with pytest.raises(CodecError) as failure:
        with_density(data, 300, 300)
    assert failure.value.code == "damaged"


@pytest.mark.parametrize("x", [0, -1, float("nan"), float("inf"), 5e9])
def test_impossible_resolutions_are_refused(x):
    with pytest.raises(CodecError) as failure:
        with_density(exif_block("<", []), x, 300)
    assert failure.value.code == "unsupported"


def test_the_resolution_of_the_file_overrides_its_exif(tmp_path):
    source = tagged(saved(tmp_path / "source.jpg", dpi=(300, 300)), "-IFD0:XResolution=72", "-IFD0:YResolution=72",
                    "-IFD0:Make=Acme")
    outcome = done(source, tmp_path / "result.webp")
    assert outcome.notes == ["the resolution of 300 dpi took the place of the resolution of 72 dpi in the EXIF data"]
    tags = exiftool(outcome.path)[0]
    assert (tags["IFD0:XResolution"], tags["IFD0:Make"]) == (300, "Acme")
