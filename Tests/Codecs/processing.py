"""Runs the real program on whole files, as a user does."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

EXTENSIONS = {"jpeg": "jpg", "png": "png", "tiff": "tif", "webp": "webp", "bmp": "bmp"}


def program():
    """`master-main` in the folder TILEWORK_BIN, or the one that `swift build` made. Skips the test if there is none.
    """
    folder = os.environ.get("TILEWORK_BIN") or Path(__file__).resolve().parents[2] / ".build" / "debug"
    path = Path(folder) / "master-main"
    if not path.exists():
        message = f"{path} is missing: run `swift build`, or name its folder in TILEWORK_BIN"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


@dataclass
class Outcome:
    """The outcome of one image: its line of JSON."""
    path: Path
    status: str
    notes: list
    error: str

    def says(self, *words):
        """Whether one note has all these words."""
        return any(all(word in note for word in words) for note in self.notes)


def run(*arguments):
    """Runs `master-main process`. The outcomes are keyed by the inputs' paths."""
    ended = subprocess.run([program(), "process", *map(str, arguments), "--json"], capture_output=True, text=True)
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert lines or ended.returncode, ended.stderr
    if not lines:
        raise Refused(ended.stderr.strip())
    return {line["input"]: Outcome(Path(line["output"]), line["status"], line.get("notes") or [], line.get("error"))
            for line in lines}


class Refused(Exception):
    """The command was refused. The text is the program's message."""


def process(source, result, *options, transforms="invert"):
    """Processes one image. The result is at `result` if the status is `done`."""
    outcome = run(source, result, "--transforms", transforms, *options)[str(source)]
    assert Path(result).exists() == (outcome.status == "done"), "a result exactly if it is done"
    return outcome


def done(*arguments, **options):
    outcome = process(*arguments, **options)
    assert outcome.status == "done", outcome.error
    return outcome


def failed(source, result, *options):
    """The reason of a failure."""
    outcome = process(source, result, *options)
    assert outcome.status == "failed"
    return outcome.error


def inverted(pixels):
    """The expected result of `invert` for an array of RGB(A) or gray. Alpha does not change."""
    pixels = np.asarray(pixels)
    opposite = np.iinfo(pixels.dtype).max - pixels
    if pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        opposite[..., -1] = pixels[..., -1]
    return opposite


def picture(height=48, width=64, channels=3, seed=1, dtype=np.uint8):
    """A smooth picture, so that lossy formats keep it, with different corners."""
    y, x = np.mgrid[0:height, 0:width]
    top = np.iinfo(dtype).max
    planes = [x / width, y / height, (x + y) / (width + height), 1 - x * y / (width * height)]
    waves = [np.sin((x + seed) / 9), np.cos(y / 7), np.sin((x - y) / 11), np.cos((x + y) / 5)]
    stack = np.stack([(plane * 0.7 + 0.15 + wave * 0.1) * top for plane, wave in zip(planes, waves)], 2)
    pixels = np.clip(np.rint(stack), 0, top).astype(dtype)
    return pixels[..., 0] if channels == 1 else pixels[..., :channels]


def exiftool(*paths, arguments=()):
    """The tags that exiftool reads from files, a dictionary for each file, by group and name."""
    found = subprocess.run(["exiftool", "-json", "-G1", "-a", "-n", "-struct", "-m", *arguments, *map(str, paths)],
                           capture_output=True, text=True)
    return json.loads(found.stdout)


def tagged(path, *arguments):
    """Writes tags into a file with exiftool, in place."""
    subprocess.run(["exiftool", "-q", "-m", "-overwrite_original", *arguments, str(path)], check=True)
    return path


def block(path, name):
    """The bytes of a block, by exiftool's name for it: icc_profile, exif, xmp, iptc."""
    return subprocess.run(["exiftool", "-b", "-" + name, str(path)], capture_output=True, check=True).stdout


def opencv(path):
    """Pixels as OpenCV reads them: RGB(A) or gray, at their own depth, without applying the orientation."""
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    if pixels.ndim == 3:
        pixels[..., :3] = pixels[..., 2::-1].copy()
    return pixels
