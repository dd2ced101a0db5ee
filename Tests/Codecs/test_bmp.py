"""BMP files of every kind. The expected pixels are Pillow's, and OpenCV's if OpenCV is right."""

import io
import struct

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from bmp_files import bmp, packed, palette, rle
from library import ALPHAS, COLORS, CodecError, Reader, read
from reading import in_all_ways


def saved(tmp_path, content):
    path = tmp_path / "file.bmp"
    path.write_bytes(content)
    return path


def pillow(content, mode="RGB"):
    pixels = np.array(Image.open(io.BytesIO(content)).convert(mode))
    return pixels if pixels.ndim == 2 else pixels[..., [2, 1, 0, 3][:pixels.shape[2]]]


def opencv(content):
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)


def indices(bits, height=21, width=37, seed=1):
    return np.random.default_rng(seed).integers(0, 1 << bits, (height, width))


@pytest.mark.parametrize("top_down", [False, True])
@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize("size", [12, 40, 52, 56, 64, 108, 124])
@pytest.mark.parametrize("bits", [1, 4, 8])
def test_palettes_are_read(tmp_path, bits, size, gray, top_down):
    if size == 12 and top_down:
        return
    table, colors = palette(1 << bits, 3 if size == 12 else 4, gray)
    for width in (37, 1, 8, 9, 32):
        values = indices(bits, width=width)
        content = bmp(width, -21 if top_down else 21, bits, packed(values, bits, top_down), size=size, palette=table)
        found, notes = in_all_ways(saved(tmp_path, content))
        expected = colors[values]
        assert np.array_equal(found, expected[..., 0] if gray else expected) and notes == []
        # OpenCV turns files with OS/2's first header upside down.
        assert size in (12, 64) or np.array_equal(found, opencv(content))
        assert np.array_equal(found, pillow(content, "L" if gray else "RGB"))
    with Reader(saved(tmp_path, content)) as reader:
        info = reader.info
        assert (info.channels, info.depth, info.stored_depth) == (1 if gray else 3, 8, bits)
        assert COLORS[info.color] == ("gray" if gray else "palette")


def test_two_bit_files_are_read(tmp_path):
    """Windows CE has this kind; neither Pillow nor OpenCV reads it."""
    table, colors = palette(4)
    values = indices(2)
    found, notes = in_all_ways(saved(tmp_path, bmp(37, 21, 2, packed(values, 2), palette=table)))
    assert np.array_equal(found, colors[values]) and notes == []


@pytest.mark.parametrize("count", [1, 5, 16, 200])
def test_short_palettes_are_read(tmp_path, count):
    bits = 4 if count <= 16 else 8
    table, colors = palette(count)
    values = indices(bits) % count
    content = bmp(37, 21, bits, packed(values, bits), palette=table, colors=count)
    found, notes = in_all_ways(saved(tmp_path, content))
    assert np.array_equal(found, colors[values]) and np.array_equal(found, opencv(content)) and notes == []
    assert np.array_equal(found, pillow(content))
    # If the header has no number of colors, the offset of the pixels determines it.
    content = bmp(37, 21, bits, packed(values, bits), palette=table)
    assert np.array_equal(in_all_ways(saved(tmp_path, content))[0], colors[values])
    # A pixel whose index is beyond the palette.
    values[3, 5] = count if count < 1 << bits else 0
    content = bmp(37, 21, bits, packed(values, bits), palette=table, colors=count)
    found, notes = in_all_ways(saved(tmp_path, content))
    assert np.array_equal(found, np.concatenate([colors, np.zeros((256, 3), np.uint8)])[values])
    assert len(notes) == (count < 1 << bits) and np.array_equal(found, opencv(content))


@pytest.mark.parametrize("size", [12, 16, 40, 64, 124])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 37])
def test_24_bit_files_are_read(tmp_path, size, width):
    values = np.random.default_rng(2).integers(0, 256, (21, width, 3), np.uint8)
    for top_down in (False, True)[:1 if size == 12 else 2]:
        content = bmp(width, -21 if top_down else 21, 24, packed(values, 24, top_down), size=size)
        found, notes = in_all_ways(saved(tmp_path, content))
        assert np.array_equal(found, values) and notes == []
        if size != 16:
            assert np.array_equal(found, pillow(content))
        if size not in (12, 16, 64):
            assert np.array_equal(found, opencv(content))


@pytest.mark.parametrize("size", [40, 108, 124])
def test_the_fourth_byte_is_not_alpha_without_bit_fields(tmp_path, size):
    """Pillow and OpenCV agree."""
    values = np.random.default_rng(2).integers(0, 1 << 32, (21, 37), np.uint32)
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000) if size > 40 else ()
    content = bmp(37, 21, 32, packed(values, 32), size=size, masks=masks)
    found, notes = in_all_ways(saved(tmp_path, content))
    assert np.array_equal(found, pillow(content)) and np.array_equal(found, opencv(content))
    assert notes == ["the fourth byte of the pixels was left out: the file does not say that it is alpha"]
    for fourth in (0, 0xFF000000, 0x12000000):
        content = bmp(37, 21, 32, packed(values & 0xFFFFFF | fourth, 32), size=size)
        assert in_all_ways(saved(tmp_path, content))[1] == []


FIELDS = [
    (16, (0xF800, 0x7E0, 0x1F), True), (16, (0x7C00, 0x3E0, 0x1F), True), (16, (0xF00, 0xF0, 0xF), False),
    (16, (0xF00, 0xF0, 0xF, 0xF000), False), (16, (0x7C00, 0x3E0, 0x1F, 0x8000), False),
    (16, (0xE0, 0x1C, 0x3), False), (16, (0x1F, 0x7E0, 0xF800), False),
    (32, (0xFF0000, 0xFF00, 0xFF), True), (32, (0xFF000000, 0xFF0000, 0xFF00), True),
    (32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000), True), (32, (0xFF, 0xFF00, 0xFF0000, 0xFF000000), True),
    (32, (0xFF000000, 0xFF0000, 0xFF00, 0xFF), True), (32, (0xFF000000, 0xFF00, 0xFF, 0xFF0000), True),
    (32, (0x3FF00000, 0xFFC00, 0x3FF), False), (32, (0x3FF, 0xFFC00, 0x3FF00000, 0xC0000000), False),
    (32, (0xFF0000, 0xFF00, 0), False), (32, (0, 0, 0, 0), True), (24, (0xFF0000, 0xFF00, 0xFF), True),
]


@pytest.mark.parametrize("size", [40, 52, 56, 108, 124])
@pytest.mark.parametrize("bits,masks,is_pillows", FIELDS)
def test_bit_fields_are_read(tmp_path, bits, masks, is_pillows, size):
    has_alpha = len(masks) == 4
    if has_alpha and size == 52:
        return
    values = np.random.default_rng(2).integers(0, 1 << bits, (21, 37), np.uint32)
    values[0, :2] = 0, (1 << bits) - 1
    compression = 6 if has_alpha and size == 40 and any(masks) else 3
    stored = packed(np.stack([values & 255, values >> 8 & 255, values >> 16], axis=2), 24) if bits == 24 \
        else packed(values, bits)
    content = bmp(37, 21, bits, stored, compression, size, masks=masks)
    found, notes = in_all_ways(saved(tmp_path, content))
    if is_pillows and compression == 3:
        assert np.array_equal(found, pillow(content, "RGBA" if has_alpha else "RGB"))
    if not any(masks):
        masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    expected = []
    for mask in (*masks[2::-1], *masks[3:]):
        width, shift = bin(mask).count("1"), (mask & -mask).bit_length() - 1
        sample = (values & np.uint32(mask)) >> np.uint32(max(shift, 0)) if mask else values * 0
        expected.append(sample >> np.uint32(width - 8) if width > 8
                        else sample * 255 // ((1 << width) - 1) if width else sample)
    assert np.array_equal(found, np.stack(expected, axis=2).astype(np.uint8))
    wide = max(bin(mask).count("1") for mask in masks)
    reduced = [f"samples of {wide} bits were reduced to 8"] if wide > 8 else []
    assert [note for note in notes if "fourth" not in note] == reduced
    with Reader(saved(tmp_path, content)) as reader:
        assert ALPHAS[reader.info.alpha] == ("straight" if has_alpha else "none")
        assert reader.info.channels == (4 if has_alpha else 3) and reader.info.stored_depth == wide


def test_16_bits_without_fields_are_555(tmp_path):
    """OpenCV shifts, so white becomes 248. Pillow scales, and so do we."""
    values = np.arange(1 << 15).reshape(128, 256)
    content = bmp(256, 128, 16, packed(values, 16))
    found, notes = in_all_ways(saved(tmp_path, content))
    assert np.array_equal(found, pillow(content)) and notes == []
    assert found[127, 255].tolist() == [255, 255, 255] and np.abs(found - opencv(content).astype(int)).max() == 7


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("gray", [False, True])
def test_run_lengths_are_read(tmp_path, bits, gray):
    table, colors = palette(1 << bits, gray=gray)
    for width in (37, 1, 2, 300, 613):
        values = indices(bits, 90, width)
        values[20:60] = values[20:60] // 100 if bits == 8 else values[20:60] // 6
        values[70] = 3
        content = bmp(width, 90, bits, rle(values, bits), 1 if bits == 8 else 2, palette=table)
        found, notes = in_all_ways(saved(tmp_path, content))
        expected = colors[values]
        assert np.array_equal(found, expected[..., 0] if gray else expected) and notes == []
        assert np.array_equal(found, opencv(content))


def test_run_lengths_of_large_images_are_read(tmp_path):
    """More rows than a band holds."""
    table, colors = palette(256)
    values = np.sort(indices(8, 1500, 1100), axis=1)
    content = bmp(1100, 1500, 8, rle(values, 8), 1, palette=table)
    path = saved(tmp_path, content)
    assert np.array_equal(read(path)[0], colors[values]) and np.array_equal(read(path, rows=7)[0], colors[values])


def test_skipped_pixels_get_the_first_color(tmp_path):
    """Pillow gives them this color, too."""
    table, colors = palette(256)
    codes = (b"\x03\x07" + b"\0\2\x02\x01" + b"\x02\x09" + b"\0\3\1\2\3\0" + b"\0\0" + b"\x02\x05\0\0"
             + b"\0\2\x01\x02" + b"\x04\x06" + b"\0\1")
    for top_down in (False, True):
        content = bmp(10, -9 if top_down else 9, 8, codes, 1, palette=table)
        found, notes = in_all_ways(saved(tmp_path, content))
        right = np.zeros((9, 10), int)
        right[0, :3] = 7
        right[1, 5:10] = [9, 9, 1, 2, 3]
        right[2, :2] = 5
        right[5, 1:5] = 6
        assert np.array_equal(found, colors[right if top_down else right[::-1]])
        assert notes == ["pixels that the codes skip got the first color of the palette"]
    # Pillow requires codes up to the last row.
    codes = codes[:-2] + b"\0\2\x05\x03\0\1"
    assert np.array_equal(found[::-1], pillow(bmp(10, 9, 8, codes, 1, palette=table)))
    assert np.array_equal(found[::-1], read(saved(tmp_path, bmp(10, 9, 8, codes, 1, palette=table)))[0])


@pytest.mark.parametrize("gap", [1, 2, 3, 7, 40])
def test_bytes_before_the_pixels_are_skipped(tmp_path, gap):
    table, colors = palette(16)
    values = indices(4)
    content = bmp(37, 21, 4, packed(values, 4), palette=table, gap=b"x" * gap, colors=16)
    assert np.array_equal(in_all_ways(saved(tmp_path, content))[0], colors[values])
    assert np.array_equal(colors[values], opencv(content))
    coded = bmp(37, 21, 4, rle(values, 4), 2, palette=table, gap=b"x" * gap, colors=16)
    assert np.array_equal(in_all_ways(saved(tmp_path, coded))[0], colors[values])


def test_wrong_offsets_of_the_pixels_are_corrected(tmp_path):
    table, colors = palette(16)
    values = indices(4)
    found, notes = in_all_ways(saved(tmp_path, bmp(37, 21, 4, packed(values, 4), palette=table, offset=0)))
    assert np.array_equal(found, colors[values]) and notes == []
    content = bmp(37, 21, 4, packed(values, 4), palette=table, offset=54)
    found, notes = in_all_ways(saved(tmp_path, content))
    assert np.array_equal(found, colors[values]) and np.array_equal(found, pillow(content))
    assert notes == ["the header says that the pixels begin at the palette; they follow it"]


def test_files_of_other_programs_are_read(tmp_path):
    photo = np.random.default_rng(1).integers(0, 256, (61, 75, 3), np.uint8)
    path = tmp_path / "file.bmp"
    for mode in ("RGB", "L", "P", "1"):
        Image.fromarray(photo).convert(mode).save(path, dpi=(300, 300))
        found, notes = in_all_ways(path)
        assert np.array_equal(found, cv2.imread(str(path), cv2.IMREAD_UNCHANGED)) and notes == []
        with Reader(path) as reader:
            assert (reader.info.density.x, reader.info.density.unit) == (300, 1)
    cv2.imwrite(str(path), photo)
    assert np.array_equal(in_all_ways(path)[0], photo)


def test_the_resolution_is_read(tmp_path):
    values = np.zeros((2, 2, 3), np.uint8)
    for stored, expected in [((3780, 3780), (96, 96, 1)), ((2835, 5906), (72, 150, 1)), ((3000, 3000), (30, 30, 2)),
                             ((0, 5), (0, 0, 0)), ((-5, 5), (0, 0, 0))]:
        with Reader(saved(tmp_path, bmp(2, 2, 24, packed(values, 24), density=stored))) as reader:
            density = reader.info.density
            assert (density.x, density.y, density.unit) == pytest.approx(expected)


def test_a_profile_is_read_or_noted(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    values = np.random.default_rng(2).integers(0, 256, (4, 5, 3), np.uint8)
    rows = packed(values, 24)
    fields = bytes(16) + b"DEBM" + bytes(48) + struct.pack("<IIII", 4, 124 + len(rows), len(profile), 0)
    path = saved(tmp_path, bmp(5, 4, 24, rows, size=124, header=fields, behind=profile))
    with Reader(path) as reader:
        assert reader.block("icc") == profile
    assert in_all_ways(path)[1] == []
    for wrong, note in [(profile[:-1], "the file ends before its end"), (b"x" * len(profile), "its header is wrong")]:
        path = saved(tmp_path, bmp(5, 4, 24, rows, size=124, header=fields, behind=wrong))
        found, notes = in_all_ways(path)
        assert np.array_equal(found, values) and notes[0] == f"the ICC profile was left out: {note}"
    for space, said in [(b"KNIL", "in another file"), (bytes(4), "primary colors")]:
        fields = bytes(16) + space + b"\1" * 48
        assert said in in_all_ways(saved(tmp_path, bmp(5, 4, 24, rows, size=124, header=fields)))[1][0]
    # The name of another file is stored in place of the profile.
    fields = bytes(16) + b"KNIL" + bytes(48) + struct.pack("<IIII", 4, 124 + len(rows), 19, 0)
    notes = in_all_ways(saved(tmp_path, bmp(5, 4, 24, rows, size=124, header=fields, behind=b"C:\\color\\other.icm\0")))[1]
    assert notes == ["the color profile was left out: it is in another file"]


@pytest.mark.parametrize("content,reason", [
    (bmp(4, 4, 0, b"\xff\xd8" * 50, 4), "JPEG"), (bmp(4, 4, 0, b"\x89PNG" * 50, 5), "PNG"),
    (bmp(4, 4, 1, b"x" * 99, 3, 64), "Huffman"), (bmp(4, 4, 24, b"x" * 99, 4, 64), "RLE"),
    (bmp(4, 4, 64, b"x" * 128), "64 bits"), (bmp(4, 4, 32, b"x" * 128, 11), "CMYK"),
    (bmp(4, 4, 32, b"x" * 128, 99), "compression 99"), (bmp(4, 4, 24, b"x" * 128, size=80), "header of 80 bytes"),
    (bmp(4, 4, 32, b"x" * 128, 3, masks=(0xF0F, 0xF0, 0xF000)), "bit fields"),
    (bmp(4, 4, 32, b"x" * 128, 3, masks=(0xFF, 0xFF, 0xFF00)), "bit fields"),
    (bmp(1 << 21, 4, 24, b"x" * 128), "a side can be"),
])
def test_unsupported_kinds_are_refused(tmp_path, content, reason):
    with pytest.raises(CodecError) as error:
        read(saved(tmp_path, content))
    assert error.value.code == "unsupported" and reason in error.value.reason, error.value
