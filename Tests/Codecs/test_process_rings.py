"""Tall images through the real program, which holds only some of their rows at a time. Compared with OpenCV."""

import subprocess
import time

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from processing import EXTENSIONS, done, failed, inverted, opencv, picture, program

#: Writers of sources, by kind.
SOURCES = {
    "png": lambda path, pixels: Image.fromarray(pixels).save(path, compress_level=1),
    "bmp": lambda path, pixels: Image.fromarray(pixels).save(path),
    "webp": lambda path, pixels: Image.fromarray(pixels).save(path, lossless=True, method=0),
    "tiff strips": lambda path, pixels: tifffile.imwrite(path, pixels, photometric="rgb", rowsperstrip=7),
    "tiff tiles": lambda path, pixels: tifffile.imwrite(path, pixels, photometric="rgb", tile=(336, 48)),
    "tiff one strip": lambda path, pixels: tifffile.imwrite(path, pixels, photometric="rgb", compression="deflate",
                                                            rowsperstrip=len(pixels)),
}


def blurred(pixels, *sizes):
    for size in sizes:
        pixels = cv2.GaussianBlur(pixels, (size, size), 0)
    return pixels


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("result", ["png", "tiff", "bmp", "webp"])
def test_tall_images_of_each_format_are_right(tmp_path, source, result):
    pixels = picture(2500, 150)
    path = tmp_path / f"in.{EXTENSIONS[source.split()[0]]}"
    SOURCES[source](path, pixels)
    output = tmp_path / f"out.{EXTENSIONS[result]}"
    done(path, output, "--tile-size", "64")
    assert np.array_equal(opencv(output), inverted(pixels))


@pytest.mark.parametrize("shape", [(1, 3000), (3000, 1), (64, 64), (65, 2001), (2500, 300), (6000, 100)])
@pytest.mark.parametrize("sizes", [(3,), (31,), (255,), (255, 31, 255)])
def test_halos_across_rings_are_right(tmp_path, shape, sizes):
    pixels = picture(*shape)
    Image.fromarray(pixels).save(tmp_path / "in.png")
    transforms = ",".join(f"blur:ksize={size}" for size in sizes)
    done(tmp_path / "in.png", tmp_path / "out.png", "--tile-size", "64", transforms=transforms)
    assert np.array_equal(opencv(tmp_path / "out.png"), blurred(pixels, *sizes))


@pytest.mark.parametrize("dtype,channels", [(np.uint8, 1), (np.uint16, 3)])
def test_each_kind_of_pixels_is_right(tmp_path, dtype, channels):
    pixels = picture(3000, 200, channels, dtype=dtype)
    cv2.imwrite(str(tmp_path / "in.png"), pixels)
    done(tmp_path / "in.png", tmp_path / "out.tif", "--tile-size", "64", transforms="blur:ksize=99,invert")
    stored = pixels[..., ::-1] if channels == 3 else pixels
    assert np.array_equal(opencv(tmp_path / "out.tif"), inverted(blurred(stored, 99)))


def test_a_chain_of_32_steps_is_right(tmp_path):
    """Several passes, each with a ring of its own."""
    pixels = picture(9000, 100)
    Image.fromarray(pixels).save(tmp_path / "in.png")
    done(tmp_path / "in.png", tmp_path / "out.png", "--tile-size", "64",
         transforms=",".join(["blur:ksize=255"] * 32))
    assert np.array_equal(opencv(tmp_path / "out.png"), blurred(pixels, *[255] * 32))


@pytest.mark.parametrize("kind", ["png", "tiff strips"])
def test_a_truncated_source_leaves_no_files(tmp_path, kind):
    path = tmp_path / f"in.{EXTENSIONS[kind.split()[0]]}"
    SOURCES[kind](path, picture(3000, 200))
    torn = tmp_path / f"torn{path.suffix}"
    torn.write_bytes(path.read_bytes()[:path.stat().st_size * 2 // 3])
    failed(torn, tmp_path / "out.png", "--tile-size", "64")
    assert {entry.name for entry in tmp_path.iterdir()} == {path.name, torn.name}


def peak(*arguments):
    """Runs `master-main process`, and returns its peak memory in bytes. Each ring is mapped twice, so its memory counts
    twice."""
    running = subprocess.Popen([program(), "process", *map(str, arguments)], stdout=subprocess.DEVNULL)
    most = 0
    while running.poll() is None:
        # The peak is read from the program's status file, because wait4 includes the memory of the process that started
        # it.
        with open(f"/proc/{running.pid}/status") as status:
            most = max([most] + [int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM")])
        time.sleep(0.01)
    assert running.returncode == 0
    return most


def test_memory_does_not_depend_on_the_height(tmp_path):
    pixels = np.tile(picture(1024, 2048), (16, 1, 1))
    peaks = []
    for name, rows in [("short", 1024), ("tall", len(pixels))]:
        source, result = tmp_path / f"{name}.png", tmp_path / f"{name}-out.png"
        Image.fromarray(pixels[:rows]).save(source, compress_level=1)
        peaks.append(peak(source, result, "--transforms", "blur:ksize=9,invert", "--tile-size", "128"))
        assert np.array_equal(opencv(result), inverted(blurred(pixels[:rows], 9)))
    assert peaks[1] - peaks[0] < pixels.nbytes / 4, peaks
