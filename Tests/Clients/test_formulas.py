"""The formulas of docs/wire-format.md, as written in docs/examples/formulas.py, against OpenCV and the real program."""

import subprocess

import cv2
import formulas
import images
import numpy
import pytest
from daemons import binaries

rng = numpy.random.default_rng(1)


def pixels(shape, kind):
    return rng.integers(0, numpy.iinfo(kind).max + 1, shape).astype(kind)


SAMPLES = [pixels(shape, kind) for kind in (numpy.uint8, numpy.uint16) for shape in ((67, 90), (67, 90, 3), (1, 40), (3, 2, 3))]
SIZES = (1, 3, 5, 7, 9, 11, 31, 99, 255)


def same(mine, other):
    assert mine.dtype == other.dtype and mine.shape == other.shape and (mine == other).all()


def test_opencv_has_the_programs_version():
    assert cv2.__version__.startswith("4.6.")


@pytest.mark.parametrize("kind", [numpy.uint8, numpy.uint16])
def test_grayscale_equals_opencv(kind):
    image = pixels((400, 300, 3), kind)
    same(formulas.grayscale(image), cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))


def test_textbook_weights_give_other_grays():
    """Shows that `test_grayscale_equals_opencv` would detect other weights."""
    image = pixels((400, 300, 3), numpy.uint16)
    textbook = numpy.rint(image @ [0.114, 0.587, 0.299]).astype(numpy.uint16)
    assert 0.2 < (textbook != formulas.grayscale(image)).mean() < 0.5


@pytest.mark.parametrize("name", formulas.KERNELS)
def test_filters_equal_opencv(name):
    kernel = numpy.float32(formulas.KERNELS[name])
    for image in SAMPLES:
        same(formulas.step(image, name), cv2.filter2D(image, -1, kernel))


@pytest.mark.parametrize("sigma", [0, 0.3, 1.7, 8, 100])
def test_blur_equals_opencv(sigma):
    for image in SAMPLES:
        for ksize in SIZES:
            same(formulas.blur(image, ksize, sigma), cv2.GaussianBlur(image, (ksize, ksize), sigma))


@pytest.mark.parametrize("kind", [numpy.uint8, numpy.uint16])
def test_weights_of_a_blur_equal_opencv(kind):
    """Every size with some sigmas, applied to a single bright point in a line."""
    top, bits = numpy.iinfo(kind).max, numpy.iinfo(kind).bits
    for ksize in range(1, 256, 2):
        for sigma in [0.0, *rng.uniform(0, 12, 6), *rng.uniform(0, 100, 6)]:
            line = numpy.zeros((1, 2 * ksize + 1), kind)
            line[0, ksize] = top
            expected = numpy.zeros(2 * ksize + 1, int)
            weights = formulas.weights(ksize, sigma, bits)
            first = ksize - len(weights) // 2
            expected[first:first + len(weights)] = [
                ((weight * int(top) << bits) + (1 << (2 * bits - 1))) >> (2 * bits) for weight in weights]
            found = cv2.GaussianBlur(line, (ksize, 1), sigma, sigmaY=1e-9)[0]
            assert (found == expected).all(), (ksize, sigma)


def test_median_equals_opencv():
    for image in SAMPLES:
        for ksize in (3, 5, 7, 31)[:4 if image.dtype == numpy.uint8 else 2]:
            same(formulas.median(image, ksize), cv2.medianBlur(image, ksize))


# All values of 8 and of 16 bits, so that they include ties of rounding and limits.
RAMPS = [numpy.arange(1 << bits, dtype=kind).reshape(-1, 256) for bits, kind in ((8, numpy.uint8), (16, numpy.uint16))]
PIPELINES = [
    "grayscale", "invert", "sepia", "brightness", "brightness:delta=-17.5", "brightness:delta=0.5", "contrast",
    "contrast:factor=0.5", "contrast:factor=0.1", "contrast:factor=10", "threshold", "threshold:level=99.5", "sharpen",
    "emboss", "blur", "blur:ksize=7", "blur:ksize=31:sigma=2.5", "median:ksize=3", "median", "sepia,contrast,grayscale,blur:ksize=9",
]


def wanted(image, pipeline):
    for text in pipeline.split(","):
        name, *given = text.split(":")
        image = formulas.step(image, name, {key: float(value) for key, value in (word.split("=") for word in given)})
    return image


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_the_program_equals_the_formulas(pipeline, tmp_path):
    """Gray and color, 8 and 16 bits, in tiles that the program cuts."""
    sources = [pixels((150, 170, 3), numpy.uint8), pixels((150, 170, 3), numpy.uint16), *RAMPS]
    names = []
    for number, image in enumerate(sources):
        names.append(tmp_path / f"source-{number}.png")
        cv2.imwrite(str(names[-1]), image)
    results = tmp_path / "results"
    results.mkdir()
    run = subprocess.run(
        [binaries() / "master-main", "process", *names, f"{results}/", "--transforms", pipeline,
         "--tile-size", "64"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    files = sorted(results.iterdir())
    assert len(files) == len(sources)
    for image, file in zip(sources, files):
        same(wanted(image, pipeline), cv2.imread(str(file), cv2.IMREAD_UNCHANGED))
