"""The program's messages about whole files, for users."""

import struct
import subprocess

import numpy as np
import pytest
import tifffile
from PIL import Image

from bmp_files import bmp, packed
from icc_files import CMYK
from matrix import insert, profile
from matrix_files import tiff_with
from processing import EXTENSIONS, done, failed, picture, program


def test_the_note_about_gamma_considers_the_profile(tmp_path):
    path, linear = tmp_path / "a.png", (100000).to_bytes(4, "big")
    Image.fromarray(picture()).save(path)
    insert(path, "gAMA", linear)
    assert done(path, tmp_path / "a.jpg").notes == [
        "gAMA was left out: JPEG has no place for it, and colors may look different"]
    Image.fromarray(picture()).save(path, icc_profile=profile())
    insert(path, "gAMA", linear)
    assert done(path, tmp_path / "b.jpg").notes == [
        "gAMA was left out: JPEG has no place for it; the profile says what colors are"]
    insert(path, "cICP", bytes([9, 16, 0, 1]))
    assert done(path, tmp_path / "c.jpg").notes == [
        "cICP, gAMA were left out: JPEG has no place for them, and colors may look different"]


def test_lost_geotiff_and_gdal_data_is_named(tmp_path):
    scale, nothing = (33550, 12, 3, (0.5, 0.5, 0.0)), (42113, 2, 6, b"-9999\0")
    for fields, name in (([scale], "GeoTIFF"), ([nothing], "GDAL"), ([scale, nothing], "GeoTIFF and GDAL")):
        assert done(tiff_with(tmp_path / "a.tif", *fields), tmp_path / f"{name}.png").notes == [
            f"the {name} data was left out: PNG has no place for it"]


def test_a_limit_of_files_is_not_a_full_disk(tmp_path):
    """Waiting does not help against a limit of file sizes, so the message names the limit."""
    source = tmp_path / "a.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (400, 400, 3), np.uint8)).save(source)
    command = [program(), "process", source, tmp_path / "b.bmp", "--transforms", "invert"]
    ended = subprocess.run(["bash", "-c", 'ulimit -f 100 && exec "$@"', "-", *map(str, command)], capture_output=True,
                           text=True)
    assert ended.returncode and not (tmp_path / "b.bmp").exists()
    assert "larger than a file can be here (ulimit -f" in ended.stderr and "disk" not in ended.stderr


@pytest.mark.parametrize("source", EXTENSIONS)
def test_a_profile_of_inks_on_colors_is_noted(tmp_path, source):
    path, pixels = tmp_path / f"a.{EXTENSIONS[source]}", picture()
    if source == "bmp":
        rows = packed(pixels, 24)
        fields = bytes(16) + b"DEBM" + bytes(48) + struct.pack("<IIII", 4, 124 + len(rows), len(CMYK), 0)
        path.write_bytes(bmp(64, 48, 24, rows, size=124, header=fields, behind=CMYK))
    else:
        Image.fromarray(pixels).save(path, icc_profile=CMYK)
    for target in EXTENSIONS.values():
        outcome = done(path, tmp_path / f"b.{target}")
        assert outcome.notes == ["the color profile was left out: it is not one for these pixels"]
        assert b"mft2" not in outcome.path.read_bytes()


def test_kinds_of_pixels_have_plain_names(tmp_path):
    values = np.random.default_rng(1).integers(0, 65536, (24, 32, 4), np.uint16)
    names = {1: "16-bit gray", 2: "16-bit gray with alpha", 3: "16-bit RGB", 4: "16-bit RGB with alpha"}
    for channels, name in names.items():
        path = tmp_path / f"{channels}.tif"
        tifffile.imwrite(path, np.squeeze(values[..., :channels]), photometric="rgb" if channels > 2 else "minisblack",
                         extrasamples=[] if channels % 2 else ["unassalpha"], metadata=None)
        assert f"pixels of {name}, which WebP cannot hold" in failed(path, tmp_path / "a.webp")


def test_a_format_that_is_not_read_is_named(tmp_path):
    path = tmp_path / "a.gif"
    Image.fromarray(picture()).save(path)
    assert "this is a GIF image, which is not supported; convert it to PNG" in failed(path, tmp_path / "a.png")
