"""Pictures for trials: BMP, since its pixels can be read without any library."""

import random
import struct


def write(path, side, seed=1):
    """A square of noise in 8-bit color."""
    row = side * 3
    if row % 4:
        raise ValueError("rows of a BMP are multiples of 4 bytes")
    head = struct.pack("<2sIHHI", b"BM", 54 + row * side, 0, 0, 54)
    head += struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, 0, row * side, 2835, 2835, 0, 0)
    path.write_bytes(head + random.Random(seed).randbytes(row * side))


def pixels(path):
    """Width, height and all bytes of a BMP's pixels, from the top row as from the bottom one."""
    data = path.read_bytes()
    start, = struct.unpack_from("<I", data, 10)
    width, height = struct.unpack_from("<ii", data, 18)
    return width, height, data[start:start + width * 3 * abs(height)]
