"""Files with restart markers, decoded side by side. Everything but the time equals decoding with one thread."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from library import CodecError, Reader, read, write
from test_jpeg import picture


def encoded(pixels, **options):
    file = io.BytesIO()
    Image.fromarray(pixels[..., ::-1] if pixels.ndim == 3 else pixels).save(file, "JPEG", quality=85, **options)
    return file.getvalue()


def outcome(path, threads, rows=64):
    """Pixels and notes, or the failure with its row and the rows before it."""
    with Reader(path, threads=threads) as reader:
        given, height = [], reader.info.height
        try:
            for top in range(0, height, rows):
                given.append(reader.rows(min(rows, height - top)))
            reader.finish()
        except CodecError as error:
            return given, reader.notes, (error.code, error.reason, error.row)
        return given, reader.notes, None


def compare(path, data, **options):
    path.write_bytes(data)
    pixels, notes, failure = outcome(path, 1, **options)
    for threads in (2, 5):
        others = outcome(path, threads, **options)
        assert others[1:] == (notes, failure) and len(others[0]) == len(pixels)
        assert all(np.array_equal(one, other) for one, other in zip(pixels, others[0]))
    return pixels, notes, failure


KINDS = {
    "rows": {"restart_marker_rows": 1}, "blocks": {"restart_marker_blocks": 5}, "two rows": {"restart_marker_rows": 2},
    "444": {"restart_marker_rows": 1, "subsampling": "4:4:4"},
    "422": {"restart_marker_rows": 1, "subsampling": "4:2:2"}, "none": {}}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1500, 1407), (1280, 2000), (4001, 333), (300, 5003)])
@pytest.mark.parametrize("gray", [False, True])
def test_threads_decode_the_same_pixels(tmp_path, kind, size, gray):
    pixels = picture(*size)
    data = encoded(pixels[..., 1].copy() if gray else pixels, **KINDS[kind])
    for rows in (64, 1, 5003):
        found, notes, failure = compare(tmp_path / "a.jpg", data, rows=rows)
        assert notes == [] and failure is None
    right = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(np.concatenate(found), right)


def test_files_of_our_writer_are_decoded_alike(tmp_path):
    write(tmp_path / "a.jpg", "jpeg", picture(2000, 1500), threads=2)
    assert np.array_equal(read(tmp_path / "a.jpg", rows=100, threads=3)[0], read(tmp_path / "a.jpg")[0])


def test_threads_end_with_the_reader(tmp_path):
    def threads():
        return len(list(Path("/proc/self/task").iterdir()))

    path, data = tmp_path / "a.jpg", encoded(picture(2000, 1500), restart_marker_rows=1)
    path.write_bytes(data)
    # OpenCV has started its own threads before.
    before = threads()
    for rows in (1, 700, 1500):
        with Reader(path, threads=3) as reader:
            reader.rows(rows)
            assert threads() == before + 3
        assert threads() == before
    # With bytes behind the end, one thread reads the file.
    path.write_bytes(data + b"junk")
    with Reader(path, threads=3) as reader:
        reader.rows(1)
        assert threads() == before


@pytest.mark.parametrize("kind", ["rows", "blocks", "444"])
def test_irregular_files_are_decoded_alike(tmp_path, kind):
    """Irregular bytes behind the data, and missing data."""
    data, path = encoded(picture(1500, 1200), **KINDS[kind]), tmp_path / "a.jpg"
    for changed, words in ((data + b"junk", "junk of 4 bytes"), (data[:-2], "end marker"), (data + data, ""),
                           (data[:-2] + b"\xff\xfe\0\x05abc\xff\xd9", "")):
        pixels, notes, failure = compare(path, changed)
        assert failure is None and any(words in note for note in notes) or not words
    for end in range(1000, len(data) - 2, len(data) // 5):
        assert compare(path, data[:end])[2][0] == "damaged"
        # A restart marker is missing, or repeated.
        at = data.index(b"\xff\xd3", end) if b"\xff\xd3" in data[end:] else data.rindex(b"\xff\xd3")
        compare(path, data[:at] + data[at + 2:])
        compare(path, data[:at] + b"\xff\xd4" + data[at + 2:])


@pytest.mark.parametrize("kind", ["rows", "blocks", "422"])
def test_damage_is_found_alike(tmp_path, kind):
    data, random = encoded(picture(1500, 1200), **KINDS[kind]), np.random.default_rng(3)
    begin, failures = data.index(b"\xff\xda") + 14, 0
    for _ in range(25):
        changed = bytearray(data)
        for _ in range(int(random.integers(1, 4))):
            changed[int(random.integers(begin, len(data)))] ^= int(random.integers(1, 256))
        failures += compare(tmp_path / "a.jpg", bytes(changed))[2] is not None
    assert failures > 5
