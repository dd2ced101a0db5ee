"""Damaged JPEG files give an error or the right pixels, never a wrong pixel without an error."""

import io
import os
import subprocess
import sys
import tempfile

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFile

from library import CodecError, read
from limits import ENDS, ending
from test_jpeg import (SEQUENTIAL_SCANS, SPECTRAL_SCANS, cjpeg, color, every_kind, expected, needs_tools,
                       pillow, scans)


def attempt(path, data, **options):
    path.write_bytes(data)
    try:
        return *read(path, **options), None
    except CodecError as error:
        return None, None, error


def cut(data, position, marker=b""):
    return data[:position] + marker


def scan_begin(data, index=0):
    """The offset of the entropy-coded data of a scan."""
    at = -1
    for _ in range(index + 1):
        at = data.index(b"\xff\xda", at + 1)
    return at + 2 + int.from_bytes(data[at + 2:at + 4], "big")


@pytest.mark.parametrize("make", list(every_kind()))
@pytest.mark.parametrize("marker", [b"", b"\xff\xd9"], ids=["cut", "cut-and-ended"])
def test_truncation_is_detected(make, marker, tmp_path):
    data = make(tmp_path)
    right = expected(data)
    path = tmp_path / "cut.jpg"
    # Missing bytes at the end of arithmetic-coded data cannot be told from omitted zeros.
    is_arithmetic = b"\xff\xc9" in data[:700] or b"\xff\xca" in data[:700]
    end = len(data) - 40 if is_arithmetic and marker else len(data) - 1
    for position in np.linspace(2, end, 50).astype(int):
        pixels, notes, error = attempt(path, cut(data, position, marker))
        if error:
            assert error.code == "damaged" or (error.code == "not an image" and position < 4), error
            assert position < scan_begin(data) or 0 <= error.row < right.shape[0]
        else:
            is_told = any("ends early" in note for note in notes)
            assert (pixels == right).all() and (notes or marker) or is_told, position
    if is_arithmetic and marker:
        return
    for position in range(len(data) - 12, len(data)):
        pixels, notes, error = attempt(path, cut(data, position, marker))
        assert (error and error.code == "damaged") or ((pixels == right).all() and (notes or marker))


@pytest.mark.parametrize("make", list(every_kind()))
def test_rows_before_the_damage_are_right(make, tmp_path):
    """The status names the first row that differs, or the row above it."""
    data = make(tmp_path)
    right = expected(data)
    path = tmp_path / "cut.jpg"
    for share in (0.3, 0.55, 0.8):
        position = int(scan_begin(data) + (len(data) - scan_begin(data)) * share)
        pixels, notes, error = attempt(path, cut(data, position, b"\xff\xd9"))
        assert error.code == "damaged" and "row" in error.reason or "scan" in error.reason
        broken = Image.open(io.BytesIO(cut(data, position, b"\xff\xd9")))
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        lenient = np.array(broken)
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        lenient = lenient if lenient.ndim == 2 else lenient[:, :, ::-1]
        differing = np.argwhere((lenient != right).reshape(len(right), -1).any(1))
        assert error.row <= (differing[0][0] if len(differing) else len(right))


def test_damaged_cases_are_detected(cases, tmp_path):
    with pytest.raises(CodecError) as error:
        read(cases / "damaged-half.jpg")
    assert error.value.code == "damaged" and 60 <= error.value.row <= 80
    assert error.value.reason.startswith("pixel data ends at row") and "of 150" in error.value.reason
    right = cv2.imread(str(cases / "sound-without-end-marker.expected.png"), cv2.IMREAD_UNCHANGED)
    for rows in (None, 1, 16):
        pixels, notes = read(cases / "sound-without-end-marker.jpg", rows=rows)
        assert (pixels == right).all()
        assert notes == ["the end marker of the JPEG file is missing; all rows are there"]


@pytest.mark.parametrize("make", list(every_kind()))
def test_a_missing_end_marker_is_noted(make, tmp_path):
    data = make(tmp_path)
    pixels, notes, error = attempt(tmp_path / "a.jpg", data[:-2])
    if b"\xff\xc9" in data[:700] or b"\xff\xca" in data[:700]:
        assert error.code == "damaged" and ("ends at row" in error.reason or "ends in scan" in error.reason)
        return
    assert not error and (pixels == expected(data)).all()
    assert notes[-1] == "the end marker of the JPEG file is missing; all rows are there"


def test_a_cut_progressive_file_names_one_row(tmp_path):
    """Every scan adds to all rows, so no row can be named for the place where the last scan ends."""
    data = pillow(color(), progressive=True)
    error = attempt(tmp_path / "a.jpg", data[:len(data) - 200])[2]
    assert error.code == "damaged" and error.row == 0
    assert error.reason.startswith("pixel data ends in scan ") and "row" not in error.reason


def test_noise_in_the_pixels_is_detected(tmp_path):
    """Noise that contains a marker is found at once, with its row."""
    data = bytearray(pillow(color()))
    begin = scan_begin(data)
    middle = begin + (len(data) - begin) // 2
    data[middle:middle + 2] = b"\xff\x47"
    pixels, _, error = attempt(tmp_path / "a.jpg", bytes(data))
    assert error.code == "damaged" and 40 < error.row < 110 and "is damaged at row" in error.reason


def test_a_missing_middle_is_detected(tmp_path):
    data = pillow(color())
    begin = scan_begin(data)
    third = (len(data) - begin) // 3
    _, _, error = attempt(tmp_path / "a.jpg", data[:begin + third] + data[begin + 2 * third:])
    assert error.code == "damaged"


def restarts(data):
    begin = scan_begin(data)
    return [at for at in range(begin, len(data) - 1) if data[at] == 0xFF and 0xD0 <= data[at + 1] <= 0xD7]


@pytest.mark.parametrize("name", ["huffman", pytest.param("arithmetic", marks=needs_tools)])
def test_damaged_restart_intervals_are_detected(name, tmp_path):
    """A missing interval, a repeated one, and one with less data are found, with the row."""
    data = pillow(color(), restart_marker_rows=1) if name == "huffman" else cjpeg("-arithmetic", "-restart", "1")
    right = expected(data)
    marks = restarts(data)
    assert len(marks) == -(-150 // 16) - 1
    path = tmp_path / "a.jpg"
    for broken in (data[:marks[3]] + data[marks[4]:], data[:marks[4]] + data[marks[3]:],
                   data[:(marks[3] + marks[4]) // 2] + data[marks[4]:]):
        _, _, error = attempt(path, broken)
        assert error.code == "damaged" and 47 <= error.row <= 96, error
    # Padding before a restart marker is harmless.
    if name == "huffman":
        pixels, notes, error = attempt(path, data[:marks[3]] + b"\0\0\0" + data[marks[3]:])
        assert not error and (pixels == right).all()
        assert notes == ["3 bytes between the pixel data and marker 0xD3 were ignored"]


def test_bytes_between_markers_are_noted(tmp_path):
    data = pillow(color())
    right = expected(data)
    path = tmp_path / "a.jpg"
    table = data.index(b"\xff\xdb")
    pixels, notes, error = attempt(path, data[:table] + b"junk" + data[table:])
    assert not error and (pixels == right).all() and notes == ["4 bytes before marker 0xDB were ignored"]
    for junk, is_noted in ((b"\0" * 500, True), (b"\xff\xff", False)):
        pixels, notes, error = attempt(path, data[:-2] + junk + b"\xff\xd9")
        assert not error and (pixels == right).all() and len(notes) == is_noted, notes
    _, _, error = attempt(path, data[:-2] + b"rest" * 100 + b"\xff\xd9")
    assert error.code == "damaged" and "there are bytes after the last row" in error.reason


@needs_tools
def test_a_missing_component_is_detected(tmp_path):
    """The last of three scans is missing, before a sound end marker."""
    data = scans(cjpeg(), SEQUENTIAL_SCANS, tmp_path)
    last = data.rindex(b"\xff\xda")
    for marker in (b"", b"\xff\xd9"):
        _, _, error = attempt(tmp_path / "a.jpg", data[:last] + marker)
        assert error.code == "damaged" and "component 3 of 3 is missing" in error.reason and error.row == 0


def test_missing_scans_are_detected(tmp_path):
    data = pillow(color(), progressive=True)
    last = data.rindex(b"\xff\xda")
    for marker in (b"", b"\xff\xd9"):
        _, _, error = attempt(tmp_path / "a.jpg", data[:last] + marker)
        assert error.code == "damaged" and "finer scans are missing" in error.reason and error.row == 0


@needs_tools
def test_uncoded_finest_details_are_noted(tmp_path):
    """The standard allows files without these scans if an end marker follows. The library smooths the blocks, for which
    it reads further rows."""
    data = scans(cjpeg(), SPECTRAL_SCANS, tmp_path)
    ends = [at for at in range(len(data) - 1) if data[at:at + 2] == b"\xff\xda"]
    for last in ends[1:]:
        end = data.rindex(b"\xff\xc4", 0, last)
        end = end if end > ends[ends.index(last) - 1] else last
        path = tmp_path / "a.jpg"
        pixels, notes, error = attempt(path, data[:end] + b"\xff\xd9")
        assert not error and notes == ["the progressive file has no scans for the finest details"]
        assert (pixels == expected(path.read_bytes())).all()
        assert (read(path, scratch=False)[0] == pixels).all()
        for broken in (data[:end], data[:end] + b"\xff\x02some bytes" + data[last + 2:]):
            assert attempt(path, broken)[2].code == "damaged"


def test_nothing_is_printed(tmp_path):
    """Neither the library's messages nor ours are printed to stdout or stderr."""
    data = pillow(color())
    files = [data[:-400], data[:-2] + b"junk" + b"\xff\xd9", b"\xff\xd8\xff\xc3" + data, data[:200]]
    code = ("import sys\nfrom library import *\nfor path in sys.argv[1:]:\n"
            "    try:\n        read(path)\n    except CodecError:\n        pass\n")
    paths = []
    for index, content in enumerate(files):
        paths.append(tmp_path / f"{index}.jpg")
        paths[-1].write_bytes(content)
    done = subprocess.run([sys.executable, "-c", code, *paths], cwd=os.path.dirname(__file__), capture_output=True,
                          check=True)
    assert done.stdout == b"" and done.stderr == b""


@pytest.mark.parametrize("what, code", ENDS)
def test_a_full_disk_for_coefficients_is_reported(what, code, tmp_path, monkeypatch):
    (tmp_path / "a.jpg").write_bytes(pillow(Image.new("RGB", (2000, 2000)), progressive=True))
    with ending(what, 1 << 20, tmp_path) as folder, pytest.raises(CodecError) as error:
        # The scratch file lies in this folder.
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        read(tmp_path / "a.jpg")
    assert error.value.code == code and error.value.system_error


@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_most_noise_is_detected(options, tmp_path):
    """JPEG has no checksum: 16 bytes of noise can be valid codes of as many blocks. Most are not."""
    data = pillow(color(), **options)
    right = expected(data)
    random = np.random.default_rng(2)
    noticed = 0
    for _ in range(100):
        broken = bytearray(data)
        at = random.integers(scan_begin(data), len(data) - 20)
        broken[at:at + 16] = random.integers(0, 256, 16, np.uint8).tobytes()
        pixels, notes, error = attempt(tmp_path / "a.jpg", bytes(broken))
        noticed += bool(error) or bool(notes) or (pixels == right).all()
    assert noticed >= 60


def test_extreme_levels_are_not_damage(tmp_path):
    board = np.kron(np.indices((10, 10)).sum(0) % 2, np.ones((8, 8))) * 255
    for quality in (1, 10, 50, 90, 100):
        for image in (Image.fromarray(board.astype(np.uint8)), Image.fromarray((board.astype(np.uint8)[:, :, None]
                      * np.array([1, 0, 1], np.uint8))), Image.new("RGB", (90, 70), (0, 0, 255))):
            for progressive in (False, True):
                data = pillow(image, quality=quality, progressive=progressive)
                pixels, notes, error = attempt(tmp_path / "a.jpg", data)
                assert not error and notes == [] and (pixels == expected(data)).all()
