#!/usr/bin/env python3
"""Writes small files that demand much memory, time or disk space. The bytes are the same at each run.

    bombs.py FORMAT FOLDER

Most files have some kilobytes, and none more than 13 MB. Each is named after its effect. The program prints a line for
each: its name, the expected outcome ("done", "failed" or "refused"), and a few words of the reason or note. The pixels
of the largest images are damaged at their end. So the images are decoded up to there and their jobs fail, which saves
the transform of hundreds of millions of pixels. Needs only Python's own library.
"""

import lzma
import os
import struct
import sys
import zlib

from tiff_parts import directories, jbig, lerc, lzw, profile, tiff, zstd

# 400 million pixels, below the default limit of 500 million.
SIDE = 20000
# The side of images that are decoded to their end.
SMALL = 3000


def zeros(count):
    """A zlib stream of this many zeros, made of a repeated piece, at Deflate's best ratio of 1:1000."""
    piece, unit = 1 << 20, zlib.compressobj(9, zlib.DEFLATED, -15)
    body = unit.compress(bytes(piece)) + unit.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(9, zlib.DEFLATED, -15)
    tail = last.compress(bytes(count % piece)) + last.flush()
    # Adler-32 of zeros: the first sum stays 1.
    return b"\x78\xda" + body * (count // piece) + tail + struct.pack(">I", count % 65521 << 16 | 1)


# MARK: PNG

def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, depth=8, color=2, interlaced=0, chunks=(), pixels=None):
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    raw = height * ((width * samples * depth + 7) // 8 + 1)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks)
            + chunk(b"IDAT", zeros(raw) if pixels is None else pixels) + chunk(b"IEND", b""))


def png_bombs():
    gib = zeros(1 << 30)
    too_large = "it becomes too large"
    yield "pixels", "failed row 19999", png(SIDE, SIDE, pixels=zeros(SIDE * (SIDE * 3 + 1) - 2))
    yield "deep", "failed row 9999", png(
        SIDE // 2, SIDE // 2, depth=16, color=6, pixels=zeros(SIDE // 2 * (SIDE * 4 + 1) - 2))
    yield "interlaced", "failed pixel data ends", png(
        SIDE, SIDE, depth=1, color=0, interlaced=1, pixels=zeros(SIDE * SIDE // 8))
    yield "too-much-data", "done behind the last row", png(SMALL, SMALL, pixels=zeros(1 << 30))
    yield "sides", "refused a side can be", png((1 << 31) - 1, (1 << 31) - 1, pixels=zeros(1 << 20))
    yield "profile", "done " + too_large, png(SMALL, SMALL, chunks=[chunk(b"iCCP", b"bomb\0\0" + gib)])
    yield "text", "done", png(SMALL, SMALL, chunks=[chunk(b"zTXt", b"Comment\0\0" + gib)] * 4)
    yield "raw-profiles", "done " + too_large, png(
        SMALL, SMALL, chunks=[chunk(b"zTXt", b"Raw profile type exif\0\0" + gib)] * 4)
    yield "xmp", "done " + too_large, png(
        SMALL, SMALL, chunks=[chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + gib)] * 4)
    yield "chunks", "done after the first 10000", png(SMALL, SMALL, chunks=[chunk(b"tEXt", b"a\0b")] * 200000)
    yield "exif", "done EXIF", png(SMALL, SMALL, chunks=[chunk(b"eXIf", exif_loop())])
    for name, packet in ("entities", entities()), ("nesting", nesting()):
        yield name, "done XMP packet cannot be parsed", png(
            SMALL, SMALL, chunks=[chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)])


# MARK: Metadata

def exif_loop():
    """A directory that is its own sub-directory, and fields whose values are the whole block."""
    entries = [(0x0112, 3, 1, 1), (0x8769, 4, 1, 8), (0x8825, 4, 1, 8), (0xA005, 4, 1, 8), (0x014A, 4, 4000, 8),
               (0x010E, 2, 60000, 0), (0x927C, 7, 60000, 0)]
    body = b"II*\0" + struct.pack("<IH", 8, len(entries))
    body += b"".join(struct.pack("<HHII", *entry) for entry in entries) + struct.pack("<I", 8)
    return body + bytes(60000)


def entities():
    """XML entities that each stand for ten others: 10^9 words."""
    lines = ['<!ENTITY a0 "word">'] + [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    return ("<!DOCTYPE x [" + "".join(lines) + "]><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
            "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' "
            "xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:format>&a9;</dc:format></rdf:Description></rdf:RDF>"
            "</x:xmpmeta>").encode()


def nesting(depth=14000):
    """Lists in lists."""
    start = "<rdf:Bag><rdf:li>" * depth + "x" + "</rdf:li></rdf:Bag>" * depth
    return ("<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
            "<rdf:Description rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:subject>" + start
            + "</dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>").encode()


# MARK: JPEG

def segment(marker, body):
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def code_table(kind, symbols):
    """A Huffman table whose codes are all 8 bits long."""
    return segment(0xC4, bytes([kind] + [0] * 7 + [len(symbols)] + [0] * 8) + bytes(symbols))


def jpeg(width, height, marker, scans, before=b""):
    """A gray image. Code 0 is a difference of 0 or the end of a block. Code n is a run of 2^n or more ends of
    blocks."""
    quantization = segment(0xDB, bytes([0] + [1] * 64))
    frame = segment(marker, struct.pack(">BHHB", 8, height, width, 1) + bytes([1, 0x11, 0]))
    tables = code_table(0, [0]) + code_table(0x10, [power << 4 for power in range(15)])
    return b"\xff\xd8" + before + quantization + frame + tables + scans + b"\xff\xd9"


def scan(first, last, high, low, data):
    return segment(0xDA, bytes([1, 1, 0, first, last, high << 4 | low])) + data


def ends(blocks):
    """This many blocks without coefficients, in runs of powers of two: code n is 2^n ends, followed by n zero bits."""
    bits = ""
    while blocks:
        power = min(14, blocks.bit_length() - 1)
        bits += f"{power:08b}" + "0" * power
        blocks -= 1 << power
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")


def jpeg_bombs():
    few, side = SMALL // 8 * 8, SIDE // 8 * 8
    few_blocks, blocks = (few // 8) ** 2, (side // 8) ** 2
    plain = scan(0, 63, 0, 0, bytes(2 * few_blocks))

    def scans(count, number):
        return scan(0, 0, 0, 0, bytes(number)) + b"".join(
            scan(1 + n % 63, 1 + n % 63, 0, 0, ends(number)) for n in range(count))

    yield "sides", "refused can be decoded", jpeg(65500, 65500, 0xC0, scan(0, 63, 0, 0, bytes(100)))
    yield "pixels", "failed pixel data ends at row", jpeg(side, side, 0xC0, scan(0, 63, 0, 0, bytes(2 * blocks - 2500)))
    yield "no-data", "failed pixel data ends in scan 1", jpeg(side, side, 0xC2, scan(0, 0, 0, 0, b""))
    yield "arithmetic", "failed damaged", jpeg(side, side, 0xC9, scan(0, 63, 0, 0, bytes(64)))
    yield "scans", "failed more than 500 scans", jpeg(few, few, 0xC2, scans(5000, few_blocks))
    yield "large-scans", "failed more than 64 scans", jpeg(side, side, 0xC2, scans(1000, blocks))
    yield "segments", "done data of programs", jpeg(few, few, 0xC0, plain, before=b"".join(
        segment(0xE0 + 1 + n % 13, b"x" * 8) for n in range(200000)))
    yield "exif", "done EXIF", jpeg(few, few, 0xC0, plain, before=segment(0xE1, b"Exif\0\0" + exif_loop()))
    yield "entities", "done XMP packet cannot be parsed", jpeg(few, few, 0xC0, plain, before=segment(
        0xE1, b"http://ns.adobe.com/xap/1.0/\0" + entities()))


# MARK: TIFF

def tiff_bombs():
    area, small = SIDE * SIDE * 3, SMALL * SMALL * 3
    tile = zeros(8192 * 8192 * 3)
    at_the_end = "failed the data of strip 0, from row 0 on, is damaged"
    unbounded = "refused cannot be decoded in bounded memory"
    yield "deflate", at_the_end, tiff(SIDE, SIDE, 8, zeros(area - 1))
    yield "zstd", at_the_end, tiff(SIDE, SIDE, 50000, zstd(area - 1))
    yield "lzw", at_the_end, tiff(SIDE, SIDE, 5, lzw(SIDE * SIDE - 10000), samples=1)
    yield "packbits", at_the_end, tiff(SIDE - 32, SIDE - 32, 32773, b"\x81\0" * ((SIDE - 32) ** 2 // 128 - 1),
                                              samples=1)
    yield "lzma", "failed", tiff(1 << 13, 1 << 13, 34925, lzma.compress(bytes((1 << 26) - 1), preset=0), samples=1)
    yield "fax", "failed", tiff(SIDE, SIDE, 4, b"\xff" * (SIDE // 8 - 8), bits=1, samples=1)
    lerc_tags = [(50674, 4, [2, 0])]
    yield "lerc", unbounded, tiff(SIDE, SIDE, 34887, lerc(SIDE, SIDE), samples=1, more=lerc_tags)
    yield "lerc-tiles", "done", tiff(
        SMALL, SMALL, 34887, lerc(1024, 1024), tile=1024, samples=1, again=9, more=lerc_tags)
    yield "lerc-larger", "failed", tiff(
        SMALL, SMALL, 34887, lerc(1 << 16, 1 << 15), tile=1024, samples=1, again=9, more=lerc_tags)
    yield "lerc-zstd", "failed", tiff(
        SMALL, SMALL, 34887, zstd(1 << 32), tile=1024, samples=1, again=9, more=[(50674, 4, [2, 2])])
    yield "jbig", "failed its length does not fit", tiff(
        SIDE, SIDE, 34661, jbig(SIDE, SIDE, b""), bits=1, samples=1)
    yield "jbig-larger", "failed its length does not fit", tiff(
        SMALL, SMALL, 34661, jbig(1 << 31, 1 << 31, b""), bits=1, samples=1)
    for points in 60, 100, 255:
        blob = profile(points)
        numbers = list(struct.unpack(f"<{len(blob) // 4}I", blob))
        yield f"profile-{points}", "done the profile of the file was left out", tiff(
            SMALL, SMALL, 8, zeros(SMALL * SMALL * 4), samples=4, more=[(332, 3, [1]), (34675, 4, numbers)])
    yield "webp", "done", tiff(8192, 8192, 50001, riff((b"VP8L", vp8l(8192, 8192))), tile=8192)
    yield "too-much-data", "failed its length does not fit", tiff(SMALL, SMALL, 8, zeros(1 << 30))
    yield "too-much-zstd", "failed its length does not fit", tiff(SMALL, SMALL, 50000, zstd(1 << 32))
    yield "whole", "done", tiff(SMALL, SMALL, 50000, zstd(small))
    yield "strips", "done", tiff(1024, 20000, 8, zeros(3072), rows=1, again=20000)
    yield "tiles", "refused far larger than the image", tiff(SMALL, SMALL, 8, zeros(1 << 30), tile=1 << 20)
    yield "large-tiles", "failed", tiff(SIDE, SIDE, 8, tile, tile=8192, again=9, last=len(tile) - 9)
    yield "planes", unbounded, tiff(4096, 4096, 8, zeros(1 << 25), bits=16, samples=64, planes=True, again=64)
    yield "declared-tiles", unbounded, tiff(SIDE, SIDE, 8, b"", tile=16384 - 16, again=4)
    yield "directories", "failed", directories(100000, SMALL)
    yield "sides", "refused can be decoded", tiff(1 << 20, 1 << 20, 8, zeros(1 << 20))
    yield "loop", "done sub-directories", tiff(
        SMALL, SMALL, 8, zeros(small), more=[(34665, 4, [8]), (330, 4, [8] * 4000)])
    scans = [scan(1 + n % 63, 1 + n % 63, 0, 0, ends(256 ** 2)) for n in range(2000)]
    yield "jpeg-scans", "failed scans", tiff(
        SIDE, SIDE, 7, jpeg(2048, 2048, 0xC2, scan(0, 0, 0, 0, bytes(256 ** 2)) + b"".join(scans)), tile=2048,
        samples=1, again=100)


# MARK: WebP and BMP

def vp8l(width, height):
    """Each code has only one symbol and needs no bits, so pixels take no space."""
    bits = f"{height - 1:014b}{width - 1:014b}"
    bits = "0000" + bits  # version 0 and no alpha, above the sizes
    number, at = int(bits, 2), 32
    # No transform, no cache of colors, one group of codes; then five codes of one symbol of one bit, which is 0.
    for value in [0, 0, 0] + [1, 0, 0, 0] * 5:
        number |= value << at
        at += 1
    return b"\x2f" + number.to_bytes((at + 7) // 8, "little") + bytes(8)


def riff(*chunks):
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def vp8(width, height):
    """A key frame whose first partition is zeros."""
    head = struct.pack("<I", 1 << 4 | 4000 << 5)[:3] + b"\x9d\x01\x2a" + struct.pack("<HH", width, height)
    return head + bytes(6000)


def webp_bombs():
    side = 16383

    def extended(flags, side):
        return b"VP8X", struct.pack("<I", flags) + (side - 1).to_bytes(3, "little") * 2

    small = (b"VP8L", vp8l(SMALL, SMALL))
    yield "lossless", "done", riff((b"VP8L", vp8l(side, side)))
    yield "lossy", "failed", riff((b"VP8 ", vp8(side, side)))
    yield "alpha", "failed", riff(
        extended(0x10, side), (b"ALPH", b"\1" + vp8l(side, side)[5:]), (b"VP8 ", vp8(side, side)))
    yield "metadata", "done XMP packet cannot be parsed", riff(
        extended(0x0C, SMALL), small, (b"EXIF", exif_loop()), (b"XMP ", entities()))
    yield "chunks", "done", riff(extended(0, SMALL), small, *[(b"junk", b"")] * 200000)


def bmp(width, height, compression, data, bits=8):
    palette = bytes(1024)
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 0, 0, 1 << bits, 0)
    start = 14 + len(head) + (4 << bits if bits <= 8 else 0)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + head \
        + (palette[:4 << bits] if bits <= 8 else b"") + data


def bmp_bombs():
    row = b"\xff\0" * (SIDE // 255) + bytes([SIDE % 255, 0]) + b"\0\0"
    yield "runs", "failed a move leads out", bmp(SIDE, SIDE, 1, row * 10000 + b"\0\2\0\xff" * 40)
    yield "moves", "failed a move leads out", bmp(
        SIDE, SIDE, 1, b"\0\2\0\xff" * (SIDE // 255) + b"\0\2\0\0" * 500000 + b"\0\2\0\xff")
    yield "nothing", "done skip", bmp(SIDE // 2, SIDE // 2, 1, b"\0\1")
    yield "nibbles", "done skip", bmp(SMALL, SMALL, 2, b"\0\1", bits=4)
    yield "no-data", "refused pixel data ends early", bmp(SIDE, SIDE, 0, b"", bits=24)
    yield "sides", "refused a side can be", bmp((1 << 31) - 1, (1 << 31) - 1, 1, b"\0\1")


def main(kind, folder):
    bombs = {"png": png_bombs, "jpeg": jpeg_bombs, "tiff": tiff_bombs, "webp": webp_bombs, "bmp": bmp_bombs}[kind]
    for name, outcome, data in bombs():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
        print(name, outcome)


if __name__ == "__main__":
    main(*sys.argv[1:])
