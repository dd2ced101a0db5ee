"""PNG files of every kind. The expected pixels are OpenCV's if OpenCV is right, else Pillow's and imagecodecs'."""

import io
import struct

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from library import ALPHAS, COLORS, CodecError, Reader, read
from png_files import KINDS, SIGNATURE, chunk, data, header, palette, pixels, png, samples
from reading import in_all_ways

SIZES = [(37, 29), (1, 1), (8, 9), (1, 40), (40, 1), (3, 2)]


def saved(tmp_path, content):
    path = tmp_path / "file.png"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("color,depth", KINDS)
def test_every_kind_is_read(tmp_path, color, depth, interlaced, size):
    values = samples(*size, depth, color)
    content = png(values, depth, color, interlaced)
    found, notes = in_all_ways(saved(tmp_path, content))
    assert np.array_equal(found, cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED))
    assert np.array_equal(found, pixels(values, depth, color))
    assert notes == []


@pytest.mark.parametrize("color,depth", KINDS)
def test_the_info_describes_the_kind(tmp_path, color, depth):
    with Reader(saved(tmp_path, png(samples(5, 6, depth, color), depth, color))) as reader:
        info = reader.info
        assert (info.width, info.height, info.stored_depth) == (6, 5, depth)
        assert info.depth == (16 if depth == 16 else 8)
        assert COLORS[info.color] == {0: "gray", 2: "rgb", 3: "palette", 4: "gray", 6: "rgb"}[color]
        assert ALPHAS[info.alpha] == ("straight" if color in (4, 6) else "none")
        assert info.is_gray_alpha == (color == 4)
        assert (info.orientation, info.page, info.pages, info.has_regions) == (1, 0, 1, False)
        assert not info.needs_all_data and not info.needs_whole_buffer


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_a_transparent_gray_becomes_alpha(tmp_path, depth, interlaced):
    values = samples(21, 33, depth, 0)
    key = int(values[8, 0, 0])
    content = png(values, depth, 0, interlaced, chunk(b"tRNS", struct.pack(">H", key)))
    found, notes = in_all_ways(saved(tmp_path, content))
    assert np.array_equal(found, pixels(values, depth, 0, [key])) and notes == []
    with Reader(saved(tmp_path, content)) as reader:
        assert reader.info.is_gray_alpha and ALPHAS[reader.info.alpha] == "straight"
    if depth == 8:
        judged = np.array(Image.open(io.BytesIO(content)).convert("LA"))
        assert np.array_equal(found[..., 0], judged[..., 0]) and np.array_equal(found[..., 3], judged[..., 1])


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("depth", [8, 16])
def test_a_transparent_color_becomes_alpha(tmp_path, depth, interlaced):
    values = samples(21, 33, depth, 2)
    key = values[8, 0].tolist()
    if depth == 16:
        # This color differs from the transparent one only in the low byte of a sample.
        values[9, 3] = [key[0] ^ 1, key[1], key[2]]
    content = png(values, depth, 2, interlaced, chunk(b"tRNS", struct.pack(">HHH", *key)))
    found, notes = in_all_ways(saved(tmp_path, content))
    assert np.array_equal(found, pixels(values, depth, 2, key)) and notes == []
    judged = imagecodecs.png_decode(content)
    assert np.array_equal(found, judged[..., [2, 1, 0, 3]])


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_alphas_of_a_palette_are_read(tmp_path, depth, interlaced):
    values = samples(21, 33, depth, 3)
    alpha = np.random.default_rng(2).integers(0, 256, max(1, (1 << depth) - 1), np.uint8)
    content = png(values, depth, 3, interlaced, chunk(b"tRNS", alpha.tobytes()))
    found, notes = in_all_ways(saved(tmp_path, content))
    assert np.array_equal(found, np.array(Image.open(io.BytesIO(content)).convert("RGBA"))[..., [2, 1, 0, 3]])
    assert np.array_equal(found, pixels(values, depth, 3, alpha)) and notes == []


def test_files_of_other_programs_are_read(tmp_path):
    photo = np.random.default_rng(1).integers(0, 256, (60, 70, 3), np.uint8)
    path = tmp_path / "file.png"
    for image in (Image.fromarray(photo), Image.fromarray(photo).convert("P"), Image.fromarray(photo).convert("1"),
                  Image.fromarray(photo).convert("LA"), Image.fromarray(photo).convert("RGBA")):
        image.save(path)
        found, notes = in_all_ways(path)
        assert np.array_equal(found, cv2.imread(str(path), cv2.IMREAD_UNCHANGED)) and notes == []
    wide = np.random.default_rng(1).integers(0, 65536, (60, 70, 4)).astype(np.uint16)
    path.write_bytes(imagecodecs.png_encode(wide, level=4))
    assert np.array_equal(in_all_ways(path)[0], wide[..., [2, 1, 0, 3]])


def test_every_filter_is_read(tmp_path):
    """Files with libpng's own choice of filters, and with each filter alone."""
    photo = np.cumsum(np.random.default_rng(1).integers(0, 5, (60, 70, 3)), axis=1).astype(np.uint8)
    for filters in range(9):
        content = cv2.imencode(".png", photo, [cv2.IMWRITE_PNG_COMPRESSION, 1 + filters])[1].tobytes()
        assert np.array_equal(in_all_ways(saved(tmp_path, content))[0], photo)


def test_interlaced_files_report_progress(tmp_path):
    path = saved(tmp_path, png(samples(50, 20, 8, 2), 8, 2, True))
    seen = []
    with Reader(path) as reader:
        assert reader.info.needs_whole_buffer and reader.info.needs_all_data
        with pytest.raises(CodecError) as error:
            reader.rows(1)
        assert error.value.code == "misuse"
    with Reader(path) as reader:
        reader.all(lambda rows: seen.append(rows))
    assert seen == [16, 32, 48, 50]
    with Reader(path) as reader, pytest.raises(CodecError) as error:
        reader.all(lambda rows: rows == 32)
    assert error.value.code == "stopped"


@pytest.mark.parametrize("content,reason", [
    (SIGNATURE + header(4, 4, 8, 2) + chunk(b"acTL", b"\0\0\0\2\0\0\0\0") + data(samples(4, 4, 8, 2), 8), "animated"),
    (SIGNATURE + chunk(b"CgBI", b"\x50\0\x20\2") + header(4, 4, 8, 2), "CgBI"),
    (SIGNATURE + header(4, 4, 8, 2) + chunk(b"ABCD") + data(samples(4, 4, 8, 2), 8), "critical chunk ABCD"),
    (SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 1, 0, 0)), "compression 1"),
    (SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 64, 0)), "filter 64"),
    (SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 2)), "interlacing 2"),
    (SIGNATURE + header(1 << 21, 4, 8, 2), "a side can be"),
    (SIGNATURE + header(1 << 20, 1 << 20, 8, 2), "pixels can be decoded"),
])
def test_unsupported_kinds_are_refused(tmp_path, content, reason):
    with pytest.raises(CodecError) as error:
        read(saved(tmp_path, content + chunk(b"IEND")))
    assert error.value.code == "unsupported" and reason in error.value.reason


def test_animation_of_pillow_is_refused(tmp_path):
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    frames[0].save(tmp_path / "file.png", save_all=True, append_images=frames[1:])
    with pytest.raises(CodecError) as error:
        read(tmp_path / "file.png")
    assert error.value.code == "unsupported" and "animated" in error.value.reason


def test_irregular_palettes_are_noted(tmp_path):
    values = samples(9, 11, 4, 3)
    short = palette(4)[:10]
    content = png(values, 4, 3, colors=short)
    found, notes = in_all_ways(saved(tmp_path, content))
    full = np.zeros((16, 3), np.uint8)
    full[:10] = short
    assert np.array_equal(found, pixels(values, 4, 3, colors=full))
    assert notes == ["pixels refer to colors beyond the 10 of the palette; they became black"]
    long = np.random.default_rng(1).integers(0, 256, (20, 3), np.uint8)
    found, notes = in_all_ways(saved(tmp_path, png(values, 4, 3, colors=long)))
    assert np.array_equal(found, pixels(values, 4, 3, colors=long))
    assert notes == ["the palette has 20 colors, of which pixels can use 16"]
    # There are more alphas than colors.
    alpha = np.arange(100, 100 + 12, dtype=np.uint8)
    content = png(values % 10, 4, 3, before=chunk(b"tRNS", alpha.tobytes()), colors=short)
    found, notes = in_all_ways(saved(tmp_path, content))
    assert np.array_equal(found, pixels(values % 10, 4, 3, alpha[:10], short)) and len(notes) == 1


def test_chunks_in_unusual_places_are_harmless(tmp_path):
    values = samples(30, 40, 8, 2)
    whole = data(values, 8, split=300)
    at = whole.index(b"IDAT", 400) - 4
    content = (SIGNATURE + header(40, 30, 8, 2) + whole[:at] + chunk(b"tEXt", b"Title\0between") + whole[at:]
               + chunk(b"IEND"))
    found, notes = in_all_ways(saved(tmp_path, content))
    assert np.array_equal(found, pixels(values, 8, 2))
    assert notes == ["a chunk between those of the pixels was ignored"]
    # Transparency stands before the palette.
    alpha = np.arange(16, dtype=np.uint8)
    indices = samples(30, 40, 4, 3)
    content = (SIGNATURE + header(40, 30, 4, 3) + chunk(b"tRNS", alpha.tobytes())
               + chunk(b"PLTE", palette(4).tobytes()) + data(indices, 4) + chunk(b"IEND"))
    assert np.array_equal(in_all_ways(saved(tmp_path, content))[0], pixels(indices, 4, 3, alpha))


def test_the_cases_are_read(cases):
    for name in ("turned-exif.png", "profile-adobe-rgb.png", "density-600dpi.png", "gamma-linear.png"):
        found, notes = in_all_ways(cases / name)
        flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
        assert np.array_equal(found, cv2.imread(str(cases / name), flags)) and notes == []
    with Reader(cases / "turned-exif.png") as reader:
        assert reader.info.orientation == 6 and reader.block("exif")
    with Reader(cases / "profile-adobe-rgb.png") as reader:
        assert reader.block("icc") == Image.open(cases / "profile-adobe-rgb.png").info["icc_profile"]
    with Reader(cases / "density-600dpi.png") as reader:
        assert (reader.info.density.x, reader.info.density.y, reader.info.density.unit) == (600, 600, 1)
    with Reader(cases / "gamma-linear.png") as reader:
        assert reader.block("png", 0x67414D41) == struct.pack(">I", 100000)
