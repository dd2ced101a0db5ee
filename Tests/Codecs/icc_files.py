"""ICC profiles, built from their tags, so that no profile of others is needed."""

import struct

import numpy as np


def icc(color_space, tags, device_class=b"prtr", pcs=b"Lab ", version=0x02100000):
    """A profile of these tags, and of the white point and the texts that every profile needs."""
    text = b"Made for a test\0"
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78),
            b"cprt": b"text\0\0\0\0" + text, b"wtpt": xyz(0.9642, 1, 0.8249), **tags}
    offset, table, data = 132 + 12 * len(tags), b"", b""
    for name, value in tags.items():
        table += name + struct.pack(">II", offset + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    head = struct.pack(">I4sI4s4s4s6H4s28x3i", offset + len(data), b"test", version, device_class, color_space, pcs,
                       2020, 2, 3, 4, 5, 6, b"acsp", *(round(value * 65536) for value in (0.9642, 1, 0.8249)))
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + table + data


def xyz(x, y, z):
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in (x, y, z)))


def curve(values):
    return b"curv\0\0\0\0" + struct.pack(">I", len(values)) + np.asarray(values, ">u2").tobytes()


def gamma(value):
    return curve([round(value * 256)])


def table(inputs, grid, function):
    """A table of 16 bits (mft2) from `inputs` channels to Lab in version 2's encoding; `function` gets 0…1."""
    axes = np.meshgrid(*[np.linspace(0, 1, grid)] * inputs, indexing="ij")
    lab = np.stack(function(*axes), -1).reshape(-1, 3)
    coded = np.clip(np.stack([lab[:, 0] / 100 * 65280, (lab[:, 1] + 128) * 256, (lab[:, 2] + 128) * 256], -1), 0, 65535)
    straight = np.array([0, 65535], ">u2").tobytes()
    return (b"mft2\0\0\0\0" + bytes([inputs, 3, grid, 0]) + struct.pack(">9i", *np.eye(3, dtype=int).ravel() * 65536)
            + struct.pack(">2H", 2, 2) + straight * inputs + np.round(coded).astype(">u2").tobytes() + straight * 3)


def press(c, m, y, k):
    """The inks of a fictional press as Lab, so that no result is a simple product of channels."""
    light = (1 - 0.45 * c) * (1 - 0.6 * m) * (1 - 0.1 * y) * (1 - 0.93 * k)
    return 95 * light ** 0.8 + 3, (75 * m - 35 * c) * (1 - k), (90 * y - 50 * c) * (1 - k)


CMYK = icc(b"CMYK", {b"A2B0": table(4, 9, press), b"A2B1": table(4, 9, press)})
ADOBE_RGB = icc(b"RGB ", {
    b"rXYZ": xyz(0.60974, 0.31111, 0.01947), b"gXYZ": xyz(0.20528, 0.62567, 0.06087),
    b"bXYZ": xyz(0.14919, 0.06322, 0.74457), **{name: gamma(2.19921875) for name in (b"rTRC", b"gTRC", b"bTRC")}},
    b"mntr", b"XYZ ")
GRAY = icc(b"GRAY", {b"kTRC": gamma(2.2)}, b"mntr", b"XYZ ")
#: Dots grow on paper in the middle tones, and black ink is not quite black.
DOT_GAIN = curve([65535 * (1 - 0.98 * (ink + 0.8 * ink * (1 - ink))) for ink in np.linspace(1, 0, 256)])
#: Gray profiles with each kind of curve.
GRAYS = {
    "gamma 2.2": GRAY,
    "gamma 1": icc(b"GRAY", {b"kTRC": gamma(1)}, b"mntr", b"XYZ "),
    "identity": icc(b"GRAY", {b"kTRC": curve([])}, b"mntr", b"XYZ "),
    "dot gain": icc(b"GRAY", {b"kTRC": DOT_GAIN}, b"prtr", b"XYZ "),
    "version 4": icc(b"GRAY", {b"kTRC": gamma(1.8)}, b"scnr", b"XYZ ", 0x04300000),
    "lightness": icc(b"GRAY", {b"kTRC": gamma(1.3)}, b"mntr", b"Lab "),
    "table": icc(b"GRAY", {b"A2B0": table(1, 33, lambda g: (5 + 90 * g ** 0.7, 0 * g, 0 * g))}, b"scnr"),
}
