"""CMYK files of each kind, made by Pillow, tifffile and libjpeg-turbo (in imagecodecs). Each function returns the
expected pixels: as Pillow's littlecms converts them to sRGB, or by Adobe's convention."""

import io
import struct

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, ImageCms

from processing import picture

INKS = picture(40, 56, 4)


def to_srgb(inks, profile):
    if not profile:
        stored = np.asarray(inks).astype(float)
        return np.rint((255 - stored[..., :3]) * (255 - stored[..., 3:]) / 255).astype(np.uint8)
    converted = ImageCms.profileToProfile(
        inks, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, flags=ImageCms.Flags.BLACKPOINTCOMPENSATION)
    return np.asarray(converted)


def read_by_pillow(path, profile):
    with Image.open(path) as image:
        assert image.mode == "CMYK"
        return to_srgb(image, profile)


def inks(profile=None, **options):
    """JPEG or TIFF with CMYK, by Pillow."""
    def make(path):
        Image.fromarray(INKS, "CMYK").save(path, icc_profile=profile, **options)
        return read_by_pillow(path, profile)
    return make


def ycck(profile=None):
    """Pillow writes CMYK only, so this converts it to YCCK."""
    def make(path):
        data = imagecodecs.jpeg8_encode(INKS, level=95, colorspace="CMYK", outcolorspace="YCCK")
        adobe = data.index(b"Adobe")
        assert data[adobe + 11] == 2, "YCCK, as Adobe's segment says"
        pieces = [profile[at:at + 60000] for at in range(0, len(profile or b""), 60000)]
        segments = b"".join(
            struct.pack(">BBH", 0xFF, 0xE2, len(piece) + 16) + b"ICC_PROFILE\0" + bytes([number + 1, len(pieces)])
            + piece
            for number, piece in enumerate(pieces))
        path.write_bytes(data[:2] + segments + data[2:])
        return read_by_pillow(path, profile)
    return make


def wide_inks(profile=None):
    """TIFF of 16 bits."""
    def make(path):
        tifffile.imwrite(path, INKS.astype(np.uint16) * 257, photometric="separated", metadata=None, software=False,
                         iccprofile=profile)
        return to_srgb(Image.fromarray(INKS, "CMYK"), profile).astype(np.uint16) * 257
    return make
