"""TIFF files with old-style JPEG (compression 6), built from JPEG files of Pillow. OpenCV reads the JPEG files."""

import io
import resource

import cv2
import numpy as np
import pytest
from PIL import Image

import tiff_codes as codes
from library import CodecError, Reader, read
from reading import check_all_ways
from test_tiff_codes import damage
from test_tiff_maker import make, picture

JPEGS = {"gray": dict(mode="L"), "444": dict(mode="RGB", subsampling=0), "422": dict(mode="RGB", subsampling=1),
         "420": dict(mode="RGB", subsampling=2), "optimized": dict(mode="RGB", subsampling=2, optimize=True)}


def old_jpeg(kind, width=150, height=101, **options):
    """A JPEG file, and the fields of its TIFF file."""
    settings = {**JPEGS[kind], **options}
    mode = settings.pop("mode")
    data = codes.gray_jpeg(picture(height, width, 1 if mode == "L" else 3), **settings)
    sampling = {0: [1, 1], 1: [2, 1], 2: [2, 2]}[settings.get("subsampling", 0)]
    samples = 1 if mode == "L" else 3
    fields = dict(samples=samples, photometric=1 if samples == 1 else 6, compression=6)
    return data, fields, {512: (3, 1), **({530: (3, sampling)} if samples == 3 else {})}


def check_old_jpeg(path, data, width=150, height=101):
    """Compares the TIFF file with OpenCV's reading of the JPEG file."""
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    with Reader(path) as reader:
        assert not reader.info.has_regions
    return check_all_ways(path, expected)


@pytest.mark.parametrize("kind", JPEGS)
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("offsets", ["whole", "scan", "none"])
def test_old_jpeg_as_a_whole_file_is_read(tmp_path, kind, order, offsets):
    """A field points to a whole JPEG file. The strip is all of it, or its scan, or is not given."""
    data, fields, extra = old_jpeg(kind)
    scan = len(data) - len(codes.jpeg_parts(data)[3])
    extra.update({513: (4, 8), 514: (4, len(data))})
    if offsets == "scan":
        extra.update({273: (4, 8 + scan), 279: (4, len(data) - scan)})
    make(tmp_path / "a.tif", 150, 101, [data], order, extra=extra, drop=[273, 279] if offsets == "none" else [],
         **fields)
    assert check_old_jpeg(tmp_path / "a.tif", data) == []


@pytest.mark.parametrize("kind", ["gray", "444", "422", "420"])
@pytest.mark.parametrize("strips", [1, 3])
def test_old_jpeg_with_tables_is_read(tmp_path, kind, strips):
    """As in TIFF 6: fields point to tables, and strips are scans, or parts of one scan."""
    down = 16 if kind == "420" else 8
    options = {}
    if strips > 1:
        across = 16 if kind in ("420", "422") else 8
        options["restart_marker_blocks"] = -(-150 // across) * (48 // down)
    data, fields, extra = old_jpeg(kind, **options)
    tables, huffman, interval, scan = codes.jpeg_parts(data)
    scan = scan[:scan.rindex(b"\xff\xd9")]
    parts = [scan]
    if strips > 1:
        for marker in (b"\xff\xd0", b"\xff\xd1"):
            parts[-1:] = parts[-1].split(marker)
    assert len(parts) == strips
    samples = fields["samples"]
    blobs = [*parts]
    for number in range(samples):
        blobs += [tables[min(number, 1)], huffman[min(number, 1)], huffman[0x10 + min(number, 1)]]
    places, at = [], 8
    for blob in blobs:
        places.append(at)
        at += len(blob) + len(blob) % 2
    extra.update({519: (4, places[strips::3]), 520: (4, places[strips + 1::3]), 521: (4, places[strips + 2::3]),
                  273: (4, places[:strips]), 279: (4, [len(part) for part in parts]),
                  278: (4, 48 if strips > 1 else 101)})
    make(tmp_path / "a.tif", 150, 101, blobs, extra=extra, **fields)
    assert check_old_jpeg(tmp_path / "a.tif", data) == []


@pytest.mark.parametrize("strips", [1, 3])
@pytest.mark.parametrize("place", ["field", "strip"])
def test_old_jpeg_with_a_separate_header_is_read(tmp_path, strips, place):
    """A field points to a header, or the header lies in front of the first strip. The strips are the scan."""
    data, fields, extra = old_jpeg("420", **(dict(restart_marker_blocks=30) if strips > 1 else {}))
    scan = codes.jpeg_parts(data)[3]
    start = data[:len(data) - len(scan)]
    scan = scan[:scan.rindex(b"\xff\xd9")]
    # The restart interval follows from the strips.
    at = start.find(b"\xff\xdd\0\4")
    start = start if at < 0 else start[:at] + start[at + 6:]
    parts = [scan]
    for marker in (b"\xff\xd0", b"\xff\xd1")[:strips - 1]:
        parts[-1:] = parts[-1].split(marker)
    if place == "strip":
        parts[0] = start + parts[0]
        make(tmp_path / "a.tif", 150, 101, parts, extra=extra, rows=48 if strips > 1 else 101, **fields)
    else:
        blobs, at, places = [*parts, start], 8, []
        for blob in blobs:
            places.append(at)
            at += len(blob) + len(blob) % 2
        extra.update({273: (4, places[:-1]), 279: (4, [len(part) for part in parts]), 513: (4, places[-1]),
                      514: (4, len(start)), 278: (4, 48 if strips > 1 else 101)})
        make(tmp_path / "a.tif", 150, 101, blobs, extra=extra, **fields)
    assert check_old_jpeg(tmp_path / "a.tif", data) == []


def test_unusual_old_jpeg_is_read(tmp_path):
    """White as 0, a stream that is higher than the image, a progressive stream, and one without an end."""
    data, fields, extra = old_jpeg("gray", height=104)
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), -1)[:101]
    extra.update({513: (4, 8), 514: (4, len(data))})
    make(tmp_path / "a.tif", 150, 101, [data], extra=extra, **{**fields, "photometric": 0})
    check_all_ways(tmp_path / "a.tif", 255 - expected)
    data, fields, extra = old_jpeg("420", progressive=True)
    extra.update({513: (4, 8), 514: (4, len(data))})
    make(tmp_path / "a.tif", 150, 101, [data], extra=extra, **fields)
    check_old_jpeg(tmp_path / "a.tif", data)
    data, fields, extra = old_jpeg("420")
    extra.update({513: (4, 8), 514: (4, len(data) - 2)})
    make(tmp_path / "a.tif", 150, 101, [data[:-2]], extra=extra, **fields)
    notes = check_old_jpeg(tmp_path / "a.tif", data)
    assert notes == ["the end marker of the JPEG file is missing; all rows are there"]


@pytest.mark.parametrize("change, words", [
    ({256: (4, 149)}, "the JPEG stream has 150×101 pixels"), ({257: (4, 102), 278: (4, 102)}, "the JPEG stream has"),
    ({277: (3, 1), 258: (3, 8)}, "of 3 samples; the directory says"), ({512: (3, 14)}, "lossless"),
    ({513: (4, 1 << 30)}, "no header, or not all tables"), ({262: (3, 3)}, "color kind number 3"),
    ({278: (4, 50), 273: (4, [8, 9, 10]), 279: (4, [9, 9, 9])}, "JPEG data cannot be cut there")])
def test_contradictory_old_jpeg_is_refused(tmp_path, change, words):
    data, fields, extra = old_jpeg("420")
    make(tmp_path / "a.tif", 150, 101, [bytes(16) + data],
         extra={**extra, 273: (4, 8), 513: (4, 24), 514: (4, len(data)), **change}, **fields)
    with pytest.raises(CodecError, match=words) as error:
        read(tmp_path / "a.tif")
    assert error.value.code in ("damaged", "unsupported")


def test_canon_raw_is_no_old_jpeg(tmp_path):
    """Its first image is a preview."""
    data, fields, extra = old_jpeg("420")
    make(tmp_path / "a.tif", 150, 101, [b"CR\2\0" + bytes(4), data], extra={**extra, 273: (4, 16), 279: (4, len(data))},
         **fields)
    with pytest.raises(CodecError, match="CR2") as error:
        read(tmp_path / "a.tif")
    assert error.value.code == "unsupported"


def test_rows_of_old_jpeg_are_given_as_they_come(tmp_path):
    """An image larger than the limit of a strip takes little memory."""
    file = io.BytesIO()
    Image.new("RGB", (9000, 9000), (40, 90, 200)).save(file, "jpeg", quality=50)
    data = file.getvalue()
    make(tmp_path / "a.tif", 9000, 9000, [data], samples=3, photometric=6, compression=6,
         extra={512: (3, 1), 513: (4, 8), 514: (4, len(data))})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Reader(tmp_path / "a.tif") as reader:
        for top in range(0, 9000, 500):
            rows = reader.rows(500)
        reader.finish()
    assert np.abs(rows[-1, -1].astype(int) - [200, 90, 40]).max() <= 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


def test_wrong_fields_of_old_jpeg_are_ignored(tmp_path):
    """Subsampling that contradicts the stream, and RGB for YCbCr data."""
    data, fields, extra = old_jpeg("420")
    extra.update({513: (4, 8), 514: (4, len(data)), 530: (3, [2, 1])})
    make(tmp_path / "a.tif", 150, 101, [data], extra=extra, **{**fields, "photometric": 2})
    check_old_jpeg(tmp_path / "a.tif", data)
    make(tmp_path / "a.tif", 150, 101, [data], extra={512: (3, 1), 513: (4, 8), 514: (4, len(data))}, **fields)
    check_old_jpeg(tmp_path / "a.tif", data)


def test_truncated_old_jpeg_is_detected(tmp_path):
    """Truncated at 50 places: never a wrong pixel."""
    data, fields, extra = old_jpeg("420")
    for step in range(50):
        cut = data[:len(data) * step // 50]
        make(tmp_path / "a.tif", 150, 101, [cut], extra={**extra, 513: (4, 8), 514: (4, len(cut))}, **fields)
        damage(tmp_path / "a.tif")
    make(tmp_path / "a.tif", 150, 101, [data], extra={**extra, 513: (4, 8), 514: (4, len(data))}, **fields)
    whole = (tmp_path / "a.tif").read_bytes()
    expected = read(tmp_path / "a.tif")[0]
    # The directory is at the end.
    for step in range(50):
        (tmp_path / "b.tif").write_bytes(whole[:len(whole) * step // 50])
        try:
            assert np.array_equal(read(tmp_path / "b.tif")[0], expected)
        except CodecError:
            pass


def test_noise_in_old_jpeg_is_found_as_in_jpeg(tmp_path):
    """The same noise is detected as by the reader of JPEG files, with the same row."""
    data, fields, extra = old_jpeg("420")
    outcomes = []
    for seed in range(20):
        changed = bytearray(data)
        middle = len(data) * 3 // 4
        changed[middle:middle + 100] = np.random.default_rng(seed).integers(0, 256, 100).astype(np.uint8).tobytes()
        make(tmp_path / "a.tif", 150, 101, [bytes(changed)], extra={**extra, 513: (4, 8), 514: (4, len(data))},
             **fields)
        (tmp_path / "a.jpg").write_bytes(changed)
        pair = []
        for name in ("a.tif", "a.jpg"):
            try:
                read(tmp_path / name)
                pair.append(None)
            except CodecError as error:
                pair.append((error.code, error.row, error.reason))
        assert pair[0] == pair[1]
        outcomes.append(pair[0] is not None)
    assert sum(outcomes) > 10


@pytest.mark.parametrize("fields, words", [
    (dict(tile=(16, 16), samples=3, photometric=6), "old-style JPEG compression in tiles"),
    (dict(planar=2, samples=3, photometric=6), "old-style JPEG compression in planes"),
    (dict(samples=4, photometric=5), "1 or 3 of 8 bits"), (dict(bits=12), "1 or 3 of 8 bits")])
def test_unsupported_old_jpeg_is_refused(tmp_path, fields, words):
    make(tmp_path / "a.tif", 16, 16, [bytes(99)], compression=6, **fields)
    with pytest.raises(CodecError, match=words) as error:
        read(tmp_path / "a.tif")
    assert error.value.code == "unsupported"
