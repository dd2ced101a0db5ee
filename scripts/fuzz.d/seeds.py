"""Writes small files of every kind into folders of seeds, one for each format. They come from other programs, and
from the builders of Tests/Codecs. Run it with a Python that has the packages of Tests/Codecs/requirements.txt.

    seeds.py FOLDER [CASES]
"""

import hashlib
import io
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "Codecs"))

import bmp_files
import kinds
import numpy as np
import png_files
import test_bmp_damage
import test_color
import test_exif
import test_iptc
import test_jpeg
import test_jpeg_metadata
import test_tiff_damage
import test_tiff_maker as maker
import test_tiff_old_jpeg
import test_xmp
import tiff_codes
import tifffile
import webp_files
from PIL import Image, ImageCms

# The limit of a seed. Longer ones make runs slow, and changes in them rarely hit anything important.
LARGEST = 12 << 10
SUFFIXES = {".png": "png", ".jpg": "jpeg", ".bmp": "bmp", ".tif": "tiff", ".webp": "webp"}
EXIF = test_exif.exif_block("<", [(0x10F, 2, 5, b"Acme\0"), (0x112, 3, 1, b"\6\0")],
                                [(0x9003, 2, 20, b"2020:01:02 03:04:05\0"), (0xA002, 4, 1, b"\x80\2\0\0")])
XMP = test_jpeg_metadata.packet('xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6" dc:source="here"')
# A small profile of inks, so that changes hit its bytes.
INK = test_color.icc(b"CMYK", {b"A2B0": test_color.table(4, 3, test_color.press)})
IPTC = b"\x1c\1\x5a\0\3\x1b%G\x1c\2\x5a\0\6Hausen\x1c\2\x19\0\1a\x1c\2\x19\0\1b"


def profile(name="sRGB"):
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


def small(function, least=17):
    """The tests' pictures, with sides a fifth as long."""
    def made(*args, **options):
        sides = ("width", "height")
        args = [max(least, arg // 5) if position < 2 else arg for position, arg in enumerate(args)]
        options = {name: max(least, value // 5) if name in sides else value for name, value in options.items()}
        return function(*args, **options)
    return made


def attempts(makers, folder):
    """The results of each function in a folder. Kinds whose program is not installed are left out."""
    for make in makers:
        try:
            yield make(folder)
        except (OSError, RuntimeError, ValueError) as reason:
            print(f"a seed was left out: {reason}", file=sys.stderr)


def pngs(folder):
    for color, depth in png_files.KINDS:
        values = png_files.samples(13, 11, depth, color)
        for interlaced in (False, True):
            yield png_files.png(values, depth, color, interlaced)
    values = png_files.samples(9, 10, 8, 2)
    text = b"".join(png_files.chunk(name, data) for name, data in (
        (b"gAMA", b"\0\0\xb1\x8f"), (b"cHRM", bytes(range(32))), (b"sRGB", b"\0"),
        (b"pHYs", b"\0\0\x0b\x13" * 2 + b"\1"),
        (b"tIME", b"\7\xe4\1\2\3\4\5"), (b"eXIf", EXIF), (b"tEXt", b"Title\0Words"), (b"cICP", b"\1\r\0\1"),
        (b"zTXt", b"Comment\0\0" + png_files.zlib.compress(b"many words " * 9)),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
        (b"iTXt", b"Author\0\1\0de\0Autor\0" + png_files.zlib.compress(b"A")),
        (b"tEXt", b"Raw profile type exif\0\nexif\n%8d\n" % (len(EXIF) + 6) + (b"Exif\0\0" + EXIF).hex().encode()),
        (b"zTXt", b"Raw profile type iptc\0\0" + png_files.zlib.compress(
            b"\niptc\n%8d\n" % len(IPTC) + IPTC.hex().encode())),
        (b"iCCP", b"name\0\0" + png_files.zlib.compress(profile()))))
    yield png_files.png(values, 8, 2, before=text)
    yield png_files.png(values, 8, 2, after=text)
    for color, transparency in ((0, b"\0\7"), (2, b"\0\1\0\2\0\3"), (3, bytes(range(200)))):
        yield png_files.png(png_files.samples(9, 10, 8, color), 8, color, before=png_files.chunk(b"tRNS", transparency))
    yield png_files.png(values, 8, 2, before=png_files.chunk(b"acTL", b"\0\0\0\1\0\0\0\0"))
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        image = Image.new("RGBA", (12, 9), (9, 80, 200, 100)).convert("L" if mode == "I;16" else mode)
        yield saved(image.convert(mode), "PNG")


def saved(image, kind, **options):
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def jpegs(folder):
    test_jpeg.picture.__defaults__ = (41, 35, 1)
    yield from attempts([*test_jpeg.KINDS.values(), *test_jpeg.TOOL_KINDS.values()], folder)
    ink = Image.fromarray(test_jpeg.picture()).convert("CMYK")
    for progressive in (False, True):
        yield saved(ink, "JPEG", progressive=progressive)
        yield saved(ink, "JPEG", icc_profile=INK)
    segment, inserted = test_jpeg_metadata.segment, test_jpeg_metadata.inserted
    icc, body = profile(), test_jpeg_metadata.bare(test_jpeg_metadata.packet('dc:coverage="far away"'))
    digits = hashlib.md5(body).hexdigest().upper()
    first = test_jpeg_metadata.packet(
        f'xmlns:xmpNote="http://ns.adobe.com/xmp/note/" dc:source="here" xmpNote:HasExtendedXMP="{digits}"')
    resource = b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\0" + bytes([len(IPTC)]) + IPTC + bytes(len(IPTC) % 2)
    yield inserted(segment(1, b"Exif\0\0" + EXIF), segment(1, test_jpeg_metadata.XMP_NAME + XMP), segment(13, resource))
    yield inserted(segment(2, b"ICC_PROFILE\0\1\2" + icc[:200]), segment(2, b"ICC_PROFILE\0\2\2" + icc[200:]))
    extension = test_jpeg_metadata.extension(digits.encode(), body, 150)
    yield inserted(segment(1, test_jpeg_metadata.XMP_NAME + first), *extension)
    yield inserted(segment(14, b"Adobe\0\x64\0\0\0\0\1"), segment(2, b"MPF\0II*\0\x08\0\0\0\0\0"))
    yield test_jpeg.pillow(test_jpeg.color()) + b"behind the end"
    yield test_jpeg.frame(0xC0, precision=12)


def bmps(folder):
    yield from (content for _, content, _ in test_bmp_damage.files())
    values = np.random.default_rng(3).integers(0, 65536, (9, 11))
    for size in (12, 16, 40, 52, 56, 64, 108, 124):
        yield bmp_files.bmp(11, 9, 8, bmp_files.packed(values % 16, 8), size=size,
                            palette=bmp_files.palette(16, 3 if size == 12 else 4)[0], colors=16)
    for masks in ((0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F), (0xF00, 0xF0, 0xF, 0xF000)):
        yield bmp_files.bmp(11, 9, 16, bmp_files.packed(values, 16), 3 if len(masks) == 3 else 6, 108, masks=masks)
    yield bmp_files.bmp(11, 9, 16, bmp_files.packed(values, 16))
    yield bmp_files.bmp(11, 9, 32, bmp_files.packed(values * 65537, 32), density=(2835, 2835), behind=b"junk")
    yield bmp_files.bmp(11, 9, 24, bmp_files.packed(np.zeros((9, 11, 3)), 24), size=124,
                        header=b"DEBM\0\0\0\0" + bytes(48) + b"\x90\1\0\0\x80\2\0\0" + bytes(4), behind=profile())


# Samples, photometric interpretation, planar configuration.
TIFF_KINDS = [(1, 0, 1), (1, 1, 1), (2, 1, 1), (3, 2, 2), (4, 2, 1), (4, 5, 1), (5, 5, 1), (3, 8, 1)]


def tiffs(folder):
    path, picture = folder / "seed.tif", small(maker.picture)
    test_tiff_damage.picture = picture
    for _ in test_tiff_damage.kinds(path):
        yield path.read_bytes()
    for bits in (1, 2, 4, 7, 8, 10, 12, 16):
        for samples, photometric, planar in TIFF_KINDS:
            array = maker.picture(9, 13, samples, (1 << bits) - 1, np.uint16).reshape(9, 13, samples)
            packed = [array[..., plane] for plane in range(samples)] if planar == 2 else [array]
            extra = {338: (3, 1 + bits % 2)} if samples in (2, 4, 5) and (samples, photometric) != (4, 5) else {}
            yield maker.make(
                path, 13, 9, [maker.pack(part, bits) for part in packed], "<>"[bits // 8 % 2], bits % 3 == 1, extra,
                bits=bits, samples=samples, photometric=photometric, planar=planar)
    colors = np.random.default_rng(2).integers(0, 65536, (3, 16))
    index = maker.picture(9, 13, 1, 15, np.uint16)
    yield maker.make(path, 13, 9, [maker.pack(index, 4)], bits=4, photometric=3, extra={320: (3, colors.ravel())})
    yield maker.make(path, 13, 9, [bytes(210)], bits=8, samples=3, photometric=6, extra={530: (3, [2, 2])})
    array = maker.picture(20, 24)
    fields = [(33550, "d", 3, (1., 1., 0.)), (33922, "d", 6, (0.,) * 6), (34735, "H", 4, (1, 1, 0, 0)),
              (34737, "s", 0, "geo|"), (42112, "s", 0, "<GDALMetadata/>"), (42113, "s", 0, "0"),
              (700, "B", len(XMP), XMP), (33723, "B", len(IPTC), IPTC)]
    for orientation, kind in enumerate(("jpeg", "lzw", "deflate", None, "zstd", "packbits", None, "lzw"), 1):
        tifffile.imwrite(
            path, array, photometric="rgb", compression=kind, tile=(16, 16) if orientation % 2 else None,
            bigtiff=orientation > 4, byteorder="<>"[orientation % 2], iccprofile=profile() if kind else None,
            resolution=(300, 300), extratags=[(274, "H", 1, orientation), *fields], software="made")
        yield path.read_bytes()
    with tifffile.TiffWriter(path) as writer:
        writer.write(array, photometric="rgb", tile=(16, 16), subifds=1)
        writer.write(array[::2, ::2], photometric="rgb", tile=(16, 16), subfiletype=1)
        writer.write(array[..., 0] > 99, photometric="mask", subfiletype=4)
        writer.write(array, photometric="rgb", compression="lzw", predictor=True)
    yield path.read_bytes()
    image = Image.fromarray(array)
    exif = Image.Exif()
    exif[0x10E], exif[0x112] = "described", 6
    exif.get_ifd(0x8769)[0x9003] = "2020:01:02 03:04:05"
    for options in ({}, {"compression": "tiff_lzw"}, {"compression": "jpeg"}, {"compression": "tiff_adobe_deflate"}):
        yield saved(image, "TIFF", exif=exif, **options)
        yield saved(image.convert("CMYK"), "TIFF", icc_profile=INK if options else None, **options)
        yield saved(image.convert("YCbCr" if options else "LAB"), "TIFF")
    rows = [row for row in kinds.KINDS if row.format == "TIFF"]
    yield from attempts((lambda _, row=row: made(row.make, path) for row in rows), folder)
    yield from rare_tiffs(path)
    for dtype in (np.int16, np.float32):
        tifffile.imwrite(path, array.astype(dtype), photometric="rgb")
        yield path.read_bytes()


def made(make, path):
    make(path)
    return path.read_bytes()


def rare_tiffs(path):
    """Old-style JPEG by tables and in strips, LogL, and rare compressions in several strips."""
    for kind, interval in (("gray", 0), ("420", 0), ("420", 3)):
        options = {"restart_marker_blocks": interval} if interval else {}
        data, fields, extra = test_tiff_old_jpeg.old_jpeg(kind, 40, 45, **options)
        tables, codes, _, scan = tiff_codes.jpeg_parts(data)
        scans = [scan[:scan.rindex(b"\xff\xd9")]]
        for marker in (b"\xff\xd0", b"\xff\xd1") if interval else ():
            scans[-1:] = scans[-1].split(marker)
        blobs = [*scans, tables[0], codes[0], codes[0x10], data[:len(data) - len(scan)]]
        places = [8 + sum(len(blob) + len(blob) % 2 for blob in blobs[:index]) for index in range(len(blobs))]
        first = len(scans)
        strips = {273: (4, places[:first]), 279: (4, [len(part) for part in scans]), 278: (4, 16 if interval else 45)}
        yield maker.make(path, 40, 45, blobs, extra={**extra, **strips, **{
            519 + index: (4, [places[first + index]] * fields["samples"]) for index in range(3)}}, **fields)
        yield maker.make(path, 40, 45, blobs, extra={**extra, **strips, 513: (4, places[-1]), 514: (4, len(blobs[-1]))},
                         **fields)
    values = np.linspace(15000, 16500, 20 * 24).astype(int).reshape(20, 24)
    rows = [tiff_codes.strings(row, 2) for row in values]
    yield maker.make(path, 24, 20, [b"".join(rows[:10]), b"".join(rows[10:])], ">", bits=16, photometric=32844,
                     compression=34676, rows=10)
    levels = (maker.picture(20, 25, 1) // 16).astype(int)
    yield maker.make(path, 25, 20, [tiff_codes.thunder(levels[:10]), tiff_codes.thunder(levels[10:])], bits=4, rows=10,
                     compression=32809)
    yield maker.make(path, 25, 20, [tiff_codes.next_rows(levels[:10] // 4), tiff_codes.next_rows(levels[10:] // 4)],
                     bits=2, rows=10, compression=32766)
    codes = maker.picture(20, 25, 1, 1300, np.uint16)
    yield maker.make(path, 25, 20, [tiff_codes.pixarlog(codes[:10]), tiff_codes.pixarlog(codes[10:])], bits=16, rows=10,
                     compression=32909)
    for kind, planar in ((8, 1), (9, 2)):
        array = maker.picture(20, 25, 4, 65535, np.uint16)
        parts = [array[..., plane] for plane in range(4)] if planar == 2 else [array]
        yield maker.make(path, 25, 20, [part.tobytes() for part in parts], bits=16, samples=4, photometric=kind,
                         planar=planar, extra={338: (3, 2)})


def webps(folder):
    picture = webp_files.picture
    webp_files.picture = lambda width=150, height=101, *rest, **more: picture(
        width // 5 + 1, height // 5 + 1, *rest, **more)
    webp_files.EXIF = EXIF
    yield from attempts((make for name, make in webp_files.KINDS.items() if name not in ("wide", "tall")), folder)
    icc, image = profile(), webp_files.image_chunk()
    chunk = webp_files.chunk
    for flags, parts in ((0x2C, [chunk(b"ICCP", icc), image, chunk(b"EXIF", EXIF), chunk(b"XMP ", XMP)]),
                         (0, [image, chunk(b"ZZZZ", b"odd"), chunk(b"EXIF", b"Exif\0\0" + EXIF)])):
        yield webp_files.riff(webp_files.vp8x(flags, 31, 21), *parts)
    yield webp_files.riff(image) + b"junk"
    frames = [Image.new("RGB", (9, 7), color) for color in ("red", "blue")]
    yield saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])


def blocks(folder):
    """Blocks of metadata, each with the first byte of the plan at the end of its seed. That byte gives the block's
    kind."""
    for order in "<>":
        for make in (b"Canon", b"NIKON CORPORATION", b"SONY", b"Panasonic", b"OLYMPUS", b"FUJIFILM", b"Acme"):
            yield 0, test_exif.makernote_block(order, make)[0]
    yield 0, EXIF
    exif = Image.Exif()
    exif[0x112], exif[0x13B], exif[0xC62F] = 6, "Ann", "S123"
    exif.get_ifd(0x8825).update({1: "N", 2: (48., 8., 0.), 3: "E", 4: (11., 3., 0.)})
    yield 0, exif.tobytes()[6:]
    yield 2, XMP
    camera = folder / "camera.jpg"
    Image.new("RGB", (64, 48), (10, 20, 30)).save(camera)
    try:
        found = test_xmp.packet.__wrapped__(Factory(folder)), test_iptc.records.__wrapped__(Factory(folder))
        yield 2, found[0]
        yield 4, found[1]
    except Exception as reason:
        print(f"blocks by exiftool were left out: {reason}", file=sys.stderr)
    position = b'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="48,8N" dc:source'
    yield 2, XMP.replace(b"dc:source", position)
    yield 4, IPTC
    for name in ("sRGB", "LAB", "XYZ"):
        yield 6, profile(name)
    yield 7, INK
    yield 7, test_color.ADOBE_RGB
    yield from ((7, gray) for gray in test_color.GRAYS.values() if len(gray) <= LARGEST)


class Factory:
    """Replaces pytest's `tmp_path_factory` for the fixtures of the tests."""

    def __init__(self, folder):
        self.folder = folder

    def mktemp(self, name):
        (self.folder / name).mkdir(exist_ok=True)
        return self.folder / name


def main():
    target, cases = Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None
    random = np.random.default_rng(1)

    def keep(format, content, first=None):
        folder = target / format
        folder.mkdir(parents=True, exist_ok=True)
        if len(content) > LARGEST:
            return
        # The plan chooses a way of reading, and of writing the result.
        count = len(list(folder.iterdir()))
        plan = bytearray(random.integers(0, 256, 4, np.uint8).tobytes())
        plan[0] = plan[0] & 0x67 | 4 if first is None else plan[0] & 0xC0 | first
        (folder / f"{count:03}").write_bytes(content + bytes(plan))

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for format, make in (("png", pngs), ("jpeg", jpegs), ("bmp", bmps), ("tiff", tiffs), ("webp", webps)):
            for content in make(folder):
                keep(format, content)
        for first, content in blocks(folder):
            keep("metadata", content, first)
    for path in sorted(cases.iterdir()) if cases and cases.is_dir() else []:
        if path.suffix in SUFFIXES:
            keep(SUFFIXES[path.suffix], path.read_bytes())


if __name__ == "__main__":
    main()
