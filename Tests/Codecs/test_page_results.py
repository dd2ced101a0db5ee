"""The section "What comes out" of docs/formats.md describes what the real program writes. Checked with Pillow,
tifffile and the headers of the files."""

import struct

import numpy as np
import pytest
import tifffile
from PIL import Image

from page import PAGE
from processing import EXTENSIONS, done, picture, run

FORMATS = ["jpeg", "png", "tiff", "webp", "bmp"]
ALPHA = picture(seed=4, channels=1)
PIXELS = {"gray": picture(channels=1), "gray with alpha": np.dstack([picture(channels=1), ALPHA]), "colors": picture(),
          "colors with alpha": np.dstack([picture(), ALPHA]), "gray, 16 bits": picture(channels=1, dtype=np.uint16),
          "colors, 16 bits": picture(dtype=np.uint16)}


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    made = {}
    for kind, pixels in PIXELS.items():
        made[kind] = folder / f"{kind.replace(' ', '-').replace(',', '')}.tif"
        extra = ["unassalpha"] if "alpha" in kind else None
        tifffile.imwrite(made[kind], pixels, photometric="minisblack" if "gray" in kind else "rgb", metadata=None,
                         extrasamples=extra)
    return made


@pytest.fixture(scope="module")
def results(sources, tmp_path_factory):
    """{(kind, format): outcome}"""
    folder, found = tmp_path_factory.mktemp("results"), {}
    for format in FORMATS:
        outcomes = run(*sources.values(), f"{folder / format}/", "--format", format, "--transforms", "invert")
        found.update({(kind, format): outcomes[str(path)] for kind, path in sources.items()})
    return found


def table():
    """{row: {format: cell}}"""
    text = PAGE.read_text().partition("| | JPEG | PNG | TIFF | WebP | BMP |\n")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()[1:]]
    return {name: dict(zip(FORMATS, cells)) for name, *cells in rows}


def stored(path):
    """The kind of pixels in the file: "L", "LA", "RGB", "RGBA", or "grays" for a palette of them."""
    if path.suffix == ".tif":
        with tifffile.TiffFile(path) as file:
            page = file.pages[0]
            return ("L" if int(page.photometric) == 1 else "RGB") + ("A" if page.extrasamples else "")
    with Image.open(path) as image:
        if path.suffix == ".bmp" and image.mode == "L":
            return "grays"
        return image.mode.replace("I;16", "L")


@pytest.mark.parametrize("format", FORMATS)
def test_the_page_has_the_kinds_of_pixels(results, format):
    """Compares each cell with the file."""
    said = table()
    words = {"gray": {"L": "yes", "RGB": "as colors", "grays": "as a palette of grays"},
             "gray with alpha": {"LA": "yes", "RGBA": "as colors with alpha"},
             "colors": {"RGB": "yes"}, "colors with alpha": {"RGBA": "yes"}}
    for kind, names in words.items():
        outcome = results[kind, format]
        cell = "no" if outcome.status == "failed" else names[stored(outcome.path)]
        assert said[kind][format].split(",")[0] == cell, kind


def test_the_page_has_the_headers_of_bmp(results):
    said = table()
    for kind, cell in (("colors", "yes, 24 bits"), ("colors with alpha", "yes, 32 bits with a V5 header")):
        data = results[kind, "bmp"].path.read_bytes()
        size, bits = struct.unpack("<I10xH", data[14:30])
        assert said[kind]["bmp"] == cell
        assert str(bits) in cell and ("V5" not in cell or size == 124)


@pytest.mark.parametrize("format", FORMATS)
def test_the_page_has_the_bits(results, format):
    wide = [results[kind, format].status == "done" for kind in PIXELS if "16" in kind]
    assert len(set(wide)) == 1
    assert table()["bits a sample"][format] == ("8, 16" if wide[0] else "8")
    if not wide[0]:
        assert "16-bit gray" in results["gray, 16 bits", format].error


#: The words of the page, and the equivalent options.
DEFAULTS = {"jpeg": ("quality 95, 4:2:0", ["--quality", "95", "--subsampling", "420"]),
            "png": ("level 1", ["--level", "1"]),
            "tiff": ("LZW with predictor, strips", ["--compression", "lzw"])}


@pytest.mark.parametrize("format", DEFAULTS)
def test_defaults_equal_the_documented_options(sources, results, tmp_path, format):
    words, options = DEFAULTS[format]
    assert table()["default"][format] == words
    asked = done(sources["colors"], tmp_path / f"a.{EXTENSIONS[format]}", *options).path
    assert asked.read_bytes() == results["colors", format].path.read_bytes()


def test_other_programs_find_the_defaults(results):
    said = table()["default"]
    with tifffile.TiffFile(results["colors", "tiff"].path) as file:
        page = file.pages[0]
        assert (page.compression.name, int(page.predictor), page.is_tiled) == ("LZW", 2, False)
    assert said["webp"] == "lossless, exact" and said["bmp"] == "uncompressed"
    with Image.open(results["colors with alpha", "webp"].path) as image:
        right = PIXELS["colors with alpha"]
        assert np.array_equal(np.asarray(image)[..., :3], 255 - right[..., :3])
    assert struct.unpack("<I", results["colors", "bmp"].path.read_bytes()[30:34]) == (0,)
