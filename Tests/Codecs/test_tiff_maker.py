"""Builds TIFF files byte by byte, for kinds that no program at hand writes, and pictures for them."""

import struct

import numpy as np

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 12: 8, 13: 4, 16: 8, 18: 8}
LETTERS = {1: "B", 2: "B", 3: "H", 4: "I", 5: "I", 7: "B", 12: "d", 13: "I", 16: "Q", 18: "Q"}


def picture(height, width, channels=3, maximum=255, dtype=None, seed=1):
    """A picture with slopes, edges and noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for channel in range(channels):
        wave = (np.sin(x / (9 + channel)) + np.cos(y / (7 + 2 * channel)) + 2) / 4
        wave[height // 3:height // 2, width // 4:width // 2] = channel / 4
        planes.append(np.clip(wave * maximum + rng.integers(-3, 4, wave.shape), 0, maximum))
    array = np.stack(planes, -1).round().astype(dtype or (np.uint8 if maximum < 256 else np.uint16))
    return array if channels > 1 else array[..., 0]


def pack(values, bits):
    """Rows of unsigned numbers as packed bits, the highest first. Each row is padded to a whole byte."""
    values = np.asarray(values, np.uint32)
    flat = values.reshape(values.shape[0], -1)
    unpacked = (flat[..., None] >> np.arange(bits - 1, -1, -1, dtype=np.uint32)) & 1
    return np.packbits(unpacked.reshape(flat.shape[0], -1).astype(np.uint8), axis=1).tobytes()


def reverse_bits(data):
    return np.packbits(np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")).tobytes()


def directory_bytes(fields, position, order="<", big=False, following=0, unsorted=False):
    """A directory with its values behind it. `fields` maps a tag to (type, values) or to the bytes of an entry's
    values."""
    word, step = (8, 20) if big else (4, 12)
    entries, tail = b"", b""
    start = position + (8 if big else 2) + step * len(fields) + word
    for tag, (kind, values) in (fields.items() if unsorted else sorted(fields.items())):
        if isinstance(values, bytes):
            data, count = values, len(values) // SIZES[kind]
        else:
            values = np.atleast_1d(values).tolist()
            data = struct.pack(f"{order}{len(values)}{LETTERS[kind]}", *values)
            count = len(values) // (2 if kind == 5 else 1)
        if len(data) > word:
            offset = start + len(tail)
            tail += data + b"\0" * (len(data) % 2)
            data = struct.pack(order + ("Q" if big else "I"), offset)
        entries += struct.pack(order + ("HHQ" if big else "HHI"), tag, kind, count) + data.ljust(word, b"\0")
    head = struct.pack(order + ("Q" if big else "H"), len(fields))
    return head + entries + struct.pack(order + ("Q" if big else "I"), following) + tail


def header(first, order="<", big=False):
    mark = b"II" if order == "<" else b"MM"
    if big:
        return mark + struct.pack(order + "HHHQ", 43, 8, 0, first)
    return mark + struct.pack(order + "HI", 42, first)


def make(path, width, height, strips, order="<", big=False, extra=None, tile=None, directories=(), drop=(), **named):
    """Builds a file of strips (or tiles of `tile`), which are given as stored. Returns its bytes.

    named: bits, samples, photometric, compression, planar, rows (a strip), counts.
    """
    samples = named.get("samples", 1)
    fields = {256: (4, width), 257: (4, height), 258: (3, [named.get("bits", 8)] * samples),
              259: (3, named.get("compression", 1)), 262: (3, named.get("photometric", 1)), 277: (3, samples),
              284: (3, named.get("planar", 1))}
    place, offsets = 16 if big else 8, []
    for strip in strips:
        offsets.append(place)
        place += len(strip) + len(strip) % 2
    kind = 16 if big else 4
    counts = named.get("counts", [len(strip) for strip in strips])
    if tile:
        fields.update({322: (4, tile[0]), 323: (4, tile[1]), 324: (kind, offsets), 325: (kind, counts)})
    else:
        fields.update({278: (4, named.get("rows", height)), 273: (kind, offsets), 279: (kind, counts)})
    fields.update(extra or {})
    for tag in drop:
        fields.pop(tag)
    body = b"".join(strip + b"\0" * (len(strip) % 2) for strip in strips)
    data = header(place, order, big) + body + directory_bytes(fields, place, order, big)
    path.write_bytes(data)
    return data
