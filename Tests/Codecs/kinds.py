"""The kinds of image files, each with a file and its expected outcome. docs/formats.md has the list."""

import numpy as np

from icc_files import CMYK
from ink_files import inks, wide_inks, ycck
from kind_files import (ALPHA, BITS, GRAY, LOG_NOTE, RGB, V5_ALPHA, associated, bits_by_pillow, bmp_of, by_opencv,
                        clumps, content, fax, fields, fine_palette, indexed, jbig, jpeg, jpeg_tiff, lab, log_of,
                        nibbles, old_jpeg, os2, pages, pairs, palette_by_pillow, pillow, pixarlog, png_of, sampled,
                        several_images, tiff, transformed, transparent_by_pillow, twelve_bits, ultra_hdr, wide_fields)
from kind_row import Row
from processing import picture
from refusals import REFUSALS

BY_PROFILE = "CMYK colors were converted to sRGB by the profile of the file"
BY_CONVENTION = "CMYK colors were converted to sRGB by Adobe's convention, without a profile"

READ = [
    Row("JPEG", "baseline: gray", "exact", content(lambda: jpeg(GRAY))),
    Row("JPEG", "baseline: YCbCr 4:4:4", "exact", content(lambda: jpeg(subsampling=0))),
    Row("JPEG", "baseline: YCbCr 4:2:2", "exact", content(lambda: jpeg(subsampling=1))),
    Row("JPEG", "baseline: YCbCr 4:2:0", "exact", content(lambda: jpeg(subsampling=2))),
    *(Row("JPEG", f"baseline: YCbCr {name}", "exact", content(sampled(sampling))) for name, sampling in (
        ("4:4:0", "1x2"), ("4:1:1", "4x1"), ("4:1:0", "4x2"), ("1×4 pixels of a color", "1x4"))),
    Row("JPEG", "RGB", "exact", content(lambda: jpeg(keep_rgb=True))),
    Row("JPEG", "progressive", "exact", content(lambda: jpeg(progressive=True))),
    Row("JPEG", "arithmetic coding", "exact", content(transformed("-arithmetic"), "baseline")),
    Row("JPEG", "restart markers", "exact", content(lambda: jpeg(restart_marker_blocks=3))),
    Row("JPEG", "CMYK with a profile", "noted", inks(CMYK, quality=95), BY_PROFILE),
    Row("JPEG", "CMYK without a profile", "noted", inks(quality=95), BY_CONVENTION),
    Row("JPEG", "YCCK with a profile", "noted", ycck(CMYK), BY_PROFILE),
    Row("JPEG", "YCCK without a profile", "noted", ycck(), BY_CONVENTION),
    Row("JPEG", "several images (MPF)", "noted", several_images,
        "further images of the file (MPF) were left out; the first one is used"),
    Row("JPEG", "Ultra HDR", "noted", ultra_hdr,
        "the gain map of the Ultra HDR image was left out; the standard image is used"),
    Row("JPEG", "bytes behind the end", "noted", content(lambda: jpeg(behind=b"trailer")),
        "junk of 7 bytes behind the end of the image was ignored"),
    Row("JPEG", "no end marker, all rows there", "noted", content(lambda: jpeg()[:-2]),
        "the end marker of the JPEG file is missing; all rows are there"),

    Row("PNG", "gray of 1 bits", "exact", bits_by_pillow),
    *(Row("PNG", f"gray of {depth} bits", "exact", png_of(depth, 0)) for depth in (2, 4)),
    Row("PNG", "gray of 8 bits", "exact", pillow(GRAY)),
    Row("PNG", "gray of 16 bits", "exact", by_opencv(picture(40, 56, 1, dtype=np.uint16))),
    Row("PNG", "RGB of 8 bits", "exact", pillow(RGB)),
    Row("PNG", "RGB of 16 bits", "exact", by_opencv(picture(40, 56, dtype=np.uint16))),
    *(Row("PNG", f"palette of {depth} bits", "exact", palette_by_pillow(depth)) for depth in (1, 2, 4, 8)),
    Row("PNG", "palette with transparency", "exact", palette_by_pillow(4, range(0, 160, 10))),
    Row("PNG", "gray with a transparent level", "exact", transparent_by_pillow(GRAY)),
    Row("PNG", "RGB with a transparent color", "exact", transparent_by_pillow(RGB)),
    Row("PNG", "gray with alpha", "exact", pillow(ALPHA[..., 2:])),
    Row("PNG", "RGB with alpha of 8 bits", "exact", pillow(ALPHA)),
    Row("PNG", "RGB with alpha of 16 bits", "exact", by_opencv(picture(40, 56, 4, dtype=np.uint16))),
    Row("PNG", "interlaced", "exact", png_of(8, 2, interlaced=True)),
    Row("PNG", "bytes behind the end", "noted", png_of(8, 2, behind=b"trailer"),
        "junk of 7 bytes behind the end of the image was ignored"),
    Row("PNG", "no end marker, all rows there", "noted", png_of(8, 2, cut=12),
        "the file has no end marker (the chunk IEND); all rows are there"),

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
    Row("TIFF", "palette of 16 bits a color", "noted", fine_palette, "colors of the palette were reduced to 8 bits"),
    Row("TIFF", "YCbCr, 2×2 pixels of a color", "exact", clumps),
    Row("TIFF", "CMYK without a profile", "noted", inks(), BY_CONVENTION),
    Row("TIFF", "CMYK with a profile", "noted", inks(CMYK), BY_PROFILE),
    Row("TIFF", "CMYK of 16 bits without a profile", "noted", wide_inks(), BY_CONVENTION),
    Row("TIFF", "CMYK of 16 bits with a profile", "noted", wide_inks(CMYK), BY_PROFILE),
    *(Row("TIFF", f"CIE L*a*b*, {bits} bits", "noted", lab(bits), "CIE L*a*b* colors were converted to sRGB")
      for bits in (8, 16)),
    Row("TIFF", "several images", "noted", pages, "the file has 2 images; page 0 was read, the others were left out"),
    Row("TIFF", "further samples a pixel", "noted", tiff(ALPHA, RGB, extrasamples=["unspecified"]),
        "1 sample a pixel that is neither color nor alpha was left out"),

    Row("WebP", "lossy", "exact", pillow(RGB, quality=80)),
    Row("WebP", "lossless", "exact", pillow(RGB, lossless=True)),
    Row("WebP", "alpha", "exact", pillow(ALPHA, lossless=True, exact=True)),

    Row("BMP", "palette of 1 bits", "exact", bits_by_pillow),
    *(Row("BMP", f"palette of {bits} bits", "exact", bmp_of(bits)) for bits in (2, 4)),
    Row("BMP", "palette of 8 bits", "exact", palette_by_pillow(8)),
    Row("BMP", "555 (16 bits)", "exact", bmp_of(16)),
    Row("BMP", "565 (16 bits)", "exact", fields),
    Row("BMP", "other bit fields (10 bits a color)", "noted", wide_fields, "samples of 10 bits were reduced to 8"),
    Row("BMP", "24 bits", "exact", pillow(RGB)),
    Row("BMP", "32 bits", "exact", bmp_of(32)),
    Row("BMP", "alpha (V5)", "exact", bmp_of(32, 3, ALPHA, **V5_ALPHA)),
    Row("BMP", "RLE of 8 bits", "exact", bmp_of(8, 1)),
    Row("BMP", "RLE of 4 bits", "exact", bmp_of(4, 2)),
    Row("BMP", "top-down", "exact", bmp_of(24, is_top_down=True)),
    Row("BMP", "OS/2", "exact", os2),
]

#: For each format: kinds that are read, then kinds that are refused.
KINDS = [row for format in ("JPEG", "PNG", "TIFF", "WebP", "BMP") for row in READ + REFUSALS if row.format == format]
