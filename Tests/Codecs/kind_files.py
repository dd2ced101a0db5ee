"""Files of each kind, made by another program if one writes the kind. Each function returns the expected pixels (RGB(A)
or gray), or None if those that OpenCV reads are expected.

The following kinds are built byte by byte, because neither Pillow nor OpenCV, tifffile, imagecodecs or
libjpeg-turbo's programs write them: gray PNG of 2 and 4 bits, interlaced PNG, irregular PNG and JPEG; BMP of 2, 4 and
16 bits, with bit fields, with a V5 header, with run lengths, with rows from the top down, of OS/2; TIFF of 12 bits,
with ThunderScan, NeXT, PixarLog, SGI LogLuv, old-style JPEG, YCbCr without JPEG, and JBIG (its codes are jbigkit's).
"""

import io
import struct
import subprocess

import cv2
import imagecodecs
import numpy as np
import tifffile
from PIL import Image

import tiff_codes as codes
from bmp_files import bmp, packed, palette, rle
from png_files import chunk, pixels as pixels_of, png, samples
from processing import picture
from test_tiff_maker import make, pack, reverse_bits

RGB, GRAY = picture(40, 56), picture(40, 56, 1)
INDICES = np.asarray(Image.fromarray(RGB).quantize(16))
BITS = (GRAY > 128).astype(np.uint8)
ALPHA = np.dstack([RGB, picture(40, 56, 1, seed=4)])

LOG_NOTE = ("the high dynamic range of the image (SGI LogLuv) was reduced to 8 bits; what is brighter than white "
            "became white")


def pillow(pixels, **options):
    def make(path):
        Image.fromarray(pixels).save(path, **options)
        with Image.open(path) as image:
            return None if path.suffix in (".jpg", ".webp") and not options.get("lossless") else np.asarray(image)
    return make


def content(data, expected=None):
    def make(path):
        path.write_bytes(data() if callable(data) else data)
        return expected
    return make


def jpeg(pixels=RGB, behind=b"", segments=b"", **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "jpeg", **{"quality": 95, **options})
    return file.getvalue()[:2] + segments + file.getvalue()[2:] + behind


def segment(marker, data):
    return struct.pack(">BBH", 255, marker, len(data) + 2) + data


def transformed(*options):
    """By jpegtran, without loss."""
    return lambda: subprocess.run(["jpegtran", *options], input=jpeg(), check=True, capture_output=True).stdout


def sampled(factors):
    """By cjpeg. `factors` say how many pixels, across and down, share one sample of the two color components."""
    def make():
        file = io.BytesIO()
        Image.fromarray(RGB).save(file, "ppm")
        return subprocess.run(["cjpeg", "-quality", "95", "-sample", factors], input=file.getvalue(), check=True,
                              capture_output=True).stdout
    return make


def several_images(path):
    """By Pillow, as cameras write previews or the two images of a stereo camera."""
    first, second = Image.fromarray(RGB), Image.fromarray(RGB[::-1].copy())
    first.save(path, "MPO", save_all=True, append_images=[second], quality=95)
    with Image.open(path) as image:
        assert image.n_frames == 2


def ultra_hdr(path):
    """By libultrahdr: colors up to four times as bright as white, as a standard image with a gain map behind it."""
    light = np.dstack([(RGB / 255) ** 2.2 * 4, np.ones(GRAY.shape)]).astype(np.float16)
    data = imagecodecs.ultrahdr_encode(light, level=95, gamut=imagecodecs.ULTRAHDR.CG.BT_709,
                                       transfer=imagecodecs.ULTRAHDR.CT.LINEAR)
    assert imagecodecs.ultrahdr_check(data) and data.count(b"\xff\xd8\xff") > 1
    path.write_bytes(data)


def hierarchical():
    file = bytearray(jpeg())
    file[file.index(b"\xff\xc0") + 1] = 0xC5
    return bytes(file)


def tiff(pixels=RGB, expected=None, **options):
    def make(path):
        options.setdefault("photometric", "rgb" if pixels.ndim == 3 else "minisblack")
        tifffile.imwrite(path, pixels, metadata=None, software=False, **options)
        return pixels if expected is None else expected
    return make


def fax(name):
    def make(path):
        Image.fromarray(BITS * 255).convert("1").save(path, compression=name)
        return BITS * 255
    return make


def twelve_bits(path):
    values = (GRAY.astype(np.uint16) << 4) | 9
    make(path, 56, 40, [pack(values, 12)], bits=12)
    return np.floor(values.astype(float) * 65535 / 4095 + 0.5).astype(np.uint16)


def jbig(path):
    """By jbigkit's program, with the lowest bit of each byte first."""
    pbm, coded = path.with_suffix(".pbm"), path.with_suffix(".jbg")
    Image.fromarray(BITS == 0).save(pbm, "ppm")
    subprocess.run(["pbmtojbg", "-q", pbm, coded], check=True)
    make(path, 56, 40, [reverse_bits(coded.read_bytes())], bits=1, compression=34661)
    return BITS * 255


def nibbles(path):
    make(path, 56, 40, [codes.thunder(GRAY >> 4)], bits=4, compression=32809)
    return (GRAY >> 4) * 17


def pairs(path):
    make(path, 56, 40, [codes.next_rows(GRAY >> 6)], bits=2, compression=32766)
    return (GRAY >> 6) * 85


def pixarlog(bits):
    def write(path):
        values = RGB.astype(np.uint16) * 5
        make(path, 56, 40, [codes.pixarlog(values)], bits=bits, samples=3, photometric=2, compression=32909)
        return codes.pixarlog_pixels(values, bits)
    return write


def associated(path):
    """Colors multiplied by alpha, and the result of their division."""
    alpha = ALPHA[..., 3:].astype(np.uint32)
    colors = (ALPHA[..., :3] * alpha * 2 + 255) // 510
    right = np.where(alpha == 0, 0, np.minimum(255, (colors * 510 + alpha) // np.maximum(1, 2 * alpha)))
    stored = np.dstack([colors, alpha]).astype(np.uint8)
    return tiff(stored, np.dstack([right, alpha]).astype(np.uint8), extrasamples=["assocalpha"])(path)


def indexed(path):
    image = Image.fromarray(RGB).quantize(16)
    image.save(path)
    return np.asarray(image.convert("RGB"))


def fine_palette(path):
    """Colors that need more than 8 bits."""
    colors = np.random.default_rng(2).integers(0, 65536, (3, 256)).astype(np.uint16)
    tifffile.imwrite(path, GRAY, photometric="palette", colormap=colors, metadata=None, software=False)
    return np.moveaxis(colors[:, GRAY] >> 8, 0, -1).astype(np.uint8)


def clumps(path):
    """YCbCr with one color for four pixels: four Y, then Cb and Cr."""
    lumas = GRAY.reshape(20, 2, 28, 2).transpose(0, 2, 1, 3).reshape(20, 28, 4)
    colors = picture(20, 28, 2, seed=7)
    make(path, 56, 40, [np.concatenate([lumas, colors], 2).tobytes()], samples=3, photometric=6,
         extra={530: (3, [2, 2])})


def old_jpeg(path):
    """Gray, so that the pixels depend on the codes only."""
    data = jpeg(GRAY)
    make(path, 56, 40, [data], compression=6, extra={512: (3, 1), 513: (4, 8), 514: (4, len(data))})
    return np.asarray(Image.open(io.BytesIO(data)))


def log_of(number, extra=None):
    def write(path):
        values = codes.luv32(40, 56)
        rows = (codes.strings(row, 4) if number == 34676 else
                b"".join(int(value & 0xFFFFFF).to_bytes(3, "big") for value in row) for row in values)
        make(path, 56, 40, [b"".join(rows)], bits=16, samples=3, photometric=32845, compression=number,
             extra=extra)
    return write


def lab(bits):
    def write(path):
        colors = RGB.astype(np.uint8 if bits == 8 else np.uint16)
        tifffile.imwrite(path, colors, photometric="cielab", metadata=None, software=False)
    return write


def pages(path):
    with tifffile.TiffWriter(path) as file:
        for pixels in (RGB, RGB[::-1]):
            file.write(pixels, photometric="rgb", metadata=None, software=False)
    return RGB


def colored_tiff(path, **options):
    tifffile.imwrite(path, RGB, metadata=None, software=False, **options)


def renumbered(tag, value, **options):
    """A TIFF file in which one field has another value."""
    def make(path):
        tiff(**options)(path)
        with tifffile.TiffFile(path, mode="r+") as file:
            file.pages[0].tags[tag].overwrite(value)
    return make


def is_png(path, depth, color):
    """Whether the program has written the requested kind."""
    return path.read_bytes()[24:26] == bytes([depth, color])


def bits_by_pillow(path):
    """PNG or BMP of one bit."""
    Image.fromarray(BITS * 255).convert("1").save(path)
    assert path.suffix == ".bmp" or is_png(path, 1, 0)
    return BITS * 255


def palette_by_pillow(bits, alphas=None):
    """PNG with this many bits an index, or BMP of 8 bits. `alphas` are those of the first colors."""
    def make(path):
        image = Image.fromarray(RGB).quantize(1 << bits)
        options = {} if path.suffix == ".bmp" else {"bits": bits}
        image.save(path, **options, **({"transparency": bytes(alphas)} if alphas else {}))
        assert path.suffix == ".bmp" or is_png(path, bits, 3)
        colors = np.asarray(image.convert("RGB"))
        if not alphas:
            return colors
        table = np.array([*alphas, *[255] * (256 - len(alphas))], np.uint8)
        return np.dstack([colors, table[np.asarray(image)]])
    return make


def transparent_by_pillow(pixels):
    """PNG in which the color of one pixel is transparent."""
    def make(path):
        color = pixels[3, 4]
        Image.fromarray(pixels).save(path, transparency=int(color) if pixels.ndim == 2 else tuple(map(int, color)))
        assert b"tRNS" in path.read_bytes()
        hidden = pixels == color if pixels.ndim == 2 else (pixels == color).all(-1)
        return np.dstack([pixels, np.where(hidden, 0, 255).astype(np.uint8)])
    return make


def by_opencv(pixels):
    """PNG, also of 16 bits."""
    def make(path):
        order = pixels if pixels.ndim == 2 else pixels[..., [2, 1, 0, 3][:pixels.shape[2]]]
        assert cv2.imwrite(str(path), order)
        return pixels
    return make


def png_of(depth, color, interlaced=False, transparency=None, cut=0, behind=b""):
    values = samples(40, 56, depth, color)
    # One value for each channel, or an alpha for each entry of a palette.
    width = ">H" if color != 3 else "B"
    transparent = chunk(b"tRNS", b"".join(struct.pack(width, value) for value in transparency)) if transparency else b""
    right = pixels_of(values, depth, color, transparency)
    if color == 0 and transparency:
        right = right[..., 2:]
    file = png(values, depth, color, interlaced, before=transparent)
    return content(file[:len(file) - cut] + behind,
                   right if right.ndim == 2 or right.shape[2] == 2 else right[..., [2, 1, 0, 3][:right.shape[2]]])


def bmp_of(bits, compression=0, expected=RGB, **options):
    def make(path):
        if bits <= 8:
            table, colors = palette(1 << bits)
            values = INDICES % (1 << bits)
            rows = rle(values, bits) if compression else packed(values, bits)
            path.write_bytes(bmp(56, 40, bits, rows, compression, palette=table, **options))
            return colors[values][..., ::-1]
        if bits == 16:
            five = RGB.astype(np.uint32) >> 3
            path.write_bytes(bmp(56, 40, 16, packed(five[..., 0] << 10 | five[..., 1] << 5 | five[..., 2], 16)))
            return (five * 255 // 31).astype(np.uint8)
        order = [2, 1, 0, 3][:expected.shape[2]]
        pixels = expected[..., order] if bits == 24 or expected.shape[2] == 4 else np.dstack(
            [expected[..., order], np.zeros((40, 56), np.uint8)])
        top_down = options.pop("is_top_down", False)
        rows = np.ascontiguousarray(pixels if top_down else pixels[::-1]).tobytes()
        path.write_bytes(bmp(56, -40 if top_down else 40, bits, rows, compression, **options))
        return expected
    return make


def fields(path):
    """Bit fields of 5, 6 and 5 bits."""
    colors = RGB.astype(np.uint32) >> (3, 2, 3)
    rows = packed(colors[..., 0] << 11 | colors[..., 1] << 5 | colors[..., 2], 16)
    path.write_bytes(bmp(56, 40, 16, rows, 3, masks=(0xF800, 0x07E0, 0x001F)))
    return (colors * 255 // (31, 63, 31)).astype(np.uint8)


def wide_fields(path):
    """Bit fields of 10 bits, which are reduced to 8."""
    colors = RGB.astype(np.uint32) << 2 | RGB >> 6
    rows = packed(colors[..., 0] << 20 | colors[..., 1] << 10 | colors[..., 2], 32)
    path.write_bytes(bmp(56, 40, 32, rows, 3, masks=(0x3FF00000, 0x000FFC00, 0x000003FF)))
    return RGB


def os2(path):
    path.write_bytes(bmp(56, 40, 24, np.ascontiguousarray(RGB[::-1, :, ::-1]).tobytes(), size=12))
    return RGB


V5_ALPHA = {"size": 124, "masks": (0xFF0000, 0xFF00, 0xFF, 0xFF000000), "header": b"BGRs"}


def jpeg_tiff(path):
    """Expected pixels are libjpeg-turbo's, by imagecodecs."""
    tifffile.imwrite(path, RGB, photometric="ycbcr", compression="jpeg", metadata=None, software=False)
    return tifffile.imread(path)
