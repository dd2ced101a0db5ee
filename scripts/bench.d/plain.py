"""Builds and runs the C++ program that is the reference."""

import json
from pathlib import Path

import command

SOURCES = Path(__file__).resolve().parent
# Without contraction, processors with and without fused multiply-add draw the same picture.
FLAGS = ["-O2", "-std=c++17", "-ffp-contract=off", "-Wall", "-Wextra", "-I/usr/include/opencv4"]
LIBRARIES = ["-lopencv_core", "-lopencv_imgproc", "-lopencv_imgcodecs"]


class Plain:
    def __init__(self, folder):
        self.program = folder / "plain"
        sources = [SOURCES / "plain.cpp", SOURCES / "picture.hpp"]
        if not self.program.exists() or any(_newer(source, self.program) for source in sources):
            folder.mkdir(parents=True, exist_ok=True)
            command.run(["g++", *FLAGS, sources[0], "-o", self.program, *LIBRARIES])

    def picture(self, width, height):
        """The picture of that size. It is drawn unless an earlier run has done so."""
        return self._made(f"picture-{width}x{height}.jpg", "generate", width, height)

    def repeated(self, source, width, height):
        """The picture, repeated to the right and down to that size."""
        return self._made(f"repeated-{width}x{height}.jpg", "repeat", source, width, height)

    def _made(self, name, *arguments):
        path = self.program.with_name(name)
        if not path.exists() or _newer(self.program, path):
            unfinished = path.with_name("unfinished.jpg")
            command.run([self.program, *arguments, unfinished])
            unfinished.rename(path)
        return path

    def run(self, source, output, transforms, threads=None):
        output.unlink(missing_ok=True)  # releasing the old file's pages must not be measured
        answer, taken = command.run([self.program, "run", source, output, transforms,
                                     *(["--threads", threads] if threads else [])])
        # OpenCV may have printed lines before the answer.
        return json.loads(answer.splitlines()[-1]) | taken | {"bytes": output.stat().st_size}

    def crop(self, source, parts):
        """Writes parts of a picture. Each part is x, y, width and height, and a path."""
        command.run([self.program, "crop", source, *(word for part, path in parts for word in (*part, path))])

    def same_pixels(self, left, right, corner=()):
        """Whether two pictures are equal; with a corner, whether the second equals the part of the first that begins
        there."""
        answer = json.loads(command.run([self.program, "compare", left, right, *corner], accept=(0, 1))[0])
        return answer["same_shape"] and answer["differing_bytes"] == 0


def _newer(path, than):
    return path.stat().st_mtime > than.stat().st_mtime
