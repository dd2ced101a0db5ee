"""Reading JPEG: each kind of file from another program. Pixels are compared with OpenCV 4.6 or Pillow."""

import io
import shutil
import struct
import subprocess

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from library import COLORS, CodecError, Reader, read

TOOLS = shutil.which("cjpeg") and shutil.which("jpegtran")
needs_tools = pytest.mark.skipif(not TOOLS, reason="cjpeg and jpegtran are not installed")


def picture(width=203, height=150, seed=1):
    """Smooth shapes and some noise, in BGR. The sides are odd, so that the last blocks are not full."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (9, 12, 3), np.uint8)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(int)
    cv2_canvas = np.clip(smooth + random.integers(-12, 13, smooth.shape), 0, 255).astype(np.uint8)
    cv2.circle(cv2_canvas, (width // 2, height // 2), height // 4, (20, 200, 90), -1)
    return cv2_canvas


def pillow(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **{"quality": 90, **options})
    return file.getvalue()


def color():
    return Image.fromarray(picture()[:, :, ::-1])


def cjpeg(*options, gray=False):
    image = color().convert("L") if gray else color()
    file = io.BytesIO()
    image.save(file, "PPM")
    return subprocess.run(["cjpeg", "-quality", "90", *options], input=file.getvalue(), stdout=subprocess.PIPE,
                          check=True).stdout


def jpegtran(data, *options):
    return subprocess.run(["jpegtran", "-copy", "all", *options], input=data, stdout=subprocess.PIPE, check=True).stdout


def scans(data, script, tmp_path):
    (tmp_path / "script").write_text(script)
    return jpegtran(data, "-scans", str(tmp_path / "script"))


def codecs(image, **options):
    return imagecodecs.jpeg8_encode(image, level=90, **options)


SEQUENTIAL_SCANS = "0;\n1;\n2;\n"
SPECTRAL_SCANS = "0,1,2: 0-0, 0, 0;\n0: 1-63, 0, 0;\n1: 1-63, 0, 0;\n2: 1-63, 0, 0;\n"

# Each value makes a file, given the test's folder. Files whose names have "progressive" need all data before the first
# row.
KINDS = {
    "420": lambda _: pillow(color(), subsampling="4:2:0"),
    "422": lambda _: pillow(color(), subsampling="4:2:2"),
    "444": lambda _: pillow(color(), subsampling="4:4:4"),
    "411": lambda _: codecs(picture()[:, :, ::-1].copy(), subsampling="411"),
    "440": lambda _: codecs(picture()[:, :, ::-1].copy(), subsampling="440"),
    "optimized": lambda _: pillow(color(), optimize=True),
    "restart-rows": lambda _: pillow(color(), restart_marker_rows=1),
    "restart-blocks": lambda _: pillow(color(), restart_marker_blocks=3),
    "gray": lambda _: pillow(color().convert("L")),
    "gray-progressive": lambda _: pillow(color().convert("L"), progressive=True),
    "rgb": lambda _: pillow(color(), keep_rgb=True),
    "progressive-420": lambda _: pillow(color(), progressive=True, subsampling="4:2:0"),
    "progressive-444": lambda _: pillow(color(), progressive=True, subsampling="4:4:4"),
    "progressive-restart": lambda _: pillow(color(), progressive=True, restart_marker_blocks=5),
    "low-quality": lambda _: pillow(color(), quality=3),
    # 16-bit quantization tables make an extended sequential file (SOF1).
    "extended": lambda _: pillow(color(), qtables=[[300] * 64, [400] * 64]),
}
TOOL_KINDS = {
    "arithmetic": lambda _: cjpeg("-arithmetic"),
    "arithmetic-gray": lambda _: cjpeg("-arithmetic", gray=True),
    "arithmetic-restart": lambda _: cjpeg("-arithmetic", "-restart", "1"),
    "arithmetic-progressive": lambda _: cjpeg("-arithmetic", "-progressive"),
    "rgb-tool": lambda _: cjpeg("-rgb"),
    "gray-2x2": lambda _: cjpeg("-sample", "2x2", gray=True),
    "2x2-in-cb": lambda _: cjpeg("-sample", "2x2,2x2,1x1"),
    "1x1-2x2": lambda _: cjpeg("-sample", "1x1,2x2,1x2"),
    "4x1": lambda _: cjpeg("-sample", "4x1"),
    "1x4": lambda _: cjpeg("-sample", "1x4"),
    "4x2": lambda _: cjpeg("-sample", "4x2"),
    "2x1-restart": lambda _: cjpeg("-sample", "2x1", "-restart", "2B"),
    "scans-sequential": lambda folder: scans(cjpeg(), SEQUENTIAL_SCANS, folder),
    "scans-spectral": lambda folder: scans(cjpeg(), SPECTRAL_SCANS, folder),
}


def every_kind():
    for name, make in KINDS.items():
        yield pytest.param(make, id=name)
    for name, make in TOOL_KINDS.items():
        yield pytest.param(make, id=name, marks=needs_tools)


def expected(data):
    """OpenCV's pixels; Pillow's if OpenCV's library does not read the kind."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_ANYCOLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        image = Image.open(io.BytesIO(data))
        pixels = np.array(image) if image.mode == "L" else np.array(image.convert("RGB"))[:, :, ::-1]
    return pixels


@pytest.mark.parametrize("make", list(every_kind()))
def test_pixels_equal_opencv(make, tmp_path):
    data = make(tmp_path)
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    right = expected(data)
    pixels, notes = read(path)
    assert pixels.shape == right.shape and (pixels == right).all()
    assert [note for note in notes if "comment" not in note] == []
    for rows in (1, 7, 64):
        assert (read(path, rows=rows)[0] == right).all()
    assert (read(path, scratch=False)[0] == right).all()


@pytest.mark.parametrize("make", list(every_kind()))
def test_pillow_agrees(make, tmp_path):
    data = make(tmp_path)
    (tmp_path / "a.jpg").write_bytes(data)
    image = Image.open(io.BytesIO(data))
    right = np.array(image)
    pixels = read(tmp_path / "a.jpg")[0]
    assert (pixels == (right if right.ndim == 2 else right[:, :, ::-1])).all()


def test_the_info_describes_the_kind(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(KINDS["420"](tmp_path))
    with Reader(path) as reader:
        info = reader.info
        assert (info.width, info.height, info.channels, info.depth, info.stored_depth) == (203, 150, 3, 8, 8)
        assert (info.block_width, info.block_height, info.pages) == (203, 16, 1)
        assert COLORS[info.color] == "ycbcr" and not info.needs_all_data and not info.has_regions
    path.write_bytes(KINDS["progressive-444"](tmp_path))
    with Reader(path) as reader:
        assert reader.info.needs_all_data and not reader.info.needs_whole_buffer and reader.info.block_height == 8
    path.write_bytes(KINDS["rgb"](tmp_path))
    with Reader(path) as reader:
        assert COLORS[reader.info.color] == "rgb"


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (16, 17), (17, 16), (3, 200), (1000, 2)])
@pytest.mark.parametrize("progressive", [False, True])
def test_every_size_is_read(size, progressive, tmp_path):
    data = pillow(color().resize(size), progressive=progressive)
    (tmp_path / "a.jpg").write_bytes(data)
    assert (read(tmp_path / "a.jpg")[0] == expected(data)).all()


# MARK: CMYK

def ink():
    random = np.random.default_rng(3)
    coarse = random.integers(0, 256, (6, 8, 4), np.uint8)
    return cv2.resize(coarse, (70, 50), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("kind", ["CMYK", "YCCK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_cmyk_becomes_srgb(kind, progressive, tmp_path):
    if kind == "CMYK":
        data = pillow(Image.fromarray(ink(), "CMYK"), progressive=progressive)
    else:
        data = codecs(ink(), colorspace="CMYK", outcolorspace="YCCK")
        data = jpegtran(data, "-progressive") if progressive and TOOLS else data
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    pixels, notes = read(path)
    # Pillow undoes Adobe's inversion: 255 is full ink.
    stored = 255 - np.array(Image.open(io.BytesIO(data))).astype(float)
    right = np.rint(stored[:, :, 2::-1] * stored[:, :, 3:] / 255)
    assert np.abs(pixels - right).max() <= (0 if kind == "CMYK" else 1)
    assert any("CMYK colors were converted to sRGB" in note for note in notes)
    with Reader(path) as reader:
        assert COLORS[reader.info.color] == kind.lower() and reader.info.channels == 3
    for rows in (1, 9):
        assert (read(path, rows=rows)[0] == pixels).all()


# MARK: Refused by name

def frame(marker, precision=8, height=16, width=16, components=1, samplings=(0x11,) * 5):
    """A file that ends behind its frame header and a scan header."""
    parts = b"".join(bytes([number + 1, samplings[number], 0]) for number in range(components))
    head = struct.pack(">BHHB", precision, height, width, components) + parts
    table = b"\xff\xdb\x00\x43\x00" + bytes([16] * 64)
    scan = bytes([components]) + b"".join(bytes([number + 1, 0]) for number in range(components)) + b"\0\x3f\0"
    return (b"\xff\xd8" + table + bytes([0xFF, marker]) + struct.pack(">H", len(head) + 2) + head
            + b"\xff\xda" + struct.pack(">H", len(scan) + 2) + scan + b"\0" * 40 + b"\xff\xd9")


@pytest.mark.parametrize("data,reason", [
    (frame(0xC0, components=2), "2 components"),
    (frame(0xC1, precision=12), "12-bit"),
    (frame(0xC3), "lossless"), (frame(0xCB), "lossless"),
    (frame(0xC5), "hierarchical"), (frame(0xC6), "hierarchical"), (frame(0xDE), "hierarchical"),
    (frame(0xCE), "hierarchical"), (frame(0xF7), "JPEG-LS"),
    (frame(0xC0, height=0), "DNL"),
    (frame(0xC0, components=5), "5 components"),
    (frame(0xC0, width=65535), "65500"),
])
def test_unsupported_kinds_are_refused(data, reason, tmp_path):
    (tmp_path / "a.jpg").write_bytes(data)
    with pytest.raises(CodecError) as error:
        Reader(tmp_path / "a.jpg")
    assert error.value.code == "unsupported" and reason in error.value.reason


def test_unsupported_files_of_other_programs_are_refused(tmp_path):
    path = tmp_path / "a.jpg"
    gray = (picture()[:, :, 0].astype(np.uint16) << 4)
    for data, reason in [(imagecodecs.jpeg8_encode(gray, bitspersample=12), "12-bit"),
                         (imagecodecs.jpeg8_encode(picture()[:, :, 0].copy(), lossless=True), "lossless"),
                         (imagecodecs.jpegls_encode(picture()[:, :, 0].copy()), "JPEG-LS")]:
        path.write_bytes(data)
        with pytest.raises(CodecError) as error:
            Reader(path)
        assert error.value.code == "unsupported" and reason in error.value.reason


def test_fractional_sampling_is_refused(tmp_path):
    (tmp_path / "a.jpg").write_bytes(frame(0xC0, components=3, samplings=(0x31, 0x21, 0x11)))
    with pytest.raises(CodecError, match="fractional subsampling"):
        Reader(tmp_path / "a.jpg")


def test_sides_and_pixels_are_limited(tmp_path):
    (tmp_path / "a.jpg").write_bytes(KINDS["420"](tmp_path))
    for limits in ({"maximum_side": 202}, {"maximum_pixels": 203 * 150 - 1}):
        with pytest.raises(CodecError) as error:
            Reader(tmp_path / "a.jpg", **limits)
        assert error.value.code == "unsupported" and "203×150" in error.value.reason
    Reader(tmp_path / "a.jpg", maximum_side=203, maximum_pixels=203 * 150).close()


@needs_tools
def test_thousands_of_scans_are_refused(tmp_path):
    """The last scan of a progressive file is repeated again and again."""
    data = scans(cjpeg(), SPECTRAL_SCANS, tmp_path)
    last = data.rindex(b"\xff\xda")
    table = data.rindex(b"\xff\xc4", 0, last)
    (tmp_path / "a.jpg").write_bytes(data[:-2] + data[table:-2] * 600 + b"\xff\xd9")
    with pytest.raises(CodecError) as error:
        read(tmp_path / "a.jpg")
    assert error.value.code == "unsupported" and "more than 500 scans" in error.value.reason


def test_a_large_progressive_file_takes_little_memory(tmp_path):
    """The coefficients (96 MiB) are in the scratch file, not in anonymous memory."""
    file = tmp_path / "a.jpg"
    file.write_bytes(pillow(Image.new("RGB", (4096, 4096), (90, 120, 30)), progressive=True))

    def anonymous():
        return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("RssAnon"))

    with Reader(file) as reader:
        before = anonymous()
        rows = reader.rows(16)
        assert anonymous() - before < 8 << 10
        assert (rows == rows[0, 0]).all()
