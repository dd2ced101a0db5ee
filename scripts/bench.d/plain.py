"""Builds and runs the C++ program that Tilework is measured against."""

import json
import subprocess
import time
from pathlib import Path

from failure import BenchFailure

SOURCES = Path(__file__).resolve().parent
# Without contraction a processor with fused multiply-add draws the same picture as one without.
FLAGS = ["-O2", "-std=c++17", "-ffp-contract=off", "-Wall", "-Wextra", "-I/usr/include/opencv4"]
LIBRARIES = ["-lopencv_core", "-lopencv_imgproc", "-lopencv_imgcodecs"]


class Plain:
    def __init__(self, folder):
        self.program = folder / "plain"
        sources = [SOURCES / "plain.cpp", SOURCES / "picture.hpp"]
        if not self.program.exists() or any(_newer(source, self.program) for source in sources):
            folder.mkdir(parents=True, exist_ok=True)
            _call(["g++", *FLAGS, str(sources[0]), "-o", str(self.program), *LIBRARIES])

    def picture(self, width, height):
        """The picture of that size, drawn unless an earlier run has left it."""
        path = self.program.with_name(f"picture-{width}x{height}.jpg")
        if not path.exists() or _newer(self.program, path):
            unfinished = path.with_name("unfinished.jpg")
            _call([str(self.program), "generate", str(width), str(height), str(unfinished)])
            unfinished.rename(path)
        return path

    def run(self, source, output, transforms, threads=None):
        arguments = [str(self.program), "run", str(source), str(output), transforms]
        output.unlink(missing_ok=True)  # giving back the old file's pages is no part of the work
        start = time.perf_counter()
        answer = _call(arguments + (["--threads", str(threads)] if threads else []))
        wall = (time.perf_counter() - start) * 1000
        return json.loads(answer) | {"process_ms": round(wall, 3)}

    def same_pixels(self, left, right):
        answer = json.loads(_call([str(self.program), "compare", str(left), str(right)], accept=(0, 1)))
        return answer["same_shape"] and answer["differing_bytes"] == 0


def _newer(path, than):
    return path.stat().st_mtime > than.stat().st_mtime


def _call(arguments, accept=(0,)):
    try:
        done = subprocess.run(arguments, capture_output=True, text=True)
    except FileNotFoundError:
        raise BenchFailure(f"{arguments[0]} is not installed") from None
    if done.returncode not in accept:
        raise BenchFailure(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr.strip()}")
    return done.stdout
