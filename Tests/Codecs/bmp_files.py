"""BMP files of every kind, built from their fields, because other programs write only few of the kinds."""

import struct

import numpy as np


def bmp(width, height, bits, rows, compression=0, size=40, palette=b"", masks=(), colors=0, density=(0, 0),
        offset=None, gap=b"", behind=b"", header=b""):
    """Builds a file. `rows` are the bytes of the pixels. `masks` go into the header if it is long enough, else behind
    it."""
    entry = 3 if size == 12 else 4
    if size == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, len(rows), *density, colors, 0)
        stored = struct.pack(f"<{len(masks)}I", *masks)
        info = info + (stored if size >= 52 else b"") + header
        info = info[:size].ljust(size, b"\0")
        if size < 52:
            info += stored
    assert len(palette) % entry == 0
    start = 14 + len(info) + len(palette) + len(gap)
    file = b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start if offset is None else offset)
    return file + info + palette + gap + rows + behind


def palette(count, entry=4, gray=False, seed=3):
    colors = np.random.default_rng(seed).integers(0, 256, (count, 3), np.uint8)
    if gray:
        colors[:] = colors[:, :1]
    table = np.zeros((count, entry), np.uint8)
    table[:, :3] = colors
    return table.tobytes(), colors


def packed(values, bits, is_top_down=False, pad_last=True):
    """Rows of indices or of pixel values, padded to four bytes, the lowest row first."""
    height, width = values.shape[:2]
    if bits < 8:
        each = (values[..., None] >> np.arange(bits - 1, -1, -1)) & 1
        rows = np.packbits(each.reshape(height, -1).astype(np.uint8), axis=1)
    elif bits == 24:
        rows = values.astype(np.uint8).reshape(height, -1)
    else:
        rows = values.astype({8: "u1", 16: "<u2", 32: "<u4"}[bits]).reshape(height, -1).view(np.uint8)
    used = rows.shape[1]
    rows = np.pad(rows, ((0, 0), (0, -used % 4)))
    data = (rows if is_top_down else rows[::-1]).tobytes()
    return data if pad_last else data[:len(data) - (-used % 4)]


def rle(values, bits, seed=1, end=True):
    """Random runs, literals, and ends of lines; the lowest row first."""
    rng = np.random.default_rng(seed)
    out = bytearray()
    for row in values[::-1].tolist():
        x = 0
        while x < len(row):
            count = 1
            while x + count < len(row) and row[x + count] == row[x] and count < 255:
                count += 1
            literal = min(len(row) - x, int(rng.integers(3, 40)))
            if count == 1 and literal >= 3:
                out += bytes([0, literal])
                part = row[x:x + literal]
                if bits == 4:
                    part = [a << 4 | b for a, b in zip(part[::2], part[1::2] + [0] * (len(part) % 2))]
                out += bytes(part) + b"\0" * (len(part) % 2)
                x += literal
            else:
                out += bytes([count, row[x] * 17 if bits == 4 else row[x]])
                x += count
        out += b"\0\0"
    return bytes(out) + (b"\0\1" if end else b"")
