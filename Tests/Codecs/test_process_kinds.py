"""Each kind of file through the real program: read exactly, read with a note, or refused. docs/formats.md has the
list."""

import io
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from kind_files import jpeg
from kinds import KINDS
from page import check_part
from processing import inverted, opencv, run

EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "TIFF": "tif", "WebP": "webp", "BMP": "bmp"}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """{row: (source, expected pixels, outcome)}, all by one command."""
    folder = tmp_path_factory.mktemp("kinds")
    made = {}
    for number, row in enumerate(KINDS):
        source = folder / f"{number}.{EXTENSIONS[row.format]}"
        made[row] = (source, row.make(source))
    found = run(*(source for source, _ in made.values()), f"{folder / 'results'}/", "--format", "png",
                "--transforms", "invert")
    return {row: (source, expected, found[str(source)]) for row, (source, expected) in made.items()}


@pytest.mark.parametrize("row", KINDS, ids=lambda row: f"{row.format} {row.kind}")
def test_each_kind_has_its_outcome(outcomes, row):
    source, expected, outcome = outcomes[row]
    if row.outcome == "refused":
        assert outcome.status == "failed" and row.words in outcome.error
        return
    assert outcome.status == "done", outcome.error
    assert outcome.notes == ([row.words] if row.outcome == "noted" else [])
    if isinstance(expected, str):
        expected = np.asarray(Image.open(io.BytesIO(jpeg())))
    # Other tests compare the pixels of these kinds.
    if not any(word in row.kind for word in ("LogLuv", "L*a*b*")):
        with Image.open(outcome.path) as image:
            pixels = inverted(np.asarray(image) if image.mode == "LA" else opencv(outcome.path))
        expected = opencv(source) if expected is None else expected
        assert pixels.dtype == expected.dtype and pixels.shape == expected.shape
        # Two conversions of inks may round differently.
        tolerance = (np.iinfo(expected.dtype).max // 255 * 2) if any(
            word in row.kind for word in ("CMYK", "YCCK")) else 0
        assert np.abs(pixels.astype(int) - expected).max() <= tolerance


def test_kinds_are_unique():
    assert max(Counter((row.format, row.kind) for row in KINDS).values()) == 1


def test_the_page_has_the_list(request):
    lines = ["| format | kind | what becomes of it |", "|---|---|---|"]
    for row in KINDS:
        what = {"exact": "read exactly", "noted": f"read, with the note “{row.words}”",
                "refused": f"refused: “{row.words}”"}[row.outcome]
        lines.append(f"| {row.format} | {row.kind} | {what} |")
    check_part("kinds", "\n".join(lines), request)
