"""The kinds of image files, each with a file and what becomes of it; docs/formats.md has the list."""

from dataclasses import dataclass
from typing import Callable

import imagecodecs
import numpy as np
from PIL import Image

from bmp_files import bmp
from icc_files import CMYK
from kind_files import (ALPHA, BITS, GRAY, RGB, V5_ALPHA, associated, bmp_of, clumps, content, fax, fields,
                        hierarchical, indexed, inks, jbig, jpeg, jpeg_tiff, lab, log_of, nibbles, old_jpeg, os2,
                        pages, pairs, pillow, pixarlog, png_of, renumbered, segment, tiff, transformed, twelve_bits,
                        wide_fields)
from png_files import SIGNATURE, chunk, png, samples
from processing import picture

LOG_NOTE = ("the high dynamic range of the image (SGI LogLuv) was reduced to 8 bits; what is brighter than white "
            "became white")


@dataclass(frozen=True)
class Row:
    format: str
    kind: str
    #: "exact", "noted" or "refused".
    outcome: str
    #: Writes a file; returns its pixels (RGB(A) or gray), None if OpenCV is to say them.
    make: Callable
    #: Of the note, or of the reason.
    words: str = ""


KINDS = [
    Row("JPEG", "baseline: gray", "exact", content(lambda: jpeg(GRAY))),
    Row("JPEG", "baseline: YCbCr 4:4:4", "exact", content(lambda: jpeg(subsampling=0))),
    Row("JPEG", "baseline: YCbCr 4:2:2", "exact", content(lambda: jpeg(subsampling=1))),
    Row("JPEG", "baseline: YCbCr 4:2:0", "exact", content(lambda: jpeg(subsampling=2))),
    Row("JPEG", "RGB", "exact", content(lambda: jpeg(keep_rgb=True))),
    Row("JPEG", "progressive", "exact", content(lambda: jpeg(progressive=True))),
    Row("JPEG", "arithmetic coding", "exact", content(transformed("-arithmetic"), "baseline")),
    Row("JPEG", "restart markers", "exact", content(lambda: jpeg(restart_marker_blocks=3))),
    Row("JPEG", "CMYK or YCCK with a profile", "noted", lambda path: inks(path, icc_profile=CMYK),
        "CMYK colors were converted to sRGB by the profile of the file"),
    Row("JPEG", "CMYK or YCCK without a profile", "noted", inks,
        "CMYK colors were converted to sRGB by Adobe's convention, without a profile"),
    Row("JPEG", "several images (MPF)", "noted", content(lambda: jpeg(segments=segment(0xE2, b"MPF\0II*\0"))),
        "further images of the file (MPF) were left out; the first one is used"),
    Row("JPEG", "Ultra HDR", "noted",
        content(lambda: jpeg(segments=segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"))),
        "the gain map of the Ultra HDR image was left out; the standard image is used"),
    Row("JPEG", "bytes behind the end", "noted", content(lambda: jpeg(behind=b"trailer")),
        "junk of 7 bytes behind the end of the image was ignored"),
    Row("JPEG", "no end marker, all rows there", "noted", content(lambda: jpeg()[:-2]),
        "the end marker of the JPEG file is missing; all rows are there"),
    Row("JPEG", "12 bits", "refused",
        content(lambda: imagecodecs.jpeg8_encode(RGB.astype(np.uint16) << 4, bitspersample=12)),
        "a 12-bit JPEG file cannot be read"),
    Row("JPEG", "lossless", "refused",
        content(lambda: imagecodecs.ljpeg_encode(GRAY.astype(np.uint16), bitspersample=12)),
        "a lossless JPEG file cannot be read"),
    Row("JPEG", "hierarchical", "refused", content(hierarchical), "a hierarchical JPEG file cannot be read"),
    Row("JPEG", "JPEG-LS", "refused", content(lambda: imagecodecs.jpegls_encode(RGB)),
        "a JPEG-LS file cannot be read"),

    *(Row("PNG", f"gray of {depth} bits", "exact", png_of(depth, 0)) for depth in (1, 2, 4, 8, 16)),
    *(Row("PNG", f"RGB of {depth} bits", "exact", png_of(depth, 2)) for depth in (8, 16)),
    *(Row("PNG", f"palette of {depth} bits", "exact", png_of(depth, 3)) for depth in (1, 2, 4, 8)),
    Row("PNG", "palette with transparency", "exact", png_of(4, 3, transparency=range(0, 160, 10))),
    Row("PNG", "gray with a transparent level", "exact",
        png_of(8, 0, transparency=samples(40, 56, 8, 0)[3, 4].tolist())),
    Row("PNG", "RGB with a transparent color", "exact",
        png_of(8, 2, transparency=samples(40, 56, 8, 2)[3, 4].tolist())),
    Row("PNG", "gray with alpha", "exact", pillow(ALPHA[..., 2:])),
    *(Row("PNG", f"RGB with alpha of {depth} bits", "exact", png_of(depth, 6)) for depth in (8, 16)),
    Row("PNG", "interlaced", "exact", png_of(8, 2, interlaced=True)),
    Row("PNG", "bytes behind the end", "noted", png_of(8, 2, behind=b"trailer"),
        "junk of 7 bytes behind the end of the image was ignored"),
    Row("PNG", "no end marker, all rows there", "noted", png_of(8, 2, cut=12),
        "the file has no end marker (the chunk IEND); all rows are there"),
    Row("PNG", "animated", "refused", content(lambda: imagecodecs.apng_encode(np.stack([RGB, RGB[::-1]]))),
        "an animated PNG file cannot be read"),
    Row("PNG", "Apple's CgBI", "refused",
        content(SIGNATURE + chunk(b"CgBI", bytes(4)) + png(samples(40, 56, 8, 2), 8, 2)[8:]),
        "a PNG file in Apple's CgBI format cannot be read"),

    *(Row("TIFF", f"compression: {name}", "exact", tiff(compression=option)) for name, option in (
        ("none", None), ("LZW", "lzw"), ("Deflate", "adobe_deflate"), ("ZSTD", "zstd"), ("PackBits", "packbits"),
        ("LZMA", "lzma"), ("WebP", "webp"), ("LERC", "lerc"))),
    Row("TIFF", "compression: JPEG", "exact", lambda path: jpeg_tiff(path)),
    *(Row("TIFF", f"compression: {name}", "exact", fax(option)) for name, option in (
        ("CCITT group 3", "group3"), ("CCITT group 4", "group4"), ("CCITT RLE", "tiff_ccitt"),
        ("CCITT RLE, rows at even bytes", "tiff_raw_16"))),
    Row("TIFF", "compression: JBIG", "exact", jbig),
    Row("TIFF", "compression: ThunderScan", "exact", nibbles),
    Row("TIFF", "compression: NeXT", "exact", pairs),
    *(Row("TIFF", f"compression: PixarLog, {bits} bits", "exact", pixarlog(bits)) for bits in (8, 16)),
    Row("TIFF", "compression: old-style JPEG", "exact", old_jpeg),
    *(Row("TIFF", f"compression: {name}", "noted", log_of(number), LOG_NOTE)
      for name, number in (("SGI LogLuv", 34676), ("SGI LogLuv, 24 bits", 34677))),
    Row("TIFF", "BigTIFF", "exact", tiff(bigtiff=True)),
    Row("TIFF", "big-endian", "exact", tiff(byteorder=">")),
    Row("TIFF", "tiles", "exact", tiff(tile=(16, 16), compression="lzw", predictor=True)),
    Row("TIFF", "planes", "exact",
        tiff(np.moveaxis(RGB, 2, 0).copy(), RGB, planarconfig="separate", photometric="rgb")),
    Row("TIFF", "gray of 1 bit", "exact", tiff(BITS.astype(bool), BITS * 255)),
    Row("TIFF", "gray of 12 bits", "exact", twelve_bits),
    Row("TIFF", "RGB of 16 bits", "exact", tiff(picture(40, 56, dtype=np.uint16))),
    Row("TIFF", "gray with 0 as white", "exact", tiff(GRAY, 255 - GRAY, photometric="miniswhite")),
    Row("TIFF", "gray with 0 as white, 16 bits", "exact",
        tiff(GRAY.astype(np.uint16) * 257, 65535 - GRAY.astype(np.uint16) * 257, photometric="miniswhite")),
    Row("TIFF", "straight alpha", "exact", tiff(ALPHA, extrasamples=["unassalpha"])),
    Row("TIFF", "alpha multiplied into the colors", "exact", associated),
    Row("TIFF", "gray with alpha", "exact",
        tiff(ALPHA[..., 2:].copy(), photometric="minisblack", extrasamples=["unassalpha"])),
    Row("TIFF", "palette", "exact", indexed),
    Row("TIFF", "YCbCr, 2×2 pixels of a color", "exact", clumps),
    Row("TIFF", "CMYK without a profile", "noted",
        lambda path: Image.fromarray(picture(40, 56, 4), "CMYK").save(path),
        "CMYK colors were converted to sRGB by Adobe's convention, without a profile"),
    Row("TIFF", "CMYK with a profile", "noted",
        lambda path: Image.fromarray(picture(40, 56, 4), "CMYK").save(path, icc_profile=CMYK),
        "CMYK colors were converted to sRGB by the profile of the file"),
    *(Row("TIFF", f"CIE L*a*b*, {bits} bits", "noted", lab(bits), "CIE L*a*b* colors were converted to sRGB")
      for bits in (8, 16)),
    Row("TIFF", "several images", "noted", pages, "the file has 2 images; page 0 was read, the others were left out"),
    Row("TIFF", "further samples a pixel", "noted", tiff(ALPHA, RGB, extrasamples=["unspecified"]),
        "1 sample a pixel that is neither color nor alpha was left out"),
    *(Row("TIFF", f"samples: {name}", "refused", tiff(pixels), words) for name, pixels, words in (
        ("signed", GRAY.astype(np.int16), "a TIFF file of signed integers (16 bits) cannot be read"),
        ("floating point", GRAY.astype(np.float32), "a TIFF file of floating-point samples (32 bits) cannot be read"),
        ("32 bits", GRAY.astype(np.uint32), "a TIFF file with 32 bits a sample cannot be read"),
        ("complex", GRAY.astype(np.complex64), "a TIFF file of complex numbers cannot be read"))),
    *(Row("TIFF", f"colors: {name}", "refused", renumbered("PhotometricInterpretation", number), words)
      for name, number, words in (
        ("ITU L*a*b* (fax)", 10, "a TIFF file of ITU L*a*b* colors (fax) cannot be read"),
        ("camera raw", 32803, "a TIFF file of color filter samples (camera raw) cannot be read"),
        ("LogLuv without its compression", 32845,
         "a TIFF file of LogLuv colors without their compression cannot be read"))),
    *(Row("TIFF", f"compression: {name}", "refused", renumbered("Compression", number), words)
      for name, number, words in (
        ("JPEG 2000", 34712, "a TIFF file with JPEG 2000 compression cannot be read"),
        ("JPEG XL", 50002, "a TIFF file with JPEG XL compression cannot be read"))),

    Row("WebP", "lossy", "exact", pillow(RGB, quality=80)),
    Row("WebP", "lossless", "exact", pillow(RGB, lossless=True)),
    Row("WebP", "alpha", "exact", pillow(ALPHA, lossless=True, exact=True)),
    Row("WebP", "animated", "refused",
        lambda path: Image.fromarray(RGB).save(path, save_all=True, append_images=[Image.fromarray(RGB[::-1])]),
        "an animated WebP file cannot be read"),

    *(Row("BMP", f"palette of {bits} bits", "exact", bmp_of(bits)) for bits in (1, 2, 4, 8)),
    Row("BMP", "555 (16 bits)", "exact", bmp_of(16)),
    Row("BMP", "565 (16 bits)", "exact", fields),
    Row("BMP", "other bit fields (10 bits a color)", "noted", wide_fields, "samples of 10 bits were reduced to 8"),
    Row("BMP", "24 bits", "exact", bmp_of(24)),
    Row("BMP", "32 bits", "exact", bmp_of(32)),
    Row("BMP", "alpha (V5)", "exact", bmp_of(32, 3, ALPHA, **V5_ALPHA)),
    Row("BMP", "RLE of 8 bits", "exact", bmp_of(8, 1)),
    Row("BMP", "RLE of 4 bits", "exact", bmp_of(4, 2)),
    Row("BMP", "top-down", "exact", bmp_of(24, is_top_down=True)),
    Row("BMP", "OS/2", "exact", os2),
    Row("BMP", "an embedded JPEG image", "refused", content(lambda: bmp(56, 40, 0, jpeg(), 4)),
        "a BMP file with an embedded JPEG image cannot be read"),
    Row("BMP", "an embedded PNG image", "refused", content(lambda: bmp(56, 40, 0, b"\x89PNG", 5)),
        "a BMP file with an embedded PNG image cannot be read"),
    Row("BMP", "CMYK", "refused", content(lambda: bmp(56, 40, 32, bytes(56 * 160), 11)),
        "a CMYK BMP file cannot be read"),
]
