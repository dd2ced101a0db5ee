"""TIFF files of CIE L*a*b*, compared with the formulas and with lcms2."""

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from library import COLORS, CodecError, Reader, read
from reading import bgr, check_all_ways
from test_tiff_maker import make


def srgb(lab):
    """By the formulas of CIE and IEC, adapted from D50 by Bradford's matrix, from 0 to 1, as BGR."""
    lightness, a, b = np.moveaxis(np.asarray(lab, float), -1, 0)
    y = (lightness + 16) / 116
    x, z = y + a / 500, y - b / 200
    xyz = np.stack([np.where(t > 6 / 29, t ** 3, 3 * (6 / 29) ** 2 * (t - 4 / 29)) for t in (x, y, z)], -1)
    xyz *= [0.9642, 1, 0.8249]
    matrix = [[3.1338561, -1.6168667, -0.4906146], [-0.9787684, 1.9161415, 0.0334540],
              [0.0719453, -0.2289914, 1.4052427]]
    linear = (xyz @ np.transpose(matrix)).clip(0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)[..., ::-1]


def lab_picture(alpha=False):
    y, x = np.mgrid[0:40, 0:60]
    lab = np.stack([x * 100 / 59, np.sin(y / 5) * 50, np.cos(x / 7) * 60], -1)
    lab[3, :5] = [[0, 0, 0], [100, 0, 0], [50, 127, -128], [50, -128, 127], [100, 127, 127]]
    return lab


def stored_lab(lab, bits, kind):
    most = (1 << bits) - 1
    if kind == 8:
        color = np.round(lab[..., 1:] * (1 if bits == 8 else 256)).astype(int)
        return np.dstack([np.round(lab[..., 0] * most / 100).astype(int), color & most])
    if bits == 8:
        return np.dstack([np.round(lab[..., 0] * 2.55), np.round(lab[..., 1:] + 128)]).astype(int)
    return np.dstack([np.round(lab[..., 0] * 652.8), np.round((lab[..., 1:] + 128) * 256)]).astype(int)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("kind", [8, 9])
@pytest.mark.parametrize("planar, order", [(1, "<"), (2, ">")])
@pytest.mark.parametrize("alpha", [False, True])
def test_lab_is_converted(tmp_path, bits, kind, planar, order, alpha):
    lab = lab_picture()
    values = stored_lab(lab, bits, kind)
    exact = {8: [100 / 255, 1, 1], 16: [100 / 65535 if kind == 8 else 100 / 65280, 1 / 256, 1 / 256]}[bits]
    offset = 0 if kind == 8 else np.array([0, 128, 128])
    half = 1 << (bits - 1)
    signed = np.dstack([values[..., 0], (values[..., 1:] + half) % (2 * half) - half]) if kind == 8 else values
    expected = srgb(signed * exact - offset)
    if alpha:
        values = np.dstack([values, np.arange(60) + np.arange(40)[:, None]])
    dtype = "u1" if bits == 8 else order + "u2"
    parts = [values[..., plane] for plane in range(values.shape[2])] if planar == 2 else [values]
    make(tmp_path / "a.tif", 60, 40, [part.astype(dtype).tobytes() for part in parts], order, bits=bits,
         samples=values.shape[2], planar=planar, photometric=kind, extra={338: (3, 2)} if alpha else {})
    most = (1 << bits) - 1
    expected = np.round(expected * most)
    if alpha:
        expected = np.dstack([expected, values[..., 3]])
    expected = expected.astype(np.uint8 if bits == 8 else np.uint16)
    # The tolerance is a step of the stored scale, and allows for the constants of the matrix.
    notes = check_all_ways(tmp_path / "a.tif", expected, tolerance=1 if bits == 8 else 64)
    assert notes == ["CIE L*a*b* colors were converted to sRGB"]
    with Reader(tmp_path / "a.tif") as reader:
        assert COLORS[reader.info.color] == "lab"


def test_lab_is_close_to_little_cms(tmp_path):
    """Pillow reads the file, and its own lcms2 converts it to sRGB."""
    stored = stored_lab(lab_picture()[8:], 8, 8).astype(np.uint8)
    transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB",
                                        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                                        flags=ImageCms.Flags.NOOPTIMIZE)
    for compression in (None, "lzw", "zlib"):
        tifffile.imwrite(tmp_path / "a.tif", stored, photometric="cielab", compression=compression, metadata=None)
        judged = np.asarray(ImageCms.applyTransform(Image.open(tmp_path / "a.tif"), transform))
        check_all_ways(tmp_path / "a.tif", bgr(judged), tolerance=1)


@pytest.mark.parametrize("fields, words", [
    (dict(bits=4), "other than 8 or 16 bits"), (dict(photometric=10), "fax"),
    (dict(samples=4, extra={338: (3, 1)}), "with associated alpha")])
def test_unsupported_lab_is_refused(tmp_path, fields, words):
    make(tmp_path / "a.tif", 8, 8, [bytes(600)], **{"samples": 3, "photometric": 8, **fields})
    with pytest.raises(CodecError, match=words) as error:
        read(tmp_path / "a.tif")
    assert error.value.code == "unsupported"
