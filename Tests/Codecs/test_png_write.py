"""PNG files that are written: OpenCV's to the byte where it can write the kind, and read by others elsewhere."""

import resource
import signal

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from library import CodecError, Reader, Writer, read, write


def image(channels, dtype, height=97, width=133):
    rng = np.random.default_rng(channels)
    noise = rng.integers(0, np.iinfo(dtype).max + 1, (height, width, channels)).astype(dtype)
    noise[20:60] = np.cumsum(noise[20:60] % 5, axis=1, dtype=dtype)
    noise[60:80] = noise[0, 0]
    return noise[..., 0] if channels == 1 else noise


@pytest.mark.parametrize("level", [0, 1, 2, 5, 6, 9])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_files_of_opencv(tmp_path, channels, dtype, level):
    pixels = image(channels, dtype)
    path = tmp_path / "out.png"
    options = [] if level < 2 else [cv2.IMWRITE_PNG_COMPRESSION, level]
    for rows in (1, 7, 97):
        assert write(path, "png", pixels, rows=rows, level=level) == []
        assert path.read_bytes() == cv2.imencode(".png", pixels, options)[1].tobytes()
    found, notes = read(path)
    assert np.array_equal(found, pixels) and notes == []


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_gray_with_alpha(tmp_path, dtype):
    gray, alpha = image(1, dtype), image(4, dtype)[..., 3]
    pixels = np.dstack([gray, gray, gray, alpha])
    path = tmp_path / "out.png"
    for rows in (1, 7, 97):
        assert write(path, "png", pixels, rows=rows, is_gray_alpha=True) == []
        judged = imagecodecs.png_decode(path.read_bytes())
        assert judged.shape[2] == 2 and np.array_equal(judged, np.dstack([gray, alpha]))
    with Reader(path) as reader:
        assert reader.info.is_gray_alpha and np.array_equal(reader.all(), pixels)
    if dtype == np.uint8:
        with Image.open(path) as judged:
            assert judged.mode == "LA"


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 5)])
def test_small_and_narrow(tmp_path, size):
    for channels in (1, 3, 4):
        pixels = image(channels, np.uint8, *size)
        write(tmp_path / "out.png", "png", pixels)
        assert (tmp_path / "out.png").read_bytes() == cv2.imencode(".png", pixels)[1].tobytes()


def test_many_pieces(tmp_path):
    """More than libpng's and the sink's buffers."""
    pixels = np.random.default_rng(1).integers(0, 256, (700, 900, 3), np.uint8)
    write(tmp_path / "out.png", "png", pixels)
    assert (tmp_path / "out.png").read_bytes() == cv2.imencode(".png", pixels)[1].tobytes()
    assert np.array_equal(read(tmp_path / "out.png")[0], pixels)


@pytest.mark.parametrize("format", ["png", "bmp"])
@pytest.mark.parametrize("limit", [0, 10, 100_000, 270_000, 1_700_000])
def test_full_disk(tmp_path, limit, format):
    pixels = np.random.default_rng(1).integers(0, 256, (800, 900, 3), np.uint8)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, old[1]))
        with pytest.raises(CodecError) as error:
            write(tmp_path / "out", format, pixels)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert error.value.code == "disk full" and error.value.system_error


def test_rules(tmp_path):
    pixels = image(3, np.uint8)
    with Writer(tmp_path / "out.png", "png", 133, 97, 3, 8) as writer:
        writer.rows(pixels[:50])
        with pytest.raises(CodecError) as error:
            writer.finish()
        assert error.value.code == "misuse"
    with Writer(tmp_path / "out.png", "png", 133, 97, 3, 8) as writer:
        writer.rows(pixels)
        with pytest.raises(CodecError):
            writer.rows(pixels[:1])
    with pytest.raises(CodecError) as error:
        Writer(tmp_path / "out.png", "png", 133, 97, 3, 8, level=10)
    assert error.value.code == "misuse"
