"""Images of all kinds that a service accepts, made without any library."""

import struct
import zlib

SHORTEST, LONGEST = 64, 2400  # pixels of a side
CHANNELS = {"gray": 1, "color": 3, "alpha": 4}


class Picture:
    """The bytes of an image, and the facts that are needed to choose valid steps and formats for it."""

    def __init__(self, body, media_type, pixels, depth):
        self.body = body
        self.media_type = media_type
        self.pixels = pixels
        self.depth = depth

    def formats(self):
        """The formats that can hold its result, unless a step changes the kind of its pixels."""
        if self.depth == 16:
            return ["png", "tiff"]
        return ["png", "tiff", "webp"] if self.pixels == "alpha" else ["png", "tiff", "webp", "jpeg", "bmp"]


def make(random):
    # Most are small, so that many jobs are created and deleted. A few have some megapixels.
    width, height = (round(SHORTEST * (LONGEST / SHORTEST) ** random.random()) for _ in range(2))
    pixels = random.choice(list(CHANNELS))
    if pixels == "color" and random.random() < 0.3:
        return Picture(_bmp(width, height, random), "image/bmp", pixels, 8)
    depth = 16 if random.random() < 0.2 else 8
    return Picture(_png(width, height, pixels, depth, random), "image/png", pixels, depth)


def large(random):
    """30 megapixels: 90 MB of tiles in each direction."""
    return Picture(_bmp(6000, 5000, random), "image/bmp", "color", 8)


def _rows(count, length, random):
    """Rows of noise and of ramps. They are neither all equal, nor as large as noise when compressed."""
    noise = random.randbytes(length)
    ramp = bytes(index * 255 // length for index in range(length))
    stripe = length // 3
    for row in range(count):
        shift = row * 7 % max(1, length - stripe)
        yield noise[shift:shift + stripe] + ramp[:length - stripe]


def _png(width, height, pixels, depth, random):
    colour = {"gray": 0, "color": 2, "alpha": 6}[pixels]
    rows = _rows(height, width * CHANNELS[pixels] * depth // 8, random)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 1)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in ((b"IHDR", header), (b"IDAT", data), (b"IEND", b"")))


def _bmp(width, height, random):
    padding = bytes(-width * 3 % 4)
    data = b"".join(row + padding for row in _rows(height, width * 3, random))
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(data), 2835, 2835, 0, 0)
    return struct.pack("<2sIHHI", b"BM", 54 + len(data), 0, 0, 54) + header + data
