"""Damage in BMP files is detected. Harmless irregularities get a note."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bmp_files import bmp, packed, palette, rle
from library import CodecError, Reader, read


def saved(tmp_path, content):
    path = tmp_path / "file.bmp"
    path.write_bytes(content)
    return path


def failure(path, **options):
    with pytest.raises(CodecError) as error:
        read(path, **options)
    assert error.value.code == "damaged", error.value
    return error.value


def files():
    """The name, content and expected pixels of each kind."""
    rng = np.random.default_rng(7)
    for bits in (1, 4, 8):
        table, colors = palette(1 << bits)
        values = rng.integers(0, 1 << bits, (31, 37))
        for top_down in (False, True):
            height = -31 if top_down else 31
            yield (f"{bits}-{top_down}", bmp(37, height, bits, packed(values, bits, top_down), palette=table),
                   colors[values])
        if bits > 1:
            content = bmp(37, 31, bits, rle(values, bits), 1 if bits == 8 else 2, palette=table)
            yield f"rle{bits}", content, colors[values]
    values = rng.integers(0, 256, (31, 37, 3), np.uint8)
    for top_down in (False, True):
        yield f"24-{top_down}", bmp(37, -31 if top_down else 31, 24, packed(values, 24, top_down)), values
    values = rng.integers(0, 256, (31, 37, 4), np.uint8)
    yield "v5", bmp(37, 31, 32, packed(values.view(np.uint32)[..., 0], 32), 3, 124,
                    masks=(0xFF0000, 0xFF00, 0xFF, 0xFF000000)), values


FILES = list(files())


@pytest.mark.parametrize("name,content,right", FILES, ids=[entry[0] for entry in FILES])
def test_truncation_is_detected(tmp_path, name, content, right):
    found, notes = read(saved(tmp_path, content))
    assert np.array_equal(found, right) and notes == []
    for length in sorted({*np.linspace(16, len(content) - 1, 50).astype(int), *range(len(content) - 12, len(content))}):
        path = saved(tmp_path, content[:length])
        try:
            found, notes = read(path)
        except CodecError as error:
            assert error.code == "damaged" and error.reason
            if length > 1100:
                assert error.row >= 0
        else:
            assert np.array_equal(found, right) and notes, (length, len(content))


def test_missing_rows_are_damage(tmp_path):
    values = np.random.default_rng(7).integers(0, 256, (31, 37, 3), np.uint8)
    error = failure(saved(tmp_path, bmp(37, -31, 24, packed(values, 24, True))[:54 + 112 * 10 + 50]))
    assert error.row == 10 and error.reason == "pixel data ends at row 10 of 31"
    error = failure(saved(tmp_path, bmp(37, 31, 24, packed(values, 24))[:54 + 112 * 10 + 50]))
    assert error.row == 0 and error.reason == "pixel data ends early: the upper 21 of 31 rows are missing"


def test_missing_padding_of_the_last_row_is_noted(tmp_path):
    values = np.random.default_rng(7).integers(0, 256, (31, 37, 3), np.uint8)
    for top_down in (False, True):
        content = bmp(37, -31 if top_down else 31, 24, packed(values, 24, top_down, pad_last=False))
        for rows in (None, 1):
            found, notes = read(saved(tmp_path, content), rows=rows)
            assert np.array_equal(found, values)
            assert notes == ["the last row is not padded to four bytes; all pixels are there"]
        failure(saved(tmp_path, content[:-1]))


def test_junk_behind_the_end_is_noted(tmp_path):
    values = np.random.default_rng(7).integers(0, 256, (31, 37, 3), np.uint8)
    content = bmp(37, 31, 24, packed(values, 24))
    assert read(saved(tmp_path, content + bytes(2)))[1] == []
    found, notes = read(saved(tmp_path, content + b"x" * 17))
    assert np.array_equal(found, values) and notes == ["junk of 17 bytes behind the end of the image was ignored"]


TABLE, COLORS = palette(256)


def coded(codes, width=10, height=4, bits=8):
    return bmp(width, height, bits, codes, 1 if bits == 8 else 2, palette=TABLE[:4 << bits])


@pytest.mark.parametrize("codes,reason", [
    (b"\x0d\x01\0\1", "a run is longer than the row"),
    (b"\x05\x01\x08\x01\0\1", "a run is longer than the row"),
    (b"\0\x0d" + b"x" * 14 + b"\0\1", "a run is longer than the row"),
    (b"\0\2\x0b\0\x01\x01\0\1", "a move leads out of the image"),
    (b"\0\2\0\x05\x01\x01\0\1", "a move leads out of the image"),
    (b"\x0a\1\0\0\x0a\1\0\0\x0a\1", "the file ends"),
    (b"\x0a\1\0\0\x0a\1\0\0\x0a\1\0\0\x05\1", "the file ends"),
    (b"\x0a\1\0\0\0\x0axxxx", "the file ends"),
    (b"\x0a\1\0\0\0\2\1", "the file ends"),
])
def test_impossible_rle_codes_are_damage(tmp_path, codes, reason):
    error = failure(saved(tmp_path, coded(codes)))
    assert error.row == 0 and error.reason == f"pixel data is damaged: {reason}"
    for rows in (1, 3):
        failure(saved(tmp_path, coded(codes)), rows=rows)


def test_harmless_rle_codes_are_noted(tmp_path):
    right = np.repeat(np.array([[4], [3], [2], [1]]), 10, axis=1)
    lines = [bytes([10, value]) for value in (1, 2, 3, 4)]
    for codes, note in [(b"\0\0".join(lines) + b"\0\1", None), (b"\0\0".join(lines) + b"\0\0\0\1", None),
                        (b"\0\0".join(lines), "the file has no end marker; all rows are there"),
                        (b"\0\0".join(lines) + b"\0\0", "the file has no end marker; all rows are there"),
                        (b"\0\0".join(lines) + b"\0\0\x05\1\0\1", "codes behind the last row were ignored")]:
        found, notes = read(saved(tmp_path, coded(codes)))
        assert np.array_equal(found, COLORS[right]) and notes == ([note] if note else [])
    found, notes = read(saved(tmp_path, coded(b"\0\0".join(lines) + b"\0\1" + b"x" * 20)))
    assert notes == ["junk of 20 bytes behind the end of the image was ignored"]
    found, notes = read(saved(tmp_path, coded(b"\0\0".join(lines[:3]) + b"\0\1")))
    right[0] = 0
    assert np.array_equal(found, COLORS[right])
    assert notes == ["pixels that the codes skip got the first color of the palette"]


def test_runs_one_pixel_too_long_are_cut(tmp_path):
    """Some programs count the four bits that fill the last byte."""
    content = coded(b"\x06\x12\0\0\0\6\x12\x34\x50\0\0\1", 5, 2, 4)
    found, notes = read(saved(tmp_path, content))
    assert np.array_equal(found, palette(256)[1][[[1, 2, 3, 4, 5], [1, 2, 1, 2, 1]]])
    assert notes == ["runs that are one pixel longer than the row were cut"]
    failure(saved(tmp_path, coded(b"\x07\x12\0\1", 5, 2, 4)))
    failure(saved(tmp_path, coded(b"\x05\x12\x02\x12\0\1", 5, 2, 4)))


@pytest.mark.parametrize("width", [5, 6, 7])
def test_runs_into_the_padding_are_cut(tmp_path, width):
    """ImageMagick and GraphicsMagick encode rows of 8 bits together with their padding to four bytes."""
    values = np.random.default_rng(width).integers(1, 3, (4, width))
    padded = np.pad(values, ((0, 0), (0, 8 - width)))
    padded[1, width:] = padded[1, width - 1]
    found, notes = read(saved(tmp_path, coded(rle(padded, 8), width)))
    assert np.array_equal(found, COLORS[values])
    assert notes == ["runs that are up to three pixels longer than the row were cut"]
    # Literal pixels in the padding are cut, too.
    literal = b"\0\0".join(b"\0\x08" + bytes(row.tolist()) for row in padded[::-1]) + b"\0\1"
    found, _ = read(saved(tmp_path, coded(literal, width)), rows=1)
    assert np.array_equal(found, COLORS[values])
    for codes in (b"\x09\1\0\1", b"\x08\1\1\1\0\1", b"\x08\1\0\2\0\1\0\1"):
        failure(saved(tmp_path, coded(codes, width)))


@pytest.mark.parametrize("name", ["imagemagick-rle-53.bmp", "graphicsmagick-rle-53.bmp"])
def test_runs_of_imagemagick_and_graphicsmagick_are_cut(name):
    """The expected pixels are those of the same program's decoder."""
    path = Path(__file__).parent / "cases" / name
    found, notes = read(path)
    right = np.array(Image.open(path.with_suffix(".png")).convert("RGB"))[..., ::-1]
    assert np.array_equal(found, right)
    assert notes == ["runs that are up to three pixels longer than the row were cut"]


def test_the_damaged_row_of_a_top_down_file_is_named(tmp_path):
    error = failure(saved(tmp_path, coded(b"\x0a\1\0\0\x0d\1\0\1", 10, -4)))
    assert error.row == 1 and "row 1" not in error.reason


@pytest.mark.parametrize("content,reason", [
    (bmp(0, 4, 24, b"x" * 128), "0×4"), (bmp(4, 0, 24, b"x" * 128), "4×0"),
    (bmp(-4, 4, 24, b"x" * 128), "negative width"), (bmp(4, 4, 3, b"x" * 128), "3 bits"),
    (bmp(4, 4, 24, b"x" * 128, 1), "24 bits a pixel with compression 1"),
    (bmp(4, 4, 8, b"x" * 128, 3), "8 bits a pixel with compression 3"),
    (bmp(4, 4, 24, b"x" * 128, offset=20), "begin inside it"), (bmp(4, 4, 24, b"x" * 128, offset=5000), "ends early"),
    (bmp(4, 4, 8, b"x" * 128, palette=b"123", size=12, offset=27), "palette is missing"),
    (bmp(4, 4, 8, b"x" * 128), "palette"), (bmp(4, 4, 8, b"x" * 128, 1, offset=99999, palette=TABLE), "missing"),
])
def test_contradictory_headers_are_damage(tmp_path, content, reason):
    assert reason in failure(saved(tmp_path, content)).reason


def test_claimed_sizes_take_no_memory(tmp_path):
    for content in (bmp(32768, 32767, 24, b"x" * 100), bmp(32768, 32767, 8, b"\0\1", 1, palette=TABLE),
                    bmp(32768, -32767, 32, b"x" * 100)):
        try:
            with Reader(saved(tmp_path, content)) as reader:
                row = reader.rows(1)
                assert (row == COLORS[0]).all()
        except CodecError as error:
            assert error.code == "damaged"
    with pytest.raises(CodecError) as error:
        read(saved(tmp_path, bmp(32768, -(1 << 31), 32, b"x" * 100)))
    assert error.value.code == "unsupported"


def test_flipped_bits_never_crash(tmp_path):
    """BMP has no checksum, so changed pixels are not detected. But nothing may crash."""
    for _, content, _ in FILES:
        for position in np.random.default_rng(4).integers(14, len(content), 200):
            changed = bytearray(content)
            changed[position] ^= 1 << position % 8
            try:
                read(saved(tmp_path, changed), maximum_pixels=1 << 22)
            except CodecError as error:
                assert error.code in ("damaged", "unsupported", "not an image"), error
