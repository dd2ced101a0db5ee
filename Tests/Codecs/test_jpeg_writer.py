"""Writing JPEG. Default options give imwrite's bytes, plus restart markers in large images. Everything else is
compared with OpenCV and Pillow."""

import re

import cv2
import numpy as np
import pytest
from PIL import Image

from icc_files import ADOBE_RGB
from library import CodecError, Reader, Writer, read, write
from limits import ENDS, ending
from test_jpeg import jpegtran, picture


@pytest.mark.parametrize("quality", [0, 1, 30, 75, 95, 100])
@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("size", [(203, 150), (16, 16), (1, 1), (640, 33)])
def test_the_file_equals_imwrites(quality, gray, progressive, size, tmp_path):
    pixels = picture(*size) if size[0] > 8 else np.full((*size, 3), 77, np.uint8)
    pixels = pixels[:, :, 1].copy() if gray else pixels
    options = [cv2.IMWRITE_JPEG_QUALITY, quality or 95, cv2.IMWRITE_JPEG_PROGRESSIVE, int(progressive)]
    right = cv2.imencode(".jpg", pixels, options)[1].tobytes()
    for rows in (1, 7, 1000):
        with open(tmp_path / "scratch", "w+b") as scratch:
            for file in (0, scratch.fileno()):
                notes = write(tmp_path / "a.jpg", "jpeg", pixels, rows=rows, quality=quality,
                              is_progressive=progressive, scratch=file)
                assert (tmp_path / "a.jpg").read_bytes() == right and notes == []


@pytest.mark.parametrize("subsampling,layout", [("420", (2, 2)), ("444", (1, 1))])
@pytest.mark.parametrize("progressive", [False, True])
def test_each_subsampling_is_written(subsampling, layout, progressive, tmp_path):
    pixels = picture()
    write(tmp_path / "a.jpg", "jpeg", pixels, subsampling=subsampling, is_progressive=progressive)
    image = Image.open(tmp_path / "a.jpg")
    assert [part[1:3] for part in image.layer] == [layout, (1, 1), (1, 1)]
    assert bool(image.info.get("progressive")) == progressive
    decoded = np.array(image)[:, :, ::-1].astype(int)
    assert np.abs(decoded - pixels).mean() < (4 if subsampling == "444" else 8)
    assert (read(tmp_path / "a.jpg")[0] == decoded).all()
    gray = pixels[:, :, 0].copy()
    write(tmp_path / "a.jpg", "jpeg", gray, subsampling=subsampling, is_progressive=progressive)
    assert np.abs(np.array(Image.open(tmp_path / "a.jpg")).astype(int) - gray).mean() < 2


def markers(data):
    """The restart markers of a file with one scan, and the rows of MCUs between them, from its header."""
    scan = data[data.index(b"\xff\xda"):]
    found = [byte - 0xD0 for byte in re.findall(rb"\xff([\xd0-\xd7])", scan) for byte in byte]
    at = data.index(b"\xff\xdd")
    return found, int.from_bytes(data[at + 4:at + 6], "big")


@pytest.mark.parametrize("gray,subsampling,width,height", [
    (False, "420", 1111, 1003), (False, "444", 1111, 1003), (True, "420", 1111, 1003), (False, "420", 300, 3501),
    (False, "420", 65500, 33), (True, "420", 65500, 17), (False, "444", 65500, 24), (False, "420", 40, 65500),
    (True, "420", 20, 65500)])
@pytest.mark.parametrize("quality", [0, 40, 100])
def test_large_images_are_written_in_bands(gray, subsampling, width, height, quality, tmp_path):
    """Large images have restart markers and the same pixels as without. The number of threads makes no difference."""
    tile = picture(640, 480)
    pixels = np.tile(tile, (height // 480 + 1, width // 640 + 1, 1))[:height, :width]
    pixels = np.bitwise_xor(pixels, np.random.default_rng(1).integers(0, 64, pixels.shape, np.uint8))
    pixels = pixels[:, :, 1].copy() if gray else pixels
    options = {"quality": quality, "subsampling": subsampling}
    # A progressive file has the same coefficients, and no markers.
    write(tmp_path / "right.jpg", "jpeg", pixels, is_progressive=True, **options)
    right, files = cv2.imread(str(tmp_path / "right.jpg"), cv2.IMREAD_UNCHANGED), set()
    for threads, rows in ((0, 16), (1, 200), (2, 64), (3, 1), (9, height), (64, 50)):
        assert write(tmp_path / "a.jpg", "jpeg", pixels, rows=rows, threads=threads, **options) == []
        files.add((tmp_path / "a.jpg").read_bytes())
    assert len(files) == 1
    data = files.pop()
    side = 16 if subsampling == "420" and not gray else 8
    assert markers(data) == ([row % 8 for row in range((height - 1) // side)], (width - 1) // side + 1)
    assert (cv2.imread(str(tmp_path / "a.jpg"), cv2.IMREAD_UNCHANGED) == right).all()
    judged = np.array(Image.open(tmp_path / "a.jpg"))
    assert (judged == np.array(Image.open(tmp_path / "right.jpg"))).all()
    found, notes = read(tmp_path / "a.jpg")
    assert (found == right).all() and notes == []
    without = jpegtran(data)
    assert len(data) < 1.001 * len(without) + 8 * height / side
    if subsampling == "420":
        assert without == cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality or 95])[1].tobytes()


def test_small_and_progressive_files_have_no_bands(tmp_path):
    """These files do not depend on the number of threads."""
    for pixels, options in ((picture(800, 600), {}), (picture(1400, 1000), {"is_progressive": True})):
        for threads in (0, 4):
            write(tmp_path / f"{threads}.jpg", "jpeg", pixels, threads=threads, **options)
        assert (tmp_path / "0.jpg").read_bytes() == (tmp_path / "4.jpg").read_bytes()


def test_metadata_is_written_before_bands(tmp_path):
    blocks = [("icc", 0, 0, ADOBE_RGB), ("exif", 0, 0, b"II*\0\x08\0\0\0\0\0\0\0\0\0")]
    write(tmp_path / "a.jpg", "jpeg", picture(1400, 1000), threads=2, blocks=blocks, density=(72, 72, "inch"))
    with Reader(tmp_path / "a.jpg") as reader:
        reader.all()
        reader.finish()
        assert reader.block("icc") == blocks[0][3] and reader.block("exif") == blocks[1][3]


@pytest.mark.parametrize("density,right", [
    ((600, 600, "inch"), (1, (600, 600))), ((300.2, 300, "inch"), None), ((120, 100, "cm"), (2, (120, 100))),
    # These numbers are whole in the other unit.
    ((118.11, 118.11, "cm"), (1, (300, 300))), ((118.11, 59.055, "cm"), (1, (300, 150))),
    ((304.8, 254, "inch"), (2, (120, 100))), ((118.3, 100, "cm"), (2, (118, 100))),
    ((299.9994, 299.9994, "inch"), (1, (300, 300))), ((1, 2, "none"), (0, (1, 2))), ((200000, 100000, "none"), None),
    ((70000, 70000, "inch"), None), ((0, 0, "none"), (0, (1, 1))),
])
def test_the_resolution_is_written_or_noted(density, right, tmp_path):
    notes = write(tmp_path / "a.jpg", "jpeg", picture(), density=density)
    info = Image.open(tmp_path / "a.jpg").info
    if right:
        assert (info["jfif_unit"], info["jfif_density"]) == right
        assert len(notes) == (density == (118.3, 100, "cm"))
    elif density[0] == 200000:
        assert info["jfif_unit"] == 0 and info["jfif_density"][0] / info["jfif_density"][1] == pytest.approx(2, 1e-4)
    elif density[0] == 70000:
        assert notes == ["the resolution of 70000×70000 cannot be held by JFIF and was left out"]
    else:
        assert notes == ["the resolution of 300.2×300 was rounded to 300×300, as JFIF holds whole numbers only"]


def test_unsupported_images_and_metadata_are_refused(tmp_path):
    for arguments, code in (((10, 10, 4, 8), "misuse"), ((10, 10, 3, 16), "misuse"), ((65501, 10, 3, 8), "unsupported"),
                            ((10, 65501, 1, 8), "unsupported")):
        with pytest.raises(CodecError) as error:
            Writer(tmp_path / "a.jpg", "jpeg", *arguments)
        assert error.value.code == code
    with pytest.raises(CodecError) as error:
        Writer(tmp_path / "a.jpg", "jpeg", 10, 10, 3, 8, blocks=[("png", 0x74455874, 0, b"a\0b")])
    assert error.value.code == "misuse"


def test_the_largest_side_is_written(tmp_path):
    pixels = np.zeros((1, 65500, 3), np.uint8)
    write(tmp_path / "a.jpg", "jpeg", pixels)
    assert read(tmp_path / "a.jpg")[0].shape == pixels.shape


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("what, code", ENDS)
def test_a_full_disk_is_reported(progressive, what, code, tmp_path, capfd):
    pixels = np.random.default_rng(1).integers(0, 256, (900, 900, 3), np.uint8)
    with ending(what, 99_999, tmp_path) as folder, pytest.raises(CodecError) as error:
        write(folder / "a.jpg", "jpeg", pixels, is_progressive=progressive)
    assert error.value.code == code and error.value.system_error
    assert capfd.readouterr() == ("", "")


def test_a_large_progressive_file_takes_little_memory(tmp_path):
    def anonymous():
        return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("RssAnon"))

    rows = np.full((64, 4096, 3), 90, np.uint8)
    with open(tmp_path / "scratch", "w+b") as scratch, Writer(
            tmp_path / "a.jpg", "jpeg", 4096, 4096, 3, 8, is_progressive=True, scratch=scratch.fileno()) as writer:
        before = anonymous()
        for _ in range(64):
            writer.rows(rows)
        assert anonymous() - before < 8 << 10
        writer.finish()
        assert anonymous() - before < 8 << 10
    assert Image.open(tmp_path / "a.jpg").size == (4096, 4096)
