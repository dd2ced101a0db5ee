"""WebP files by Pillow and cwebp, and files built byte by byte."""

import io
import struct
import subprocess

import cv2
import numpy as np
from PIL import Image

RNG = np.random.default_rng(11)


def picture(width=150, height=101, channels=3, kind="photo"):
    """A smooth image with some noise; alpha from 0 to 255."""
    y, x = np.mgrid[:height, :width]
    planes = [(x * 3 + y) % 256, (y * 2) % 256, (x + y * 5) // 3 % 256, (x * 255) // max(1, width - 1)]
    pixels = np.stack(planes[:max(3, channels)], -1)
    pixels[..., :3] = np.clip(pixels[..., :3] + RNG.integers(-9, 10, (height, width, 3)), 0, 255)
    pixels = pixels.astype(np.uint8)
    return pixels[..., 0] if channels == 1 else pixels


def rgb(pixels):
    return pixels[..., [2, 1, 0, 3][:pixels.shape[-1]]]


def by_pillow(pixels, **options):
    target = io.BytesIO()
    Image.fromarray(rgb(pixels)).save(target, "WEBP", **options)
    return target.getvalue()


def by_cwebp(pixels, tmp_path, *options):
    source, target = tmp_path / "source.png", tmp_path / "cwebp.webp"
    cv2.imwrite(str(source), pixels)
    subprocess.run(["cwebp", "-quiet", *options, source, "-o", target], check=True)
    return target.read_bytes()


KINDS = {
    "lossy": lambda path: by_pillow(picture(), quality=80),
    "lossy-best": lambda path: by_pillow(picture(), quality=100, method=6),
    "lossy-alpha": lambda path: by_pillow(picture(channels=4), quality=80),
    "lossy-alpha-raw": lambda path: by_cwebp(picture(channels=4), path, "-q", "60", "-alpha_method", "0"),
    "lossy-alpha-lossy": lambda path: by_cwebp(picture(channels=4), path, "-q", "60", "-alpha_q", "30"),
    "partitions": lambda path: by_cwebp(picture(300, 400), path, "-q", "70", "-partition_limit", "50"),
    "simple-filter": lambda path: by_cwebp(picture(), path, "-q", "40", "-nostrong", "-f", "60"),
    "lossless": lambda path: by_pillow(picture(), lossless=True),
    "lossless-alpha": lambda path: by_pillow(picture(channels=4), lossless=True, exact=True),
    "near-lossless": lambda path: by_cwebp(picture(), path, "-near_lossless", "40"),
    "palette": lambda path: by_pillow(picture() // 100 * 100, lossless=True),
    "one-pixel": lambda path: by_pillow(picture(1, 1), lossless=True),
    "one-pixel-lossy": lambda path: by_pillow(picture(1, 1), quality=50),
    "wide": lambda path: by_pillow(picture(16383, 2), quality=50),
    "tall": lambda path: by_pillow(picture(3, 16383), lossless=True),
    "extended": lambda path: by_pillow(picture(), quality=80, icc_profile=b"p" * 501, exif=EXIF, xmp=b"<x/>"),
}
EXIF = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"


def opencv(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def riff(*chunks, size=None):
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def image_chunk(data=None):
    return (data or by_pillow(picture(), quality=80))[12:]


def vp8x(flags=0, width=150, height=101):
    sides = [struct.pack("<I", side - 1)[:3] for side in (width, height)]
    return chunk(b"VP8X", bytes([flags, 0, 0, 0]) + b"".join(sides))
