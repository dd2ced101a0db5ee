"""The expected results, by the plain OpenCV program of scripts/bench on the whole picture."""

import itertools
import subprocess
from pathlib import Path

import picture
from command import ask

SOURCE = Path(__file__).resolve().parents[1] / "bench.d/plain.cpp"
FLAGS = ["-O2", "-std=c++17", "-ffp-contract=off", "-I/usr/include/opencv4"]
LIBRARIES = ["-lopencv_core", "-lopencv_imgproc", "-lopencv_imgcodecs"]
SIDE = 2048
TRANSFORMS = ["blur:ksize=31,sharpen", "invert,blur:ksize=9", "sharpen,blur:ksize=15"]


class Oracle:
    """Pictures of noise and their expected results. Each is computed once."""

    def __init__(self, folder):
        self._folder, self._program = folder, folder / "plain"
        folder.mkdir(parents=True, exist_ok=True)
        if not self._program.exists() or self._program.stat().st_mtime < SOURCE.stat().st_mtime:
            ask("g++", *FLAGS, SOURCE, "-o", self._program, *LIBRARIES)
        self.orders = []
        for seed, transforms in enumerate(TRANSFORMS):
            source, expected = folder / f"{seed}-{SIDE}.bmp", folder / f"{seed}-{SIDE}-expected.bmp"
            if not expected.exists():
                picture.write(source, SIDE, seed)
                ask(self._program, "run", source, expected, transforms)
            self.orders.append((source.read_bytes(), transforms, expected))
        self._numbers = itertools.count()

    def complaint(self, result, expected):
        """How a result, in bytes, differs from the expected one; `None` if it does not."""
        path = self._folder / f"result-{next(self._numbers)}.bmp"
        path.write_bytes(result)
        try:
            done = subprocess.run([str(self._program), "compare", str(path), str(expected)], capture_output=True, text=True)
            return None if done.returncode == 0 else (done.stdout + done.stderr).strip()
        finally:
            path.unlink()
