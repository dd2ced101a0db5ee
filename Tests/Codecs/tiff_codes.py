"""Encoders for TIFF's rare compressions, written from their descriptions, and the expected pixels."""

import io
import zlib

import numpy as np
from PIL import Image

# MARK: ThunderScan, 4 bits; NeXT, 2 bits


def thunder(values):
    """Rows of runs, of differences if they are small, and of raw pixels."""
    out, pairs, triples = bytearray(), {0: 0, 1: 1, -1: 3}, {0: 0, 1: 1, 2: 2, 3: 3, -3: 5, -2: 6, -1: 7}
    for row in np.asarray(values, int):
        last, x = 0, 0
        while x < len(row):
            run = 0
            while x + run < len(row) and run < 63 and row[x + run] == last:
                run += 1
            steps = np.diff(np.concatenate([[last], row[x:x + 3]]))
            if run > 2 or run == len(row) - x:
                out.append(run)
                x += run
            elif len(steps) == 3 and all(step in pairs for step in steps):
                out.append(0x40 | pairs[steps[0]] << 4 | pairs[steps[1]] << 2 | pairs[steps[2]])
                x += 3
            elif steps[0] in triples:
                second = triples.get(steps[1], 4) if len(steps) > 1 else 4
                out.append(0x80 | triples[steps[0]] << 3 | second)
                x += 1 if second == 4 else 2
            else:
                out.append(0xC0 | row[x])
                x += 1
            last = row[x - 1]
    return bytes(out)


def next_rows(values):
    """Every third row literal, every third a span on white, the others runs."""
    out, width = bytearray(), values.shape[1]
    for number, row in enumerate(np.asarray(values, int)):
        padded = np.pad(row, (0, -width % 4), constant_values=3).reshape(-1, 4)
        literal = bytes((padded << [6, 4, 2, 0]).sum(1).astype(np.uint8))
        if number % 3 == 0:
            out += b"\0" + literal
        elif number % 3 == 1:
            left = len(literal) - len(literal.lstrip(b"\xff"))
            span = literal.strip(b"\xff")
            out += b"\x40" + left.to_bytes(2, "big") + len(span).to_bytes(2, "big") + span
        else:
            x = 0
            while x < width:
                run = 1
                while x + run < width and run < 63 and row[x + run] == row[x]:
                    run += 1
                out.append(row[x] << 6 | run)
                x += run
    return bytes(out)


# MARK: PixarLog: codes of 11 bits, a line up to 1/e of a curve and then its exponential


def pixarlog_values():
    """The value of each code, from 0 to 25."""
    steps = 1 / np.log(1.004)
    curve, one = 1 / int(steps), 1250
    scale = np.exp(-curve * one)
    codes = np.arange(2048)
    return np.where(codes < int(steps), codes * scale * curve * np.e, scale * np.exp(curve * codes))


def pixarlog_pixels(codes, bits):
    most = (1 << bits) - 1
    return np.minimum(np.floor(pixarlog_values()[codes] * most + 0.5), most).astype(np.uint16 if bits > 8 else np.uint8)


def pixarlog(codes, order="<"):
    """Differences of codes within a row, separately for each channel."""
    rows = np.asarray(codes, int).reshape(len(codes), codes.shape[1], -1)
    steps = np.diff(rows, axis=1, prepend=0) & 0x7FF
    return zlib.compress(steps.astype(order + "u2").tobytes())


# MARK: SGI's LogLuv, by Ward Larson's description


def strings(row, count):
    """The bytes of a row's pixels, separated by significance, the highest first, each as runs."""
    out = bytearray()
    for shift in range(8 * (count - 1), -1, -8):
        plane, x = [int(value) >> shift & 255 for value in row], 0
        while x < len(plane):
            run = 1
            while x + run < len(plane) and run < 129 and plane[x + run] == plane[x]:
                run += 1
            if run > 3:
                out += bytes([run - 2 + 128, plane[x]])
            else:
                run = min(len(plane) - x, 5)
                out += bytes([run]) + bytes(plane[x:x + run])
            x += run
    return bytes(out)


def log_luminance(codes):
    codes = np.asarray(codes).astype(np.int64)
    worth = np.exp2(((codes & 0x7FFF) + 0.5) / 256 - 64)
    return np.where(codes & 0x7FFF == 0, 0, np.where(codes & 0x8000, -worth, worth))


def display(linear):
    """A square root as tone curve, clipped at white."""
    return np.where(linear >= 1, 255, np.floor(256 * np.sqrt(np.clip(linear, 0, 1)))).clip(0, 255).astype(np.uint8)


def log_rgb(luminance, u, v):
    """BT.709 from luminance and CIE 1976 u′ v′, as BGR."""
    with np.errstate(divide="ignore", invalid="ignore"):
        divisor = 6 * u - 16 * v + 12
        x, y = 9 * u / divisor, 4 * v / divisor
        colors = np.stack([x / y * luminance, luminance, (1 - x - y) / y * luminance], -1)
    colors[luminance <= 0] = 0
    matrix = np.array([[2.690, -1.276, -0.414], [-1.022, 1.978, 0.044], [0.061, -0.224, 1.163]])
    return display(colors @ matrix.T)[..., ::-1]


def luv32_pixels(codes):
    codes = np.asarray(codes, np.int64)
    return log_rgb(log_luminance(codes >> 16), ((codes >> 8 & 255) + 0.5) / 410, ((codes & 255) + 0.5) / 410)


def luv32(height, width, seed=3):
    rng = np.random.default_rng(seed)
    luminance = np.linspace(64 * 256 - 2600, 64 * 256 + 400, height * width).astype(np.int64).reshape(height, width)
    u, v = 80 + np.arange(width) // 9 % 20 + rng.integers(0, 2, (height, width)), 190 + np.arange(height)[:, None] % 16
    return luminance << 16 | u << 8 | v


# MARK: Old-style JPEG


def jpeg_parts(data):
    """Quantization tables, Huffman tables by class, the restart interval, and the bytes behind the start of the scan.
    """
    tables, codes, interval, at = {}, {}, 0, 2
    while True:
        marker, size = data[at + 1], int.from_bytes(data[at + 2:at + 4], "big")
        body = data[at + 4:at + 2 + size]
        at += 2 + size
        if marker == 0xDD:
            interval = int.from_bytes(body, "big")
        while marker == 0xDB and body:
            tables[body[0] & 15], body = body[1:65], body[65:]
        while marker == 0xC4 and body:
            length = 17 + sum(body[1:17])
            codes[body[0]], body = body[1:length], body[length:]
        if marker == 0xDA:
            return tables, codes, interval, data[at:]


def gray_jpeg(pixels, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "jpeg", quality=90, **options)
    return file.getvalue()
