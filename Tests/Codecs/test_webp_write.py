"""Written WebP files, compared with OpenCV and Pillow."""

import itertools
import subprocess
import time

import cv2
import numpy as np
import pytest
from PIL import Image

from library import CodecError, Reader, Writer, read, write
from limits import ENDS, ending
from webp_files import EXIF, RNG, opencv, picture, rgb


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("quality", [1, 50, 75, 95, 100])
@pytest.mark.parametrize("size", [(150, 101), (64, 64), (1, 1), (33, 15), (17, 18)])
def test_lossy_files_equal_opencvs(channels, quality, size, tmp_path):
    path, pixels = tmp_path / "file.webp", picture(*size, channels)
    expected = cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes()
    for rows in (1, 7, 1000):
        assert write(path, "webp", pixels, rows=rows, quality=quality) == []
        assert path.read_bytes() == expected


def test_files_with_opaque_alpha_equal_opencvs(tmp_path):
    pixels = picture(channels=4)
    for opaque_rows in (101, 64, 37):
        pixels[:opaque_rows, :, 3] = 255
        for opaque in (pixels, pixels[::-1]):
            write(tmp_path / "file.webp", "webp", opaque, quality=75)
            expected = cv2.imencode(".webp", np.ascontiguousarray(opaque), [cv2.IMWRITE_WEBP_QUALITY, 75])[1].tobytes()
            assert (tmp_path / "file.webp").read_bytes() == expected


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("size", [(150, 101), (1, 1), (3, 300)])
def test_lossless_is_exact(channels, size, tmp_path):
    path, pixels = tmp_path / "file.webp", picture(*size, channels)
    for rows in (1, 7, 1000):
        assert write(path, "webp", pixels, rows=rows) == []
    expected = np.repeat(pixels[..., None], 3, -1) if channels == 1 else pixels
    with Image.open(path) as image:
        decoded = np.asarray(image)
    # Opaque alpha of a lossless file is not stored.
    assert np.array_equal(rgb(decoded), expected[..., :decoded.shape[-1]])
    assert decoded.shape[-1] == expected.shape[-1] or (expected[..., 3] == 255).all()
    assert np.array_equal(read(path)[0], decoded[..., [2, 1, 0, 3][:decoded.shape[-1]]])


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("quality", [0, 80])
def test_the_file_does_not_depend_on_threads(channels, quality, tmp_path):
    pixels, files = picture(400, 300, channels), set()
    for threads in (1, 4):
        write(tmp_path / "a.webp", "webp", pixels, quality=quality, threads=threads)
        files.add((tmp_path / "a.webp").read_bytes())
    assert len(files) == 1


def test_colors_under_no_alpha_survive(tmp_path):
    pixels = picture(channels=4)
    pixels[..., 3] = 0
    write(tmp_path / "file.webp", "webp", pixels)
    assert np.array_equal(read(tmp_path / "file.webp")[0], pixels)
    assert np.array_equal(opencv((tmp_path / "file.webp").read_bytes()), pixels)


BLOCKS = [("icc", 0, 0, b"profile" * 99), ("exif", 0, 0, EXIF), ("xmp", 0, 0, b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")]


@pytest.mark.parametrize("quality", [0, 80])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kept", range(1, 8))
def test_metadata_is_written(quality, channels, kept, tmp_path):
    path, plain, pixels = tmp_path / "file.webp", tmp_path / "plain.webp", picture(channels=channels)
    blocks = [block for index, block in enumerate(BLOCKS) if kept >> index & 1]
    write(path, "webp", pixels, quality=quality, blocks=blocks)
    write(plain, "webp", pixels, quality=quality)
    assert np.array_equal(opencv(path.read_bytes()), opencv(plain.read_bytes()))
    with Reader(path) as reader:
        assert sorted(reader.blocks) == sorted(blocks) and reader.notes == []
    with Image.open(path) as image:
        image.load()
        assert image.info.get("icc_profile") == (BLOCKS[0][3] if kept & 1 else None)
        assert image.info.get("exif") == (EXIF if kept & 2 else None)
        assert image.info.get("xmp") == (BLOCKS[2][3] if kept & 4 else None)
        assert (image.mode == "RGBA") == (channels == 4)
    judged = subprocess.run(["webpinfo", path], capture_output=True, text=True).stdout
    assert "No error detected" in judged and "warning" not in judged.lower(), judged
    found = subprocess.run(["exiftool", "-validate", "-Orientation", "-n", path], capture_output=True, text=True).stdout
    assert ("Orientation" in found) == bool(kept & 2), found


@pytest.mark.parametrize("options, code, words", [
    ({"width": 16384}, "unsupported", "16383"), ({"height": 16384}, "unsupported", "16383"),
    ({"depth": 16}, "misuse", "8 bits"), ({"blocks": [("iptc", 0, 0, b"x")]}, "misuse", "ICC"),
    ({"blocks": [("png", 1, 0, b"x")]}, "misuse", "ICC")])
def test_unsupported_images_have_reasons(options, code, words, tmp_path):
    with pytest.raises(CodecError) as failure:
        Writer(tmp_path / "file.webp", "webp", **{"width": 9, "height": 9, "channels": 3, "depth": 8, **options})
    assert failure.value.code == code and words in failure.value.reason


@pytest.mark.parametrize("quality", [0, 80])
@pytest.mark.parametrize("blocks", [(), BLOCKS])
@pytest.mark.parametrize("what, code", ENDS)
def test_a_full_disk_is_reported(quality, blocks, what, code, tmp_path, capfd):
    pixels = RNG.integers(0, 256, (400, 400, 3), np.uint8)
    for limit in (0, 10, 1000, 50000):
        with ending(what, limit, tmp_path) as folder, pytest.raises(CodecError) as failure:
            write(folder / "file.webp", "webp", pixels, quality=quality, blocks=blocks)
        assert failure.value.code == code and failure.value.system_error
    assert capfd.readouterr() == ("", "")


def test_every_size_is_written_and_read(tmp_path):
    for width, height in itertools.product((1, 2, 3, 15, 16, 17), repeat=2):
        for channels, quality in itertools.product((3, 4), (0, 90)):
            write(tmp_path / "file.webp", "webp", picture(width, height, channels), quality=quality)
            pixels, notes = read(tmp_path / "file.webp")
            assert np.array_equal(pixels, opencv((tmp_path / "file.webp").read_bytes())) and not notes


def test_reading_time_is_proportional_to_the_file(tmp_path):
    """If pieces are appended one by one, libwebp copies all earlier pieces each time: reading 35 MB of noise then takes
    ten times as long as writing it."""
    path = tmp_path / "noise.webp"
    noise = np.random.default_rng(7).integers(0, 256, (2500, 3000, 4), np.uint8)
    begin = time.process_time()
    write(path, "webp", noise)
    middle = time.process_time()
    assert np.array_equal(read(path)[0], noise)
    assert time.process_time() - middle < 2 * (middle - begin)
