"""Images to send."""

import io

import numpy
from PIL import Image


def pixels(width, height, seed=1):
    """An RGB picture with smooth parts, edges and noise, the same for the same arguments."""
    random = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:height, 0:width]
    waves = [(numpy.sin(x / (17 + 9 * c)) + numpy.cos(y / (23 - 5 * c))) * 60 + 128 for c in range(3)]
    picture = numpy.stack(waves, axis=-1) + random.normal(0, 6, (height, width, 3))
    picture[(x // 160 + y // 160) % 5 == 0] *= 0.5
    return numpy.clip(picture, 0, 255).astype(numpy.uint8)


def encoded(array, kind="PNG", **options):
    buffer = io.BytesIO()
    if kind == "PNG":
        options.setdefault("compress_level", 1)
    Image.fromarray(array).save(buffer, kind, **options)
    return buffer.getvalue()


def animated(array):
    """A PNG of two frames."""
    first, second = Image.fromarray(array), Image.fromarray(255 - array)
    buffer = io.BytesIO()
    first.save(buffer, "PNG", save_all=True, append_images=[second], compress_level=1)
    return buffer.getvalue()


def pages(*arrays):
    """A TIFF file of several images."""
    first, *rest = [Image.fromarray(array) for array in arrays]
    buffer = io.BytesIO()
    first.save(buffer, "TIFF", save_all=True, append_images=rest)
    return buffer.getvalue()


def over(array, color):
    """Blends transparent pixels with a color, rounded to the nearest."""
    alpha = array[..., 3:].astype(float) / 255
    return numpy.rint(array[..., :3] * alpha + numpy.array(color) * (1 - alpha)).astype(numpy.uint8)


def decoded(data):
    return numpy.asarray(Image.open(io.BytesIO(data)))


def with_alpha(array, seed=2):
    """The picture with random alpha from 0 to 255."""
    alpha = numpy.random.default_rng(seed).integers(0, 256, array.shape[:2], dtype=numpy.uint8)
    return numpy.dstack([array, alpha])


# What the transforms do according to their descriptions. Alpha does not change.


def inverted(array):
    made = array.copy()
    made[..., :3] = 255 - array[..., :3]
    return made


def brightened(array, delta):
    made = array.copy()
    made[..., :3] = numpy.clip(array[..., :3].astype(int) + delta, 0, 255)
    return made
