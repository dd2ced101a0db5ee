"""The container of WebP files: metadata, irregularities, and refused files."""

import itertools

import numpy as np
import pytest
from PIL import Image

from library import CodecError, Reader, read
from webp_files import EXIF, by_pillow, chunk, image_chunk, opencv, picture, rgb, riff, vp8x


def notes_of(tmp_path, data, expected=None):
    path = tmp_path / "made.webp"
    path.write_bytes(data)
    pixels, notes = read(path)
    if expected is not None:
        assert np.array_equal(pixels, expected)
    return notes


@pytest.fixture(scope="module")
def still():
    data = by_pillow(picture(), quality=80)
    return data[12:], opencv(data)


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7])
def test_metadata_is_found_in_any_order(order, still, tmp_path):
    image, expected = still
    parts = [chunk(b"ICCP", b"profile"), chunk(b"EXIF", EXIF), chunk(b"XMP ", b"<packet/>"), image,
             chunk(b"ZZZZ", b"odd")]
    path = tmp_path / "made.webp"
    path.write_bytes(riff(vp8x(0x2C), *(parts[index] for index in order)))
    with Reader(path) as reader:
        assert (reader.block("icc"), reader.block("exif"), reader.block("xmp")) == (b"profile", EXIF, b"<packet/>")
        assert len(reader.blocks) == 3 and reader.info.orientation == 6
    assert notes_of(tmp_path, path.read_bytes(), expected) == ["the unknown WebP chunk ZZZZ was left out"]


def test_exif_with_the_prefix_of_jpeg_is_read(still, tmp_path):
    path = tmp_path / "made.webp"
    path.write_bytes(riff(vp8x(8), still[0], chunk(b"EXIF", b"Exif\0\0" + EXIF)))
    with Reader(path) as reader:
        assert reader.block("exif") == EXIF and reader.info.orientation == 6


def test_unannounced_metadata_is_read(still, tmp_path):
    path = tmp_path / "made.webp"
    path.write_bytes(riff(still[0], chunk(b"EXIF", EXIF)))
    with Reader(path) as reader:
        assert reader.block("exif") == EXIF and np.array_equal(reader.all(), still[1])


def test_harmless_irregularities_are_noted(still, tmp_path):
    image, expected = still
    whole = riff(image)
    assert notes_of(tmp_path, whole + b"x" * 17, expected) == [
        "junk of 17 bytes behind the end of the image was ignored"]
    assert notes_of(tmp_path, riff(image, size=len(whole) + 1000), expected) == [
        f"the size in the RIFF header is wrong: {len(whole) + 1008} bytes instead of {len(whole)}"]
    assert notes_of(tmp_path, riff(image, size=100), expected) == [
        f"the size in the RIFF header is wrong: 108 bytes instead of {len(whole)}"]
    assert notes_of(tmp_path, riff(image, size=0), expected) == [
        f"the size in the RIFF header is wrong: 8 bytes instead of {len(whole)}"]
    assert notes_of(tmp_path, riff(image, image), expected) == ["a second image in the file was ignored"]
    assert notes_of(tmp_path, riff(chunk(b"EXIF", EXIF), image, chunk(b"EXIF", b"other")), expected) == [
        "a second EXIF block was left out"]
    assert notes_of(tmp_path, riff(vp8x(4), image, b"XMP \x90\1\0\0<x/>"), expected) == [
        "the XMP packet was left out: the file ends in it"]


@pytest.mark.parametrize("name, is_metadata", [(b"EXIF", True), (b"XMP ", True), (b"ICCP", False)])
def test_notes_about_lost_metadata_are_marked(still, tmp_path, name, is_metadata):
    """A user who wants no metadata gets notes about profiles only."""
    path = tmp_path / "made.webp"
    first, second = chunk(name, EXIF), chunk(name, b"other")
    for data in (riff(first, still[0], second), riff(vp8x(4), still[0], name + b"\x90\1\0\0<x/>")):
        path.write_bytes(data)
        with Reader(path) as reader:
            assert len(reader.notes) == 1 and "left out" in reader.notes[0]
            assert reader.note_is_metadata(0) == is_metadata


def test_metadata_behind_a_too_small_size_is_read(still, tmp_path):
    path = tmp_path / "made.webp"
    path.write_bytes(riff(vp8x(8), still[0], chunk(b"EXIF", EXIF), size=4 + 18 + len(still[0])))
    with Reader(path) as reader:
        assert reader.block("exif") == EXIF and len(reader.notes) == 1


@pytest.mark.parametrize("data, code, words", [
    (riff(), "damaged", "no pixel data"),
    (riff(chunk(b"EXIF", EXIF)), "damaged", "no pixel data"),
    (riff(chunk(b"VP8 ", b"")), "damaged", "the header of the pixel data"),
    (riff(chunk(b"VP8 ", bytes(40))), "damaged", "the header of the pixel data"),
    (riff(chunk(b"VP8L", b"\x2f\0\0\0\xe0" + bytes(40))), "damaged", "the header of the pixel data"),
    (riff(chunk(b"VP8X", b"\0")), "damaged", "the chunk VP8X is too short"),
    (riff(vp8x(0x02), chunk(b"ANIM", bytes(6))), "unsupported", "an animated WebP file cannot be read"),
    (riff(chunk(b"ANIM", bytes(6))), "unsupported", "an animated WebP file cannot be read"),
    (riff(vp8x(0, 151, 101), image_chunk()), "damaged", "the image is 150×101 pixels, its canvas 151×101"),
    (b"RIFF", "not an image", ""), (b"RIFF\0\0\0\0WEBP", "damaged", "no pixel data"),
])
def test_unreadable_files_have_reasons(data, code, words, tmp_path, capfd):
    path = tmp_path / "made.webp"
    path.write_bytes(data)
    with pytest.raises(CodecError) as failure:
        read(path)
    assert failure.value.code == code and words in failure.value.reason
    assert failure.value.row == (0 if code == "damaged" else -1)
    assert capfd.readouterr() == ("", "")


def test_an_animation_by_pillow_is_refused(tmp_path):
    path = tmp_path / "animation.webp"
    frames = [Image.fromarray(rgb(picture(40, 30))) for _ in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    with pytest.raises(CodecError, match="unsupported: an animated WebP file cannot be read"):
        Reader(path)
