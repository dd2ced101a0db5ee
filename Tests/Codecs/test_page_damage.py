"""Makes each kind of damage that docs/formats.md names, and checks that it is detected, or cannot be, as the page
says."""

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from bmp_files import bmp, palette
from kind_files import GRAY, RGB, bmp_of, jbig, jpeg, jpeg_tiff, log_of, nibbles, old_jpeg, pairs, pixarlog
from library import CodecError, read
from page import PAGE
from png_files import png, samples
from test_tiff_damage import zstd_with_checksum
from test_tiff_maker import make

EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "TIFF": "tif", "WebP": "webp", "BMP": "bmp"}
#: The offset of the pixels in a file of `make`.
START = 8


def scan(data):
    """Where the coded data of a JPEG file begins."""
    at = data.index(b"\xff\xda")
    return at + 2 + int.from_bytes(data[at + 2:at + 4], "big")


def swapped(data):
    """A file whose first two restart markers are exchanged."""
    return data.replace(b"\xff\xd0", b"\xff\x00\xff", 1).replace(b"\xff\xd1", b"\xff\xd0", 1).replace(
        b"\xff\x00\xff", b"\xff\xd1", 1)


def flips(data, first, end, count=60):
    """The file, and then variants with one changed bit each."""
    yield data
    for at in np.linspace(first, end - 1, count).astype(int):
        yield data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1:]


def tiff(strip, compression=1, bits=8, **options):
    def write(path):
        make(path, 56, 40, [strip], compression=compression, bits=bits, **options)
        return path.read_bytes()
    return write


def written(write):
    def of(path):
        write(path)
        return path.read_bytes()
    return of


def changed(write, count=60):
    """The file that `write` makes, and then variants with one changed bit each in the pixels, which begin behind the
    header."""
    def files(path):
        data = write(path)
        return list(flips(data, START, int.from_bytes(data[4:8], "little"), count))
    return files


def changed_scan(path):
    """As `changed`, for JPEG data in a TIFF file. The data is the end of the file."""
    jpeg_tiff(path)
    data = path.read_bytes()
    return list(flips(data, data.rindex(b"\xff\xda") + 14, len(data) - 2, 300))


def one(data):
    return lambda path: [data(path) if callable(data) else data]


def webp(path, **options):
    Image.fromarray(RGB).save(path, **options)
    return path.read_bytes()


def dark(path):
    """Brightness of -2048 in every block, which no image has."""
    data = jpeg(GRAY, quality=100)
    table = data.index(b"\xff\xdb") + 5
    return data[:table] + b"\xff" * 64 + data[table + 64:]


RAW, DEFLATED = GRAY.tobytes(), imagecodecs.zlib_encode(GRAY.tobytes())
PNG_FILE, JPEG_FILE = png(samples(40, 56, 8, 2), 8, 2), jpeg()
PIXELS = PNG_FILE.index(b"IDAT")
RESTARTS = jpeg(restart_marker_blocks=3)
BMP_HEAD = 54


def fax(path):
    """A strip of points as fine as in a newspaper, from byte 8 on."""
    Image.fromarray(GRAY).convert("1").save(path, compression="group4")
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        strip = path.read_bytes()[page.dataoffsets[0]:][:page.databytecounts[0]]
        return make(path, 56, 40, [strip], bits=1, compression=4, photometric=int(page.photometric))


def rle_file(codes):
    return bmp(10, 4, 8, codes, 1, palette=palette(256)[0])


def plain_bmp(path):
    bmp_of(24)(path)
    return path.read_bytes()


#: {format: {the page's words: a function that makes the files}}. All files of `NOTICED` are refused, and some of
#: `UNNOTICED` are read.
NOTICED = {
    "JPEG": {
        "missing rows": one(JPEG_FILE[:len(JPEG_FILE) * 2 // 3] + b"\xff\xd9"),
        "codes that do not exist": one(JPEG_FILE[:scan(JPEG_FILE)] + b"\xff\0" * 40 + JPEG_FILE[scan(JPEG_FILE):]),
        "restart markers out of order": one(swapped(RESTARTS)),
        "impossible brightness": one(dark),
        "bytes after the last row": one(JPEG_FILE[:-2] + b"left over" * 9 + JPEG_FILE[-2:])},
    "PNG": {"everything: each chunk has a checksum, and the pixels have another":
            lambda path: list(flips(PNG_FILE, PIXELS, len(PNG_FILE) - 12))[1:]},
    "TIFF": {
        "missing strips and tiles": lambda path: [tiff(RAW, extra={273: (4, 1 << 20)})(path),
                                                  tiff(RAW, tile=(64, 48), extra={324: (4, 1 << 20)})(path)],
        "no strip or tile at all": lambda path: [tiff(b"", extra={273: (4, 0), 279: (4, 0)})(path)],
        "data that is too short or too long for its rows": lambda path: [
            tiff(imagecodecs.zlib_encode(RAW[:-56]), 8)(path), tiff(imagecodecs.zlib_encode(RAW * 2), 8)(path),
            tiff(imagecodecs.packbits_encode(RAW)[:-40], 32773)(path)],
        "with Deflate and PixarLog nearly every changed byte": lambda path: [
            *changed(tiff(DEFLATED, 8))(path)[1:], *changed(written(pixarlog(8)))(path)[1:]]},
    "WebP": {
        "missing data": lambda path: [webp(path, quality=80)[:-200], webp(path, lossless=True)[:-200]],
        "headers and codes that cannot be": lambda path: [
            (data := webp(path, quality=80))[:23] + b"\0\0\0" + data[26:],
            (data := webp(path, lossless=True))[:20] + b"\0" + data[21:]]},
    "BMP": {
        "missing rows": lambda path: [plain_bmp(path)[:-400]],
        "RLE codes that leave the image": lambda path: [
            rle_file(b"\x0d\x01\0\1"), rle_file(b"\0\2\x0b\0\x01\x01\0\1"), rle_file(b"\0\2\0\x05\x01\x01\0\1")]},
}
UNNOTICED = {
    "JPEG": {"changed bits that are valid codes and still end in time":
             lambda path: list(flips(JPEG_FILE, scan(JPEG_FILE), len(JPEG_FILE) - 2, 300))},
    "PNG": {},
    "TIFF": {
        "no compression: changed bytes": changed(tiff(RAW)),
        "Deflate, PixarLog: what leaves their checksum (Adler-32) as it was": changed(written(pixarlog(8))),
        "LZW": changed(tiff(imagecodecs.lzw_encode(RAW), 5)),
        "PackBits": changed(tiff(imagecodecs.packbits_encode(RAW), 32773)),
        "CCITT": changed(fax, 2000),
        "ZSTD": changed(tiff(imagecodecs.zstd_encode(RAW), 50000)),
        "LZMA": changed(tiff(imagecodecs.lzma_encode(RAW, check=imagecodecs.LZMA.CHECK.NONE), 34925), 2000),
        "JPEG, old": changed(written(old_jpeg)),
        "new": changed_scan,
        "SGI LogLuv": changed(written(log_of(34676))),
        "ThunderScan": changed(written(nibbles)),
        "NeXT": changed(written(pairs)),
        "JBIG": changed(written(jbig))},
    "WebP": {"many changed bits of a lossy image are another valid image": lambda path: list(
        flips(data := webp(path, quality=80), 60, len(data)))},
    "BMP": {"changed bytes": lambda path: list(flips(plain_bmp(path), BMP_HEAD, BMP_HEAD + 56 * 40 * 3))},
}


def cells():
    """{format: (noticed, cannot be noticed)}, from the page."""
    table = PAGE.read_text().partition("| | noticed | cannot be noticed |\n")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:4]] for line in table.splitlines()[1:]]
    return {format: tuple(rest) for format, *rest in rows}


def outcomes(path, files):
    found = []
    for data in files:
        path.write_bytes(data)
        try:
            found.append(read(path)[0])
        except CodecError as error:
            assert error.code in ("damaged", "unsupported", "not an image"), str(error)
            assert error.code != "damaged" or error.row >= 0
            found.append(None)
    return found


def params(claims):
    return [(format, words) for format, rows in claims.items() for words in rows]


@pytest.mark.parametrize("format, words", params(NOTICED))
def test_damage_is_noticed(tmp_path, format, words):
    path = tmp_path / f"a.{EXTENSIONS[format]}"
    found = outcomes(path, NOTICED[format][words](path))
    missed = sum(pixels is not None for pixels in found)
    assert found and missed <= (len(found) / 20 if "nearly" in words else 0)


@pytest.mark.parametrize("format, words", params(UNNOTICED))
def test_damage_cannot_be_noticed(tmp_path, format, words):
    """At least one variant gives wrong pixels. Otherwise the page promises too little."""
    path = tmp_path / f"a.{EXTENSIONS[format]}"
    right, *found = outcomes(path, UNNOTICED[format][words](path))
    wrong = sum(pixels is not None and not np.array_equal(pixels, right) for pixels in found)
    assert wrong > (len(found) / 4 if "many" in words else 0)


def test_the_checksum_of_zstd_is_used(tmp_path):
    path = tmp_path / "a.tif"
    found = outcomes(path, changed(tiff(zstd_with_checksum(RAW), 50000))(path)[1:])
    assert all(pixels is None or np.array_equal(pixels, GRAY) for pixels in found)
    assert sum(pixels is None for pixels in found) > len(found) * 0.9


def test_every_claim_of_the_page_is_tested():
    said = cells()
    assert set(said) == set(NOTICED) == set(UNNOTICED)
    for format, texts in said.items():
        for text, claims in zip(texts, (NOTICED[format], UNNOTICED[format])):
            assert all(words in text for words in claims), format
            rest = text
            for words in sorted(claims, key=len, reverse=True):
                rest = rest.replace(words, "")
            # The remaining words explain the claims.
            for words in ("the format has no checksum", "there is no checksum", "as above", "the same, unless the program",
                          "that wrote the file added their checksum", "changed codes that give the right number of bytes",
                          "changed bytes that give the right number of pixels", "changed codes", " and "):
                rest = rest.replace(words, "")
            assert not rest.strip(" ,.:;"), (format, rest)
