"""Pictures for trials. They are BMP files, whose pixels can be read without a library."""

import random
import struct


def write(path, side, seed=1):
    """A square of noise in 8-bit color."""
    row = side * 3
    if row % 4:
        raise ValueError("the rows of the picture are not multiples of 4 bytes")
    head = struct.pack("<2sIHHI", b"BM", 54 + row * side, 0, 0, 54)
    head += struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, 0, row * side, 2835, 2835, 0, 0)
    path.write_bytes(head + random.Random(seed).randbytes(row * side))


def pixels(path):
    """Width, height and all bytes of a BMP's pixels, in the order of the file."""
    data = path.read_bytes()
    start, = struct.unpack_from("<I", data, 10)
    width, height = struct.unpack_from("<ii", data, 18)
    return width, height, data[start:start + width * 3 * abs(height)]
