"""Each kind of file and each file of `cases`, truncated at many places: an error, or the right pixels with a note;
never a wrong pixel."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from kinds import KINDS
from library import CodecError, read
from processing import opencv, run

EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "TIFF": "tif", "WebP": "webp", "BMP": "bmp"}
ROWS = [row for row in KINDS if row.outcome != "refused"]
#: Kinds of files with bytes behind the image. Without these bytes the image is still complete.
WITH_MORE = ("bytes behind the end", "several images (MPF)", "Ultra HDR")


def places(size):
    """50 places: evenly spread, and before each of the last bytes, where end markers and the last codes are."""
    return sorted({int(place) for place in np.linspace(0, size - 13, 38)} | set(range(size - 12, size)))


def check_cuts(path, is_whole_without_end=False):
    data = path.read_bytes()
    pixels, _ = read(path)
    outcomes = {"refused": 0, "noted": 0}
    for place in places(len(data)):
        path.write_bytes(data[:place])
        try:
            found, notes = read(path)
        except CodecError as error:
            assert error.code in ("damaged", "not an image", "unsupported"), (place, str(error))
            outcomes["refused"] += 1
            continue
        assert found.shape == pixels.shape and found.dtype == pixels.dtype, place
        assert np.array_equal(found, pixels), f"wrong pixels in the first {place} bytes of {len(data)}"
        assert notes or is_whole_without_end, f"no note on the first {place} bytes of {len(data)}"
        outcomes["noted"] += 1
    return outcomes


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.format} {row.kind}")
def test_truncation_of_each_kind_is_detected(row, tmp_path):
    path = tmp_path / f"source.{EXTENSIONS[row.format]}"
    row.make(path)
    outcomes = check_cuts(path, row.kind in WITH_MORE)
    assert outcomes["refused"] > 5, outcomes


def sound_cases(folder):
    return [path for path in sorted(folder.iterdir())
            if path.suffix != ".md" and not path.name.startswith("damaged") and ".expected" not in path.name]


def test_truncation_of_the_cases_is_detected(cases, tmp_path):
    sound = sound_cases(cases)
    assert len(sound) > 12
    for path in sound:
        assert check_cuts(Path(shutil.copy(path, tmp_path)))["refused"] > 5, path.name


def test_the_program_detects_truncation(cases, tmp_path):
    """A few truncations of each file, all by one command, together with the whole files."""
    whole = {}
    for number, row in enumerate(ROWS):
        path = tmp_path / f"{number}.{EXTENSIONS[row.format]}"
        row.make(path)
        whole[path] = row.kind in WITH_MORE
    for path in sound_cases(cases):
        # Results have the names of their sources, except for the extension.
        whole[Path(shutil.copy(path, tmp_path / f"{path.stem}-{path.suffix[1:]}{path.suffix}"))] = False
    parts = {}
    for path in whole:
        data = path.read_bytes()
        for place in (len(data) // 3, len(data) * 4 // 5, len(data) - 5, len(data) - 1):
            part = path.with_name(f"{path.stem}-{place}{path.suffix}")
            part.write_bytes(data[:place])
            parts[part] = path
    found = run(*whole, *parts, f"{tmp_path / 'results'}/", "--format", "png", "--transforms", "invert")
    done = 0
    for part, path in parts.items():
        outcome = found[str(part)]
        if outcome.status == "failed":
            assert outcome.error and not outcome.path.exists(), part.name
            continue
        done += 1
        pixels, right = opencv(outcome.path), opencv(found[str(path)].path)
        # If EXIF behind the pixels is cut off, the image is not turned any more.
        turned = [np.rot90(right, turns) for turns in range(4 if outcome.says("EXIF block was left out") else 1)]
        assert any(np.array_equal(pixels, image) for image in turned), part.name
        assert outcome.notes or whole[path], part.name
    # The other files have lost pixels.
    assert 0 < done < len(parts) / 2, f"{done} of {len(parts)}"
