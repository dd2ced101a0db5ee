"""PNG files of every kind, built from chunks, because other programs write only some of the kinds."""

import struct
import subprocess
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
KINDS = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16),
         (6, 8), (6, 16)]
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, data=b""):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def pngcheck(path):
    """The errors that pngcheck finds; none for a sound file."""
    done = subprocess.run(["pngcheck", "-q", path], capture_output=True, text=True)
    assert (done.returncode == 0) == (done.stdout == ""), done
    return done.stdout


def header(width, height, depth, color, interlaced=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced))


def samples(height, width, depth, color, seed=0):
    """Stored samples: rows of noise, and rows that compress."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 1 << depth, (height, width, CHANNELS[color]))
    values[height // 3:height // 2] = values[height // 3, 0]
    return values


def packed(values, depth):
    """Rows with a filter byte of 0 before each."""
    height, width, channels = values.shape
    if depth == 16:
        rows = values.astype(">u2").reshape(height, -1).view(np.uint8)
    elif depth == 8:
        rows = values.astype(np.uint8).reshape(height, -1)
    else:
        bits = (values.reshape(height, -1, 1) >> np.arange(depth - 1, -1, -1)) & 1
        rows = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    return np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1).tobytes()


def raw(values, depth, interlaced=False):
    """The bytes that are compressed into IDAT."""
    if not interlaced:
        return packed(values, depth)
    parts = (values[y::dy, x::dx] for x, y, dx, dy in PASSES)
    return b"".join(packed(part, depth) for part in parts if part.size)


def data(values, depth, interlaced=False, split=400, level=6):
    compressed = zlib.compress(raw(values, depth, interlaced), level)
    return b"".join(chunk(b"IDAT", compressed[at:at + split]) for at in range(0, len(compressed), split))


def palette(depth, seed=5):
    return np.random.default_rng(seed).integers(0, 256, (1 << depth, 3), np.uint8)


def png(values, depth, color, interlaced=False, before=b"", after=b"", split=400, end=chunk(b"IEND"), colors=None):
    height, width = values.shape[:2]
    if color == 3:
        before = chunk(b"PLTE", (palette(depth) if colors is None else colors).tobytes()) + before
    return (SIGNATURE + header(width, height, depth, color, int(interlaced)) + before
            + data(values, depth, interlaced, split) + after + end)


def pixels(values, depth, color, transparency=None, colors=None):
    """The expected rows: BGR(A) or gray, as the standard defines them."""
    if color == 3:
        table = palette(depth) if colors is None else colors
        bgr = table[values[..., 0]][..., ::-1]
        if transparency is None:
            return bgr
        alpha = np.full(len(table), 255, np.uint8)
        alpha[:len(transparency)] = transparency
        return np.concatenate([bgr, alpha[values]], axis=2)
    most, dtype = (65535, np.uint16) if depth == 16 else (255, np.uint8)
    scaled = (values * (most // ((1 << depth) - 1))).astype(dtype)
    if color in (4, 6):
        alpha, scaled = scaled[..., -1:], scaled[..., :-1]
    elif transparency is not None:
        alpha = np.where((values == np.array(transparency)).all(axis=2, keepdims=True), 0, most).astype(dtype)
    else:
        return scaled[..., 0] if color == 0 else scaled[..., ::-1]
    bgr = np.repeat(scaled, 3, axis=2) if color in (0, 4) else scaled[..., ::-1]
    return np.concatenate([bgr, alpha], axis=2)
