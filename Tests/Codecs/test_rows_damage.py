"""Rows of damaged or changed files, and indices of other files: an error, or the right rows."""

import os

import cv2
import numpy as np
import pytest

from library import CodecError, Reader, write, write_indexed
from test_rows import photo, rows_of

LONG = os.environ.get("TILEWORK_LONG_TESTS") == "1"


def failure(path, first, count, index, **options):
    with pytest.raises(CodecError) as caught:
        rows_of(path, first, count, index, **options)
    return caught.value


def is_refused(path, whole, first, count, index, **options):
    """Whether reading the rows fails. If it does not, it has to give the right rows."""
    try:
        found = rows_of(path, first, count, index, **options)
    except CodecError as error:
        assert error.code == "damaged"
        return True
    assert np.array_equal(found, whole[first:first + count])
    return False


def written(path, format, width=1500, height=1407, **options):
    """A file with an index, and its pixels by another decoder."""
    index = write_indexed(path, format, photo(width, height, 3), threads=2, **options)
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED), index


@pytest.mark.parametrize("format", ["png", "jpeg"])
def test_truncation_is_detected(tmp_path, format):
    path = tmp_path / "a"
    whole, (rows, offsets) = written(path, format)
    data, height = path.read_bytes(), len(whole)
    for end in (*range(1, len(data), len(data) // (200 if LONG else 40)), offsets[3], offsets[3] + 1, offsets[0]):
        path.write_bytes(data[:end])
        for first, count in ((3 * rows, rows), (0, 1), (height - 1, 1), (3 * rows - 1, rows + 2)):
            # The requested rows, or an error; never a part of them.
            try:
                found = rows_of(path, first, count, (rows, offsets))
            except CodecError as error:
                assert error.code == ("not an image" if end < 16 else "damaged")
            else:
                assert np.array_equal(found, whole[first:first + count])
    path.write_bytes(data[:offsets[3]])
    found = rows_of(path, 0, 2 * rows, (rows, offsets))
    assert np.array_equal(found, whole[:2 * rows])
    assert "outside of it" in failure(path, 3 * rows, rows, (rows, offsets)).reason


def test_damaged_png_is_detected(tmp_path):
    """Each chunk has a checksum. It is verified even if the wanted rows end before it."""
    path = tmp_path / "a"
    whole, (rows, offsets) = written(path, "png")
    data, random = path.read_bytes(), np.random.default_rng(1)
    for _ in range(300 if LONG else 60):
        band = int(random.integers(len(offsets) - 1))
        changed = bytearray(data)
        changed[int(random.integers(offsets[band], offsets[band + 1]))] ^= int(random.integers(1, 256))
        path.write_bytes(changed)
        top, end = band * rows, min(len(whole), (band + 1) * rows)
        for first, count in ((top, 1), (end - 1, 1), (max(0, top - 1), end - max(0, top - 1))):
            error = failure(path, first, count, (rows, offsets))
            # Rows are counted in the whole image.
            assert error.code == "damaged" and (error.row == -1 or max(0, top - 1) <= error.row <= end)
        other = (band + 2) * rows if (band + 2) * rows < len(whole) else 0
        if other or band > 0:
            assert np.array_equal(rows_of(path, other, 1, (rows, offsets)), whole[other:other + 1])


def test_the_message_has_the_rows_of_the_whole_image(tmp_path):
    path = tmp_path / "a"
    whole, (rows, offsets) = written(path, "png")
    data = bytearray(path.read_bytes())
    data[offsets[4] + 100] ^= 1
    path.write_bytes(data)
    error = failure(path, 4 * rows + 2, 3, (rows, offsets))
    assert f"of {len(whole)}:" in error.reason and f"between rows {4 * rows} and" in error.reason
    path = tmp_path / "b"
    whole, (rows, offsets) = written(path, "jpeg")
    data = bytearray(path.read_bytes())
    # A band without any data.
    data[offsets[4] + 4:offsets[5]] = bytes(offsets[5] - offsets[4] - 4)
    path.write_bytes(data)
    error = failure(path, 4 * rows + 2, 3, (rows, offsets))
    assert error.code == "damaged" and f"of {len(whole)}" in error.reason
    assert 4 * rows - 1 <= error.row < 5 * rows


@pytest.mark.parametrize("threads", [1, 3])
def test_damage_of_jpeg_is_found_as_in_the_whole_file(tmp_path, threads):
    """JPEG has no checksum. Damage that can be decoded gives the same pixels as in the whole file, and damage that
    fails there fails here."""
    path = tmp_path / "a"
    whole, (rows, offsets) = written(path, "jpeg")
    data, random, failures = path.read_bytes(), np.random.default_rng(2), 0
    for _ in range(150 if LONG else 30):
        changed = bytearray(data)
        changed[int(random.integers(offsets[0], offsets[-1]))] ^= int(random.integers(1, 256))
        path.write_bytes(changed)
        with Reader(path) as reader:
            try:
                expected = reader.all()
                reader.finish()
            except CodecError as error:
                expected, damaged = None, error
        if expected is None:
            failures += 1
            # Upsampling reads rows of the neighbours.
            first = max(0, damaged.row // rows * rows - 1) if damaged.row >= 0 else 0
            count = min(2 * rows, len(whole) - first)
            if damaged.row >= 0 and "left behind" not in damaged.reason:
                assert failure(path, first, count, (rows, offsets), threads=threads).code == "damaged"
        else:
            for first in range(0, len(whole), 5 * rows):
                count = min(5 * rows, len(whole) - first)
                try:
                    found = rows_of(path, first, count, (rows, offsets), threads=threads)
                except CodecError as error:
                    # In a whole file, irregularities are noted.
                    assert error.code == "damaged"
                else:
                    assert np.array_equal(found, expected[first:first + count])
    assert failures > 3


@pytest.mark.parametrize("format", ["png", "jpeg"])
def test_a_wrong_index_is_detected(tmp_path, format):
    path = tmp_path / "a"
    whole, (rows, offsets) = written(path, format)
    size, height, random = path.stat().st_size, len(whole), np.random.default_rng(4)
    wrong = [(0, offsets), (rows, []), (rows, offsets[:1]), (rows, offsets[:-1]), (rows, offsets + [size]),
             (rows - 1, offsets), (rows + 1, offsets), (2 * rows, offsets), (1, offsets), (1 << 31, offsets),
             (rows, [offset + 1 for offset in offsets]), (rows, [offset - 1 for offset in offsets]),
             (rows, [0] * len(offsets)), (rows, [(1 << 64) - 1] * len(offsets)), (rows, offsets[::-1]),
             (rows, [(1 << 63) + offset for offset in offsets]),
             (rows, [*range(size, size + len(offsets))]), (height, [offsets[0], size + 1])]
    for index in wrong:
        for first, count in ((0, 1), (rows - 1, 2), (height - 1, 1), (0, height)):
            # All bands together are the whole image, whatever number of rows each is claimed to have.
            assert is_refused(path, whole, first, count, index) or count == height or first == 0
    # With one wrong offset, the band above it cannot be read. In a JPEG, the band below it may still be read.
    for _ in range(200 if LONG else 40):
        band, shift = int(random.integers(1, len(offsets) - 1)), int(random.integers(1, 200))
        index = (rows, [offset + (shift if number == band else 0) for number, offset in enumerate(offsets)])
        assert failure(path, (band - 1) * rows, 2, index).code == "damaged"
        assert is_refused(path, whole, band * rows, 2, index) or format == "jpeg"


@pytest.mark.parametrize("format", ["png", "jpeg"])
def test_an_index_of_other_heights_is_detected(tmp_path, format):
    """An index with the right number of bands, but wrong rows."""
    path = tmp_path / "a"
    whole, (rows, offsets) = written(path, format)
    bands = len(offsets) - 1
    others = [other for other in range(1, 2 * rows) if other != rows and -(-len(whole) // other) == bands]
    for other in others:
        for band in (0, 1, bands // 2):
            assert failure(path, band * other, other, (other, offsets)).code == "damaged"


@pytest.mark.parametrize("format", ["png", "jpeg"])
def test_an_index_of_another_file_is_detected(tmp_path, format):
    path, other = tmp_path / "a", tmp_path / "b"
    _, index = written(path, format)
    for width, height in ((1500, 1408), (1500, 900), (1499, 1407)):
        write_indexed(other, format, photo(width, height, 3)[::-1].copy(), threads=2)
        with pytest.raises(CodecError) as caught:
            rows_of(other, 5 * index[0], index[0] + 3, index)
        assert caught.value.code == "damaged"
    # Files of the same format without bands of rows.
    pixels = photo(1500, 1407, 3)
    for data in (cv2.imencode(".png", pixels)[1], cv2.imencode(".jpg", pixels)[1],
                 cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1], b"", b"\x89PNG\r\n\x1a\n" * 9,
                 b"\xff\xd8\xff\xdb\0\0" * 9):
        other.write_bytes(data)
        assert failure(other, 5 * index[0], 3, index).code in ("damaged", "not an image")


def test_rows_beyond_the_end_are_refused(tmp_path):
    for name, format, options in (("a", "png", {}), ("b", "jpeg", {"threads": 2}), ("c", "tiff", {}), ("d", "bmp", {})):
        index = write_indexed(tmp_path / name, format, photo(1500, 1407, 3), **options)
        for first, count in ((1407, 1), (1400, 8), (0, 1408), (1 << 31, 1), ((1 << 32) - 2, 1)):
            error = failure(tmp_path / name, first, count, index)
            assert error.code == "damaged" and "1407 rows" in error.reason
        assert failure(tmp_path / name, 5, 0, index).code == "misuse"


def test_files_without_independent_rows_are_refused(tmp_path):
    pixels, path = photo(1500, 1407, 3), tmp_path / "a"
    for format, options in (("png", {}), ("jpeg", {}), ("webp", {"quality": 80}), ("jpeg", {"is_progressive": True})):
        write(path, format, pixels, **options)
        assert failure(path, 3, 5, None).code == "unsupported"
    # Turned by the orientation.
    exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    write(path, "tiff", pixels, blocks=[("exif", 0, 0, exif)])
    with Reader(path) as reader:
        is_turned = reader.info.orientation == 6
    assert not is_turned or failure(path, 3, 5, None).code == "unsupported"
    # Another page.
    write(path, "png", pixels)
    assert failure(path, 3, 5, None, page=1).code == "unsupported"


def test_damaged_strips_elsewhere_do_not_matter(tmp_path):
    path, pixels = tmp_path / "a", photo(901, 1407, 3)
    write(path, "tiff", pixels, compression="deflate")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    outcomes = []
    for first in range(0, 1400, 20):
        try:
            assert np.array_equal(rows_of(path, first, 5, None), pixels[first:first + 5])
            outcomes.append(True)
        except CodecError as error:
            assert error.code == "damaged" and abs(error.row - first) < 50
            outcomes.append(False)
    assert outcomes.count(False) in (1, 2, 3)
