"""Files of kinds that are refused, each with the reason. The list of kinds in docs/formats.md includes them."""

import struct

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

from bmp_files import bmp
from kind_files import GRAY, RGB, content, hierarchical, jpeg, renumbered, tiff
from kind_row import Row
from png_files import SIGNATURE, chunk, header, png, samples
from test_jpeg import SPECTRAL_SCANS, cjpeg, frame, scans
from test_tiff_maker import directory_bytes, make, picture
from test_tiff_old_jpeg import old_jpeg


def directory(**fields):
    """A TIFF file of 16 by 16 pixels with the refused property in its directory."""
    return lambda path: make(path, 16, 16, [bytes(600)], **fields) and None


def volume(path):
    slices = np.stack([picture(16, 16, 1, seed=seed) for seed in range(8)])
    tifffile.imwrite(path, slices, volumetric=True, photometric="minisblack", metadata=None, rowsperstrip=16)


def canon(path):
    """A camera raw file. Its first image is a preview."""
    data, fields, extra = old_jpeg("420")
    make(path, 150, 101, [b"CR\2\0" + bytes(4), data], extra={**extra, 273: (4, 16), 279: (4, len(data))}, **fields)


def raw_preview(path):
    """The first directory is a reduced image, and names a directory of another image."""
    child = directory_bytes({256: (4, 16), 257: (4, 16)}, 8)
    make(path, 16, 16, [child + bytes(600)], extra={254: (4, 1), 330: (4, 8)})


def palette_in_old_jpeg(path):
    data = jpeg(GRAY)
    make(path, 56, 40, [data], compression=6, photometric=3,
         extra={320: (3, [0] * 768), 513: (4, 8), 514: (4, len(data))})


def wide_tiles(path):
    """A row of 1,024 tiles, which all share the same stored data."""
    make(path, 1 << 20, 512, [bytes(600)], tile=(1024, 256), samples=3, photometric=2, compression=5,
         extra={324: (4, [8] * 2048), 325: (4, [600] * 2048)})


def many_scans(path):
    """A progressive file that repeats its last scan again and again."""
    data = scans(cjpeg(), SPECTRAL_SCANS, path.parent)
    last = data.rindex(b"\xff\xda")
    path.write_bytes(data[:-2] + data[data.rindex(b"\xff\xc4", 0, last):-2] * 600 + b"\xff\xd9")


def png_header(*fields):
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", *fields)) + chunk(b"IEND")


JPEG = [
    ("12 bits", content(lambda: imagecodecs.jpeg8_encode(RGB.astype(np.uint16) << 4, bitspersample=12)),
     "a 12-bit JPEG file cannot be read"),
    ("lossless", content(lambda: imagecodecs.ljpeg_encode(GRAY.astype(np.uint16), bitspersample=12)),
     "a lossless JPEG file cannot be read"),
    ("hierarchical", content(hierarchical), "a hierarchical JPEG file cannot be read"),
    ("JPEG-LS", content(lambda: imagecodecs.jpegls_encode(RGB)), "a JPEG-LS file cannot be read"),
    ("fractional subsampling, as 3:2:1", content(frame(0xC0, components=3, samplings=(0x31, 0x21, 0x11))),
     "a JPEG file with fractional subsampling cannot be read"),
    ("extensions", content(frame(0xC8)), "a JPEG file with extensions cannot be read"),
    ("2 components", content(frame(0xC0, components=2)), "a JPEG file with 2 components cannot be read"),
    ("5 components", content(frame(0xC0, components=5)), "a JPEG file with 5 components cannot be read"),
    ("height behind the pixels (DNL)", content(frame(0xC0, height=0)),
     "a JPEG file that tells its height behind the pixels (DNL) cannot be read"),
    ("a side of more than 65,500 pixels", content(frame(0xC0, width=65535)),
     "the image is 65535×16 pixels; a side of a JPEG image can be 65500 at most"),
    ("more than 500 scans", many_scans, "a JPEG file of this size with more than 500 scans cannot be read"),
]

PNG = [
    ("animated", content(lambda: imagecodecs.apng_encode(np.stack([RGB, RGB[::-1]]))),
     "an animated PNG file cannot be read"),
    ("Apple's CgBI", content(SIGNATURE + chunk(b"CgBI", bytes(4)) + png(samples(40, 56, 8, 2), 8, 2)[8:]),
     "a PNG file in Apple's CgBI format cannot be read"),
    ("unknown critical chunk", content(SIGNATURE + header(4, 4, 8, 2) + chunk(b"ABCD") + png(
        samples(4, 4, 8, 2), 8, 2)[33:]), "a PNG file with the unknown critical chunk ABCD cannot be read"),
    ("unknown compression", content(png_header(4, 4, 8, 2, 1, 0, 0)),
     "a PNG file with compression 1 and filter 0 cannot be read"),
    ("unknown filter", content(png_header(4, 4, 8, 2, 0, 64, 0)),
     "a PNG file with compression 0 and filter 64 cannot be read"),
    ("unknown interlacing", content(png_header(4, 4, 8, 2, 0, 0, 2)), "a PNG file with interlacing 2 cannot be read"),
]

TIFF = [
    *((f"samples: {name}", tiff(pixels), words) for name, pixels, words in (
        ("signed", GRAY.astype(np.int16), "a TIFF file of signed integers (16 bits) cannot be read"),
        ("floating point", GRAY.astype(np.float32), "a TIFF file of floating-point samples (32 bits) cannot be read"),
        ("32 bits", GRAY.astype(np.uint32), "a TIFF file with 32 bits a sample cannot be read"),
        ("complex", GRAY.astype(np.complex64), "a TIFF file of complex numbers cannot be read"))),
    ("samples: of different depths", directory(samples=3, photometric=2, extra={258: (3, [5, 6, 5])}),
     "a TIFF file with samples of different depths (5 and 6 bits) cannot be read"),
    ("samples: more than 64", directory(samples=65), "a TIFF file with 65 samples a pixel cannot be read"),
    *((f"colors: {name}", renumbered("PhotometricInterpretation", number), words) for name, number, words in (
        ("ITU L*a*b* (fax)", 10, "a TIFF file of ITU L*a*b* colors (fax) cannot be read"),
        ("camera raw", 32803, "a TIFF file of color filter samples (camera raw) cannot be read"),
        ("linear camera samples", 34892, "a TIFF file of linear camera samples (raw) cannot be read"),
        ("LogLuv without its compression", 32845,
         "a TIFF file of LogLuv colors without their compression cannot be read"),
        ("unknown", 99, "a TIFF file with color kind number 99 cannot be read"))),
    ("colors: inks other than CMYK", directory(samples=5, photometric=5, extra={332: (3, 2), 334: (3, 5)}),
     "a TIFF file of inks other than CMYK cannot be read"),
    ("colors: CIE L*a*b* of 4 bits", directory(samples=3, photometric=8, bits=4),
     "a TIFF file of CIE L*a*b* colors of other than 8 or 16 bits cannot be read"),
    ("colors: CIE L*a*b* with associated alpha", directory(samples=4, photometric=8, extra={338: (3, 1)}),
     "a TIFF file of CIE L*a*b* colors with associated alpha cannot be read"),
    ("colors: YCbCr of 16 bits", directory(samples=3, photometric=6, bits=16),
     "a TIFF file of YCbCr colors of other than 8 bits cannot be read"),
    ("colors: YCbCr in planes, JPEG compression", directory(samples=3, photometric=6, planar=2, compression=7),
     "a TIFF file of YCbCr planes in JPEG compression cannot be read"),
    ("colors: subsampled YCbCr in planes",
     directory(samples=3, photometric=6, planar=2, extra={530: (3, [2, 2])}),
     "a TIFF file of subsampled YCbCr colors in planes or with extra samples cannot be read"),
    ("colors: subsampled YCbCr with a predictor",
     directory(samples=3, photometric=6, compression=5, extra={317: (3, 2), 530: (3, [2, 2])}),
     "a TIFF file of subsampled YCbCr colors with a predictor cannot be read"),
    ("predictor: floating point", directory(compression=5, extra={317: (3, 3)}),
     "a TIFF file with predictor number 3 cannot be read"),
    ("predictor: with 4 bits", directory(compression=5, bits=4, extra={317: (3, 2)}),
     "a TIFF file with a predictor and 4 bits a sample cannot be read"),
    ("a volume", volume, "a TIFF file of a volume (8 slices) cannot be read"),
    ("camera raw of Canon (CR2)", canon, "a camera raw file of Canon (CR2) cannot be read"),
    *((f"compression: {name}", renumbered("Compression", number), words) for name, number, words in (
        ("JPEG 2000", 34712, "a TIFF file with JPEG 2000 compression cannot be read"),
        ("JPEG XL", 50002, "a TIFF file with JPEG XL compression cannot be read"),
        ("unknown", 777, "a TIFF file with compression number 777 cannot be read"))),
    ("compression: JPEG of 12 bits", directory(compression=7, bits=12),
     "a TIFF file with 12-bit JPEG compression cannot be read"),
    ("compression: CCITT with 8 bits", directory(compression=4),
     "a TIFF file with CCITT compression and other samples than 1 of 1 bit cannot be read"),
    ("compression: old-style JPEG in tiles", directory(compression=6, tile=(16, 16), samples=3, photometric=6),
     "a TIFF file with old-style JPEG compression in tiles cannot be read"),
    ("compression: old-style JPEG in planes", directory(compression=6, planar=2, samples=3, photometric=6),
     "a TIFF file with old-style JPEG compression in planes cannot be read"),
    ("compression: old-style JPEG, lossless", directory(compression=6, extra={512: (3, 14)}),
     "a TIFF file with lossless old-style JPEG compression cannot be read"),
    ("compression: old-style JPEG of 4 samples", directory(compression=6, samples=4, photometric=5),
     "a TIFF file with old-style JPEG compression and other samples than 1 or 3 of 8 bits cannot be read"),
    ("compression: old-style JPEG of a palette", palette_in_old_jpeg,
     "a TIFF file with old-style JPEG compression and color kind number 3 cannot be read"),
    ("compression: PixarLog of 11 bits", directory(compression=32909, bits=11),
     "a TIFF file with PixarLog compression and other samples than of 8 or 16 bits cannot be read"),
    ("compression: PixarLog with a predictor", directory(compression=32909, extra={317: (3, 2)}),
     "a TIFF file with PixarLog compression and a predictor cannot be read"),
    ("compression: PixarLog of YCbCr", directory(compression=32909, samples=3, photometric=6),
     "a TIFF file with PixarLog compression and YCbCr colors cannot be read"),
    ("compression: JBIG of 8 bits", directory(compression=34661),
     "a TIFF file with JBIG compression and other samples than 1 of 1 bit cannot be read"),
    ("compression: JBIG in tiles", directory(compression=34661, bits=1, tile=(16, 16)),
     "a TIFF file with JBIG compression in tiles cannot be read"),
    ("compression: JBIG in several strips", directory(compression=34661, bits=1, rows=8),
     "a TIFF file with JBIG compression in several strips cannot be read"),
    ("compression: ThunderScan of 8 bits", directory(compression=32809),
     "a TIFF file with ThunderScan compression and other samples than 1 of 4 bits cannot be read"),
    ("compression: NeXT of 8 bits", directory(compression=32766),
     "a TIFF file with NeXT compression and other samples than 1 of 2 bits cannot be read"),
    ("compression: LogLuv in planes", directory(compression=34676, samples=3, photometric=32845, bits=16, planar=2),
     "a TIFF file with SGI LogLuv compression in planes cannot be read"),
    ("compression: LogLuv of RGB", directory(compression=34676, samples=3, photometric=2, bits=16),
     "a TIFF file with SGI LogLuv compression and other samples than LogLuv cannot be read"),
    ("compression: LogL of 2 samples", directory(compression=34676, samples=2, photometric=32844, bits=16),
     "a TIFF file with SGI LogLuv compression and other samples than LogL cannot be read"),
    ("an image in a sub-directory (camera raw)", raw_preview,
     "a TIFF file whose image is in a sub-directory (camera raw) cannot be read"),
    ("strips larger than memory may be", lambda path: make(
        path, 1 << 20, 1000, [bytes(5000)], compression=34887, samples=1, bits=16) and None,
     "strips of 1048576×1000 pixels of this kind cannot be decoded in bounded memory"),
    ("tiles larger than memory may be", lambda path: make(
        path, 10000, 10000, [bytes(768)], tile=(10000, 10000), samples=3, photometric=2) and None,
     "tiles of 10000×10000 pixels cannot be decoded in bounded memory"),
    ("a row of tiles larger than memory may be", wide_tiles,
     "a row of tiles of this image, 768 MiB, cannot be held in memory"),
    ("tiles far larger than the image", lambda path: make(
        path, 24, 20, [bytes(768)] * 4, tile=(16, 3997712), samples=3, photometric=2) and None,
     "tiles of 16×3997712 pixels, far larger than the image, cannot be read"),
]

WEBP = [
    ("animated",
     lambda path: Image.fromarray(RGB).save(path, save_all=True, append_images=[Image.fromarray(RGB[::-1].copy())]),
     "an animated WebP file cannot be read"),
]

BMP = [
    ("an embedded JPEG image", content(lambda: bmp(56, 40, 0, jpeg(), 4)),
     "a BMP file with an embedded JPEG image cannot be read"),
    ("an embedded PNG image", content(bmp(56, 40, 0, b"\x89PNG", 5)),
     "a BMP file with an embedded PNG image cannot be read"),
    ("CMYK", content(bmp(56, 40, 32, bytes(56 * 160), 11)), "a CMYK BMP file cannot be read"),
    ("64 bits", content(bmp(4, 4, 64, bytes(128))), "a BMP file of 64 bits a pixel cannot be read"),
    ("Huffman codes of OS/2", content(bmp(4, 4, 1, bytes(99), 3, 64)),
     "a BMP file with Huffman codes of OS/2 cannot be read"),
    ("24-bit RLE of OS/2", content(bmp(4, 4, 24, bytes(99), 4, 64)),
     "a BMP file with 24-bit RLE of OS/2 cannot be read"),
    ("bit fields that overlap", content(bmp(4, 4, 32, bytes(128), 3, masks=(0xFF, 0xFF, 0xFF00))),
     "a BMP file with the bit fields FF, FF, FF00, 0 cannot be read"),
    ("bit fields with gaps", content(bmp(4, 4, 32, bytes(128), 3, masks=(0xF0F, 0xF0, 0xF000))),
     "a BMP file with the bit fields F0F, F0, F000, 0 cannot be read"),
    ("a header of an unknown size", content(bmp(4, 4, 24, bytes(128), size=80)),
     "a BMP file with a header of 80 bytes cannot be read"),
    ("unknown compression", content(bmp(4, 4, 32, bytes(128), 99)), "a BMP file with compression 99 cannot be read"),
]

REFUSALS = [Row(format, kind, "refused", make_file, words)
            for format, rows in (("JPEG", JPEG), ("PNG", PNG), ("TIFF", TIFF), ("WebP", WEBP), ("BMP", BMP))
            for kind, make_file, words in rows]
