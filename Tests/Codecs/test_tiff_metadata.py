"""Metadata of TIFF files, written by exiftool and tifffile, and read back by them."""

import json
import struct
import subprocess

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from library import Reader, read, write
from test_tiff_maker import directory_bytes, make, picture

TAGS = {"Make": "Maker", "Model": "Camera 7", "Artist": "Ada", "Copyright": "(c) Ada",
        "ImageDescription": "What it is", "Software": "Program 1", "ExposureTime": "1/125", "FNumber": "2.8",
        "ISO": "400", "LensModel": "50mm",
        "DateTimeOriginal": "2024:01:02 03:04:05", "UserComment": "a comment", "GPSLatitude": "48.2",
        "GPSLatitudeRef": "N", "GPSLongitude": "16.37", "GPSLongitudeRef": "E", "XPTitle": "Title",
        "InteropIndex": "R98"}


def exiftool(path):
    result = subprocess.run(["exiftool", "-j", "-G1", "-n", str(path)], check=True, capture_output=True, text=True)
    return json.loads(result.stdout)[0]


def described(path, tags=TAGS):
    facts = exiftool(path)
    return {name: next((value for key, value in facts.items() if key.split(":")[-1] == name and not
                        key.startswith(("Composite", "XMP", "IPTC"))), None) for name in tags}


def tag(path):
    subprocess.run(["exiftool", "-q", "-overwrite_original", *(f"-{name}={value}" for name, value in TAGS.items()),
                    str(path)], check=True)


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_survives_a_round_trip(tmp_path, order):
    source, result, jpeg = tmp_path / "a.tif", tmp_path / "b.tif", tmp_path / "c.jpg"
    tifffile.imwrite(source, picture(20, 30), photometric="rgb", byteorder=order, metadata=None)
    tag(source)
    expected = described(source)
    assert None not in expected.values()
    with Reader(source) as reader:
        exif = reader.block("exif")
    assert exif[:2] == (b"II" if order == "<" else b"MM")
    # Pillow and exiftool read the block alone.
    image = Image.Exif()
    image.load(b"Exif\0\0" + exif)
    assert image[271] == "Maker" and image.get_ifd(34665)[33434] == 1 / 125
    Image.new("RGB", (30, 20)).save(jpeg, exif=b"Exif\0\0" + exif)
    assert described(jpeg) == expected
    write(result, "tiff", picture(20, 30), blocks=[("exif", 0, 0, exif)])
    assert described(result) == expected
    assert exiftool(result)["IFD0:Orientation"] == 1
    assert "ExifTool:Warning" not in exiftool(result)
    # exiftool 12.57 misreads BigTIFF's GPS directory and its XP fields; tifffile reads them.
    write(result, "tiff", picture(20, 30), blocks=[("exif", 0, 0, exif)], is_big=True)
    plain = [name for name in TAGS if not name.startswith(("GPS", "XP", "Interop"))]
    assert described(result, plain) == {name: expected[name] for name in plain}
    with tifffile.TiffFile(result) as file:
        assert file.pages[0].tags[40091].value.decode("utf-16-le") == "Title\0"
        position = file.pages[0].tags[34853].value
        degrees, _, minutes, _ = position["GPSLatitude"][:4]
        assert position["GPSLatitudeRef"] == "N" and (degrees, minutes) == (48, 12)
    with Reader(result) as reader:
        Image.new("RGB", (30, 20)).save(jpeg, exif=b"Exif\0\0" + reader.block("exif"))
    assert described(jpeg) == expected


def test_other_blocks_are_kept(tmp_path):
    source, result = tmp_path / "a.tif", tmp_path / "b.tif"
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>'
    iptc = b"\x1c\x02\x05\x00\x05Title\x1c\x02\x78\x00\x03abc"
    pixels = picture(20, 30)
    blocks = [("icc", 0, 0, icc), ("xmp", 0, 0, xmp), ("iptc", 0, 0, iptc)]
    for is_big in (False, True):
        assert write(result, "tiff", pixels, blocks=blocks, density=(600, 300, "inch"), is_big=is_big) == []
        with Reader(result) as reader:
            assert [reader.block(kind) for kind in ("icc", "xmp", "iptc")] == [icc, xmp, iptc]
            assert (reader.info.density.x, reader.info.density.y, reader.info.density.unit) == (600, 300, 1)
        facts = exiftool(result)
        assert facts["IPTC:ObjectName"] == "Title" and facts["IFD0:XResolution"] == 600
        image = Image.open(result)
        assert image.info["icc_profile"] == icc and image.info["dpi"] == (600, 300)


@pytest.mark.parametrize("order", ["<", ">"])
def test_iptc_of_each_kind_is_read(tmp_path, order):
    iptc = b"\x1c\x02\x05\x00\x05Title\x1c\x02\x78\x00\x03abc"
    padded = iptc + b"\0" * (-len(iptc) % 4)
    swapped = b"".join(padded[index:index + 4][::-1] for index in range(0, len(padded), 4))
    def resource(number, data):
        return b"8BIM" + struct.pack(">H2sI", number, b"\0\0", len(data)) + data + b"\0" * (len(data) % 2)
    photoshop = resource(0x03ED, b"12345") + resource(0x0404, iptc) + resource(0x0425, bytes(16))
    for fields in ({33723: (7, iptc)}, {33723: (4, padded)}, {33723: (4, swapped)}, {34377: (7, photoshop)},
                   {33723: (1, iptc), 34377: (7, photoshop)}):
        make(tmp_path / "a.tif", 4, 4, [bytes(16)], order, extra=fields)
        with Reader(tmp_path / "a.tif") as reader:
            assert [entry[3] for entry in reader.blocks if entry[0] == "iptc"] == [iptc]
            assert reader.notes == []


def test_iptc_of_imagemagick_is_read(tmp_path):
    """ImageMagick 6 writes only a quarter of the IPTC data into the field for IPTC, and all of it into Photoshop's
    field."""
    iptc = b"\x1c\x02\x19\0\4KEEP" + b"\x1c\x02\x5a\0\4K\xf6ln" + b"\x1c\x02\0\0\2\0\4"
    photoshop = b"8BIM\4\4\0\0" + struct.pack(">I", len(iptc)) + iptc + b"\0"
    for count in (6, 7, 9, 12, 13, len(iptc) - 1):
        make(tmp_path / "a.tif", 4, 4, [bytes(16)], extra={33723: (7, iptc[:count]), 34377: (1, photoshop)})
        with Reader(tmp_path / "a.tif") as reader:
            assert [entry[3] for entry in reader.blocks if entry[0] == "iptc"] == [iptc]
            assert reader.notes == []
        # Without Photoshop's field, the incomplete data in the field for IPTC is kept.
        make(tmp_path / "a.tif", 4, 4, [bytes(16)], extra={33723: (7, iptc[:count])})
        with Reader(tmp_path / "a.tif") as reader:
            assert reader.block("iptc") == iptc[:count]
            # The first record has 9 bytes.
            assert reader.notes == (["the last record of the IPTC data is cut off"] if count != 9 else [])
    other = iptc.replace(b"KEEP", b"BEEP")
    for stored, right, number in ((other, other, 34377), (other[:12], iptc, 33723)):
        make(tmp_path / "a.tif", 4, 4, [bytes(16)], extra={33723: (7, stored), 34377: (1, photoshop)})
        with Reader(tmp_path / "a.tif") as reader:
            assert [entry[3] for entry in reader.blocks if entry[0] == "iptc"] == [right]
            assert reader.notes == [f"a second IPTC block (TIFF field {number}) was left out"]


@pytest.mark.parametrize("order, big", [("<", False), (">", False), (">", True)])
def test_geotiff_fields_are_kept(tmp_path, order, big):
    scale, point = np.array([0.5, 0.5, 0.0]), np.array([0, 0, 0, 1000.5, 2000.25, 0])
    keys = np.array([1, 1, 0, 1, 1024, 0, 1, 1], np.uint16)
    extra = {33550: (12, scale), 33922: (12, point), 34735: (3, keys), 34736: (12, [1.5]), 34737: (2, b"WGS 84|\0"),
             42112: (2, b"<GDALMetadata/>\0"), 42113: (2, b"0\0")}
    source, result = tmp_path / "a.tif", tmp_path / "b.tif"
    make(source, 4, 4, [bytes(16)], order, big, extra=extra)
    with Reader(source) as reader:
        fields = [entry for entry in reader.blocks if entry[0] == "tiff"]
    kept = {entry[1]: entry for entry in fields}
    assert set(kept) == set(extra)
    assert np.array_equal(np.frombuffer(kept[33550][3], np.float64), scale)
    assert np.array_equal(np.frombuffer(kept[34735][3], np.uint16), keys)
    for is_big in (False, True):
        assert write(result, "tiff", picture(4, 4, 1), blocks=fields, is_big=is_big) == []
        with tifffile.TiffFile(result) as file:
            tags = file.pages[0].tags
            assert tags[33550].value == tuple(scale) and tags[33922].value == tuple(point)
            assert tags[34735].value == tuple(keys) and tags[34737].value == "WGS 84|"
            assert tags[42112].value == "<GDALMetadata/>" and tags[42113].value == "0"


WHITE, PRIMARIES = (0.3127, 0.329), (0.64, 0.33, 0.3, 0.6, 0.15, 0.06)


def fractions(values):
    return b"".join(struct.pack("<II", round(value * 10000), 10000) for value in values)


def test_white_point_and_primaries_survive_a_round_trip(tmp_path):
    """JPEG files have them in EXIF, and TIFF files in their directory."""
    source, result = tmp_path / "a.tif", tmp_path / "b.tif"
    make(source, 4, 4, [bytes(16)], extra={318: (5, fractions(WHITE)), 319: (5, fractions(PRIMARIES))})
    with Reader(source) as reader:
        exif = reader.block("exif")
        assert reader.notes == []
    assert write(result, "tiff", picture(4, 4, 1), blocks=[("exif", 0, 0, exif)]) == []
    facts = exiftool(result)
    # libtiff keeps them as 32-bit floats.
    for name, values in (("WhitePoint", WHITE), ("PrimaryChromaticities", PRIMARIES)):
        assert [float(number) for number in facts[f"IFD0:{name}"].split()] == pytest.approx(values, rel=1e-7)


def test_two_iptc_blocks_that_differ_are_noted(tmp_path):
    def records(word):
        return b"\x1c\x02\x05\x00\x05" + word
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", 10) + records(b"Other")
    make(tmp_path / "a.tif", 4, 4, [bytes(16)], extra={33723: (7, records(b"Title")), 34377: (7, resource)})
    with Reader(tmp_path / "a.tif") as reader:
        assert reader.block("iptc") == records(b"Title")
        assert reader.notes == ["a second IPTC block (TIFF field 34377) was left out"]


def test_the_resolution_is_kept(tmp_path, cases):
    for unit, name in ((2, 1), (3, 2), (1, 0)):
        tifffile.imwrite(tmp_path / "a.tif", picture(8, 8), photometric="rgb", resolution=(118.11, 59),
                         resolutionunit=unit)
        with Reader(tmp_path / "a.tif") as reader:
            density = reader.info.density
            assert abs(density.x - 118.11) < 1e-3 and density.y == 59 and density.unit == name
    with Reader(cases / "profile-adobe-rgb.tif") as reader:
        profile = reader.block("icc")
    assert profile == Image.open(cases / "profile-adobe-rgb.tif").info["icc_profile"]
    write(tmp_path / "b.tif", "tiff", picture(8, 8), blocks=[("icc", 0, 0, profile)])
    assert Image.open(tmp_path / "b.tif").info["icc_profile"] == profile


def test_the_resolution_of_photoshop_applies_alone(tmp_path):
    resource = b"8BIM\x03\xed\0\0" + struct.pack(">IIHHIHH", 16, 300 << 16, 1, 1, 150 << 16, 1, 1)
    for extra, right in (({}, (300, 150, 1)), ({282: (5, [72, 1]), 283: (5, [72, 1]), 296: (3, 2)}, (72, 72, 1))):
        make(tmp_path / "a.tif", 4, 4, [bytes(16)], extra={34377: (1, resource), **extra})
        with Reader(tmp_path / "a.tif") as reader:
            density = reader.info.density
            assert (density.x, density.y, density.unit) == right and reader.notes == []


def test_broken_exif_is_harmless(tmp_path):
    """Directories that lie outside, form a circle or are too long are left out with a note. The pixels are right."""
    array = picture(8, 8, 1)
    for fields in ({34665: (4, 1 << 30)}, {34665: (4, 8)}, {34853: (4, 3)}):
        make(tmp_path / "a.tif", 8, 8, [array.tobytes()], extra=fields)
        pixels, notes = read(tmp_path / "a.tif")
        assert np.array_equal(pixels, array) and any("EXIF" in note for note in notes)
    loop = b"II*\0" + struct.pack("<I", 8) + directory_bytes({34665: (4, 8), 271: (2, b"Me\0")}, 8)
    for block in (loop, loop[:20], b"", b"II*\0\xff\xff\xff\xff"):
        write(tmp_path / "b.tif", "tiff", array, blocks=[("exif", 0, 0, block)])
        assert np.array_equal(tifffile.imread(tmp_path / "b.tif"), array)


def test_fields_that_are_left_out_are_counted(tmp_path):
    make(tmp_path / "a.tif", 4, 4, [bytes(16)], extra={65000 + index: (3, [1]) for index in range(12)})
    with Reader(tmp_path / "a.tif") as reader:
        numbers = ", ".join(str(65000 + index) for index in range(8))
        assert reader.notes == [f"the TIFF fields {numbers}, … (12) were left out"]


def test_fields_that_are_too_large_are_noted(tmp_path):
    """Each field claims 65 MiB of the file, which has no data there."""
    path, many = tmp_path / "a.tif", 65 << 20
    names = {700: "the XMP data", 33723: "the IPTC data", 34377: "the data of Photoshop", 33550: "GeoTIFF data",
             42112: "GDAL data", 34675: "the ICC profile"}
    kinds = {33550: 12}
    data = make(path, 4, 4, [bytes(16)], extra={tag: (kinds.get(tag, 7), bytes(24)) for tag in names})
    for tag in names:
        kind, size = kinds.get(tag, 7), 8 if tag in kinds else 1
        entry = data.index(struct.pack("<HHI", tag, kind, 24 // size))
        data = data[:entry + 4] + struct.pack("<II", many // size, 8) + data[entry + 12:]
    path.write_bytes(data)
    with open(path, "r+b") as file:
        file.truncate(many + 100)
    with Reader(path) as reader:
        assert set(reader.notes) == {f"{name} (TIFF field {tag}, {many} bytes) was left out: it is too large"
                                     for tag, name in names.items()}
        # The profile is kept without other metadata.
        for index, note in enumerate(reader.notes):
            assert reader.note_is_metadata(index) == ("ICC" not in note)


def test_the_number_of_the_page_is_noted(tmp_path):
    """The result has one page."""
    make(tmp_path / "a.tif", 4, 4, [bytes(16)], extra={297: (3, [0, 2])})
    assert read(tmp_path / "a.tif")[1] == ["the TIFF field 297 was left out"]
