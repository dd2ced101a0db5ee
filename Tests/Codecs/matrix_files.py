"""Files with metadata, made by other programs; and readers of the metadata in results."""

import struct
import zlib
from functools import cache

import numpy as np
import tifffile
from PIL import Image, ImageCms, PngImagePlugin

from bmp_files import bmp
from processing import block, picture, tagged

PIXELS = picture()
GEO = ((33550, 12, 3, (0.5, 0.5, 0.0)), (33922, 12, 6, (0.0, 0.0, 0.0, 440720.0, 3751320.0, 0.0)),
       (34735, 3, 8, (1, 1, 0, 1, 1024, 0, 1, 1)))


@cache
def profile(name="sRGB"):
    """A profile. Its date is fixed, so that files made on different days are the same."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[24:36] = struct.pack(">6H", 2020, 1, 2, 3, 4, 5)
    # Not sRGB, which is assumed for files without a profile.
    return bytes(made).replace(b"sRGB", b"test") if name == "test" else bytes(made)


def saved(path, **options):
    Image.fromarray(PIXELS).save(path, **options)
    return path


def png_with(path, chunk, data):
    """A PNG file with one more chunk before its pixels."""
    return insert(saved(path), chunk, data)


def insert(path, chunk, data):
    file, name = path.read_bytes(), chunk.encode()
    made = struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    path.write_bytes(file[:33] + made + file[33:])
    return path


def tiff_with(path, *fields, software=False):
    """A TIFF file with more fields: tag, type, count, value."""
    tifffile.imwrite(path, PIXELS, photometric="rgb", metadata=None, software=software,
                     extratags=[(*field, True) for field in fields])
    return path


def tiff_fields(path, *tags):
    """The fields' values by tifffile; None for missing fields, and for other formats."""
    if path.suffix != ".tif":
        return [None] * len(tags)
    with tifffile.TiffFile(path) as file:
        fields = file.pages[0].tags
        return [fields[tag].value if tag in fields else None for tag in tags]


def webp_with(path, name, data):
    """A WebP file with a chunk behind its pixels."""
    saved(path, lossless=True, exif=b"II*\0\x08\0\0\0\0\0\0\0\0\0")
    file = path.read_bytes() + name + struct.pack("<I", len(data)) + data
    path.write_bytes(file[:4] + struct.pack("<I", len(file) - 8) + file[8:])
    return path


def bmp_with_profile(path):
    """A header of 124 bytes, and the profile behind the pixels. It is built here, because no program at hand writes
    it."""
    rows = np.ascontiguousarray(PIXELS[::-1, :, ::-1]).tobytes()
    icc = profile("test")
    header = b"DEBM" + bytes(48) + struct.pack("<IIII", 4, 124 + len(rows), len(icc), 0)
    path.write_bytes(bmp(PIXELS.shape[1], PIXELS.shape[0], 24, rows, size=124, masks=(0, 0, 0, 0), header=header,
                         behind=icc))
    return path


def profile_of(path):
    """The profile in a file. exiftool does not read it from BMP files, so the end of the header gives its offset."""
    if path.suffix != ".bmp":
        return block(path, "icc_profile")
    header = path.read_bytes()
    size = struct.unpack("<I", header[14:18])[0]
    start, count = struct.unpack("<II", header[14 + 112:14 + 120]) if size >= 124 else (0, 0)
    return header[14 + start:14 + start + count]


def dots(path):
    """The resolution in the format's own field, else in EXIF."""
    with Image.open(path) as image:
        found = image.info.get("dpi") or [image.getexif().get(tag, 0) for tag in (282, 283)]
    return [round(float(value)) for value in found]


def any_of(tags, *values):
    """Whether exiftool has found all of these values under any one name."""
    known = {str(value) for value in tags.values()}
    return all(str(value) in known for value in values)


def exif_source(path, *tags):
    return tagged(saved(path), *tags)


def small(path):
    """A thumbnail of an image, in a file beside it."""
    file = path.with_name("thumbnail.jpeg")
    Image.fromarray(picture(24, 32)).save(file)
    return file


def exif_with(tag, value):
    made = Image.Exif()
    made[tag] = value
    return made.tobytes()


def late_exif(path):
    """A file with EXIF between the pixels and the end marker. exiftool and Pillow ignore EXIF there."""
    data, block = saved(path).read_bytes(), exif_with(0x10F, "Acme, late")
    path.write_bytes(data[:-2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[-2:])
    return path


def with_aspect(path, x, y):
    """A file with pixels of the aspect x by y, without a unit."""
    if path.suffix == ".png":
        return insert(saved(path), "pHYs", struct.pack(">IIB", x, y, 0))
    if path.suffix == ".jpg":
        data = saved(path).read_bytes()
        path.write_bytes(data[:13] + struct.pack(">BHH", 0, x, y) + data[18:])
        return path
    tifffile.imwrite(path, PIXELS, photometric="rgb", metadata=None, software=False, resolution=(x, y),
                     resolutionunit=1)
    return path


def aspect(tags):
    """The aspect in the format's own field, if it has no unit."""
    for group, names, unit in (("PNG-pHYs", ("PixelsPerUnitX", "PixelsPerUnitY"), ("PixelUnits", 0)),
                               ("JFIF", ("XResolution", "YResolution"), ("ResolutionUnit", 0)),
                               ("IFD0", ("XResolution", "YResolution"), ("ResolutionUnit", 1))):
        if tags.get(f"{group}:{unit[0]}") == unit[1]:
            return [tags.get(f"{group}:{name}") for name in names]
    return None


def numbers(tags, name):
    """TIFF keeps these as 32-bit floats."""
    return [round(float(number), 6) for number in str(tags.get(name, "")).split()]


def hexadecimal(name, data):
    """A profile as a text chunk has it."""
    return b"\n%s\n%8d\n%s\n" % (name, len(data), data.hex().encode())


def png_texts():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "plain")
    texts.add_text("Story", "long " * 400, zip=True)
    texts.add_itxt("Title", "Ärger", "de", "Titel")
    return texts


def png_text(path):
    """{} for other files."""
    with Image.open(path) as image:
        image.load()
        return dict(getattr(image, "text", {}))
