"""WebP in and out, judged by OpenCV, Pillow, dwebp, webpinfo and exiftool."""

import ctypes as c
import io
import itertools
import random
import resource
import signal
import struct
import subprocess

import cv2
import numpy as np
import pytest
from PIL import Image

from library import CodecError, Reader, Writer, check, library, read, write

RNG = np.random.default_rng(11)


def picture(width=150, height=101, channels=3, kind="photo"):
    """A smooth image with some noise; alpha from 0 to 255."""
    y, x = np.mgrid[:height, :width]
    planes = [(x * 3 + y) % 256, (y * 2) % 256, (x + y * 5) // 3 % 256, (x * 255) // max(1, width - 1)]
    pixels = np.stack(planes[:max(3, channels)], -1)
    pixels[..., :3] = np.clip(pixels[..., :3] + RNG.integers(-9, 10, (height, width, 3)), 0, 255)
    pixels = pixels.astype(np.uint8)
    return pixels[..., 0] if channels == 1 else pixels


def rgb(pixels):
    return pixels[..., [2, 1, 0, 3][:pixels.shape[-1]]]


def by_pillow(pixels, **options):
    target = io.BytesIO()
    Image.fromarray(rgb(pixels)).save(target, "WEBP", **options)
    return target.getvalue()


def by_cwebp(pixels, tmp_path, *options):
    source, target = tmp_path / "source.png", tmp_path / "cwebp.webp"
    cv2.imwrite(str(source), pixels)
    subprocess.run(["cwebp", "-quiet", *options, source, "-o", target], check=True)
    return target.read_bytes()


KINDS = {
    "lossy": lambda path: by_pillow(picture(), quality=80),
    "lossy-best": lambda path: by_pillow(picture(), quality=100, method=6),
    "lossy-alpha": lambda path: by_pillow(picture(channels=4), quality=80),
    "lossy-alpha-raw": lambda path: by_cwebp(picture(channels=4), path, "-q", "60", "-alpha_method", "0"),
    "lossy-alpha-lossy": lambda path: by_cwebp(picture(channels=4), path, "-q", "60", "-alpha_q", "30"),
    "partitions": lambda path: by_cwebp(picture(300, 400), path, "-q", "70", "-partition_limit", "50"),
    "simple-filter": lambda path: by_cwebp(picture(), path, "-q", "40", "-nostrong", "-f", "60"),
    "lossless": lambda path: by_pillow(picture(), lossless=True),
    "lossless-alpha": lambda path: by_pillow(picture(channels=4), lossless=True, exact=True),
    "near-lossless": lambda path: by_cwebp(picture(), path, "-near_lossless", "40"),
    "palette": lambda path: by_pillow(picture() // 100 * 100, lossless=True),
    "one-pixel": lambda path: by_pillow(picture(1, 1), lossless=True),
    "one-pixel-lossy": lambda path: by_pillow(picture(1, 1), quality=50),
    "wide": lambda path: by_pillow(picture(16383, 2), quality=50),
    "tall": lambda path: by_pillow(picture(3, 16383), lossless=True),
    "extended": lambda path: by_pillow(picture(), quality=80, icc_profile=b"p" * 501, exif=EXIF, xmp=b"<x/>"),
}
EXIF = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"


@pytest.fixture(params=KINDS)
def file(request, tmp_path):
    path = tmp_path / "file.webp"
    path.write_bytes(KINDS[request.param](tmp_path))
    return path


def opencv(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def test_pixels_are_opencvs(file, capfd):
    expected = opencv(file.read_bytes())
    pixels, notes = read(file)
    assert np.array_equal(pixels, expected) and not notes
    with Reader(file) as reader:
        info = reader.info
        assert (info.height, info.width, info.channels) == expected.shape and info.depth == 8
        assert info.needs_whole_buffer and info.needs_all_data and not info.has_regions and info.pages == 1
        assert info.color == (2 if b"VP8L" in file.read_bytes()[:40] else 4)
        assert info.alpha == (expected.shape[2] == 4)
    assert capfd.readouterr() == ("", "")


def test_rows_are_told_as_they_come(tmp_path):
    path = tmp_path / "noise.webp"
    path.write_bytes(by_pillow(RNG.integers(0, 256, (600, 400, 3), np.uint8), quality=90))
    told = []
    with Reader(path) as reader:
        pixels = reader.all(lambda rows: told.append(rows))
    assert told == sorted(set(told)) and told[-1] == 600 and len(told) > 3
    assert np.array_equal(pixels, opencv(path.read_bytes()))
    with Reader(path) as reader, pytest.raises(CodecError) as failure:
        reader.all(lambda rows: 1)
    assert failure.value.code == "stopped"


def test_rows_further_apart_leave_what_is_between(tmp_path):
    path = tmp_path / "file.webp"
    path.write_bytes(by_pillow(picture(), quality=80))
    with Reader(path) as reader:
        wide = reader.empty(101, 200)
        check(library().twc_reader_all(reader.handle, wide.ctypes.data_as(c.c_void_p), c.c_size_t(wide.strides[0]),
                                       None, None))
    assert np.array_equal(wide[:, :150], opencv(path.read_bytes())) and (wide[:, 150:] == 0xA5).all()


def test_damage_is_noticed_wherever_the_file_ends(file, capfd):
    data, cut = file.read_bytes(), file.with_suffix(".cut")
    expected = opencv(data)
    for index in range(50):
        length = index if index < 5 else len(data) * index // 50
        if length > 45 * len(data) // 50:
            length = len(data) - (50 - index)
        cut.write_bytes(data[:length])
        try:
            pixels, notes = read(cut)
        except CodecError as error:
            assert error.code in ("damaged", "not an image"), str(error)
            if error.row > 0:
                assert f"row {error.row} of {len(expected)}" in error.reason
        else:
            assert np.array_equal(pixels, expected) and notes, length
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", ["lossy", "lossy-alpha", "lossless", "lossless-alpha"])
def test_rows_before_the_damaged_one_are_right(kind, tmp_path):
    path = tmp_path / "cut.webp"
    data = {"lossy": lambda: by_pillow(picture(400, 700), quality=90),
            "lossy-alpha": lambda: by_pillow(picture(400, 700, 4), quality=90),
            "lossless": lambda: by_pillow(picture(400, 700), lossless=True),
            "lossless-alpha": lambda: by_pillow(picture(400, 700, 4), lossless=True, exact=True)}[kind]()
    expected = opencv(data)
    rows = set()
    for tenths in range(2, 10):
        path.write_bytes(data[:len(data) * tenths // 10])
        with Reader(path) as reader:
            pixels = reader.empty(700, 400)
            status = library().twc_reader_all(reader.handle, pixels.ctypes.data_as(c.c_void_p),
                                              c.c_size_t(pixels.strides[0]), None, None)
        assert status.code == 3 and 0 <= status.row < 700
        assert np.array_equal(pixels[:status.row], expected[:status.row])
        rows.add(status.row)
    assert max(rows) > 300


# MARK: The container


def chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def riff(*chunks, size=None):
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def image_chunk(data=None):
    return (data or by_pillow(picture(), quality=80))[12:]


def vp8x(flags=0, width=150, height=101):
    sides = [struct.pack("<I", side - 1)[:3] for side in (width, height)]
    return chunk(b"VP8X", bytes([flags, 0, 0, 0]) + b"".join(sides))


def notes_of(tmp_path, data, expected=None):
    path = tmp_path / "made.webp"
    path.write_bytes(data)
    pixels, notes = read(path)
    if expected is not None:
        assert np.array_equal(pixels, expected)
    return notes


@pytest.fixture(scope="module")
def still():
    data = by_pillow(picture(), quality=80)
    return data[12:], opencv(data)


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7])
def test_metadata_is_found_in_any_order(order, still, tmp_path):
    image, expected = still
    parts = [chunk(b"ICCP", b"profile"), chunk(b"EXIF", EXIF), chunk(b"XMP ", b"<packet/>"), image,
             chunk(b"ZZZZ", b"odd")]
    path = tmp_path / "made.webp"
    path.write_bytes(riff(vp8x(0x2C), *(parts[index] for index in order)))
    with Reader(path) as reader:
        assert (reader.block("icc"), reader.block("exif"), reader.block("xmp")) == (b"profile", EXIF, b"<packet/>")
        assert len(reader.blocks) == 3 and reader.info.orientation == 6
    assert notes_of(tmp_path, path.read_bytes(), expected) == ["the unknown WebP chunk ZZZZ was left out"]


def test_exif_in_the_manner_of_jpeg(still, tmp_path):
    path = tmp_path / "made.webp"
    path.write_bytes(riff(vp8x(8), still[0], chunk(b"EXIF", b"Exif\0\0" + EXIF)))
    with Reader(path) as reader:
        assert reader.block("exif") == EXIF and reader.info.orientation == 6


def test_metadata_without_the_header_that_announces_it(still, tmp_path):
    path = tmp_path / "made.webp"
    path.write_bytes(riff(still[0], chunk(b"EXIF", EXIF)))
    with Reader(path) as reader:
        assert reader.block("exif") == EXIF and np.array_equal(reader.all(), still[1])


def test_harmless_irregularities_are_noted(still, tmp_path):
    image, expected = still
    whole = riff(image)
    assert notes_of(tmp_path, whole + b"x" * 17, expected) == [
        "junk of 17 bytes behind the end of the image was ignored"]
    assert notes_of(tmp_path, riff(image, size=len(whole) + 1000), expected) == [
        f"size in the RIFF header is wrong: {len(whole) + 1008} bytes instead of {len(whole)}"]
    assert notes_of(tmp_path, riff(image, size=100), expected) == [
        f"size in the RIFF header is wrong: 108 bytes instead of {len(whole)}"]
    assert notes_of(tmp_path, riff(image, size=0), expected) == [
        f"size in the RIFF header is wrong: 8 bytes instead of {len(whole)}"]
    assert notes_of(tmp_path, riff(image, image), expected) == ["a second image in the file was ignored"]
    assert notes_of(tmp_path, riff(chunk(b"EXIF", EXIF), image, chunk(b"EXIF", b"other")), expected) == [
        "a second EXIF block was ignored"]
    assert notes_of(tmp_path, riff(vp8x(4), image, b"XMP \x90\1\0\0<x/>"), expected) == [
        "XMP packet was left out: the file ends in it"]


def test_metadata_behind_a_size_that_is_too_small(still, tmp_path):
    path = tmp_path / "made.webp"
    path.write_bytes(riff(vp8x(8), still[0], chunk(b"EXIF", EXIF), size=4 + 18 + len(still[0])))
    with Reader(path) as reader:
        assert reader.block("exif") == EXIF and len(reader.notes) == 1


@pytest.mark.parametrize("data, code, words", [
    (riff(), "damaged", "no image data"),
    (riff(chunk(b"EXIF", EXIF)), "damaged", "no image data"),
    (riff(chunk(b"VP8 ", b"")), "damaged", "header of the image data"),
    (riff(chunk(b"VP8 ", bytes(40))), "damaged", "header of the image data"),
    (riff(chunk(b"VP8L", b"\x2f\0\0\0\xe0" + bytes(40))), "damaged", "header of the image data"),
    (riff(chunk(b"VP8X", b"\0")), "damaged", "VP8X chunk is too short"),
    (riff(vp8x(0x02), chunk(b"ANIM", bytes(6))), "unsupported", "an animated WebP file cannot be read"),
    (riff(chunk(b"ANIM", bytes(6))), "unsupported", "an animated WebP file cannot be read"),
    (riff(vp8x(0, 151, 101), image_chunk()), "damaged", "the image is 150×101 pixels, its canvas 151×101"),
    (b"RIFF", "not an image", ""), (b"RIFF\0\0\0\0WEBP", "damaged", "no image data"),
])
def test_what_cannot_be_read_says_why(data, code, words, tmp_path, capfd):
    path = tmp_path / "made.webp"
    path.write_bytes(data)
    with pytest.raises(CodecError) as failure:
        read(path)
    assert failure.value.code == code and words in failure.value.reason
    assert capfd.readouterr() == ("", "")


def test_an_animation_by_pillow_is_refused(tmp_path):
    path = tmp_path / "animation.webp"
    frames = [Image.fromarray(rgb(picture(40, 30))) for _ in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    with pytest.raises(CodecError, match="unsupported: an animated WebP file cannot be read"):
        Reader(path)


def test_sizes_are_limited(tmp_path):
    path = tmp_path / "file.webp"
    path.write_bytes(by_pillow(picture(), quality=80))
    for limits in ({"maximum_side": 149}, {"maximum_pixels": 150 * 101 - 1}):
        with pytest.raises(CodecError) as failure:
            Reader(path, **limits)
        assert failure.value.code == "unsupported" and "150×101" in failure.value.reason


def test_cases(cases):
    with Reader(cases / "turned-exif.webp") as reader:
        assert reader.info.orientation == 6
        assert np.array_equal(reader.all(), opencv((cases / "turned-exif.webp").read_bytes()))
    with Reader(cases / "profile-adobe-rgb.webp") as reader, Image.open(cases / "profile-adobe-rgb.webp") as image:
        assert reader.block("icc") == image.info["icc_profile"]


def test_damaged_files_end_nothing(tmp_path, capfd):
    generator, path = random.Random(3), tmp_path / "damaged.webp"
    files = [KINDS[kind](tmp_path) for kind in ("lossy", "lossy-alpha", "lossless", "palette", "extended")]
    for _ in range(400):
        data = bytearray(generator.choice(files))
        for _ in range(generator.randint(1, 5)):
            data[generator.randrange(min(len(data), 2000))] = generator.randrange(256)
        path.write_bytes(data)
        try:
            read(path, maximum_pixels=1 << 20)
        except CodecError as error:
            assert error.code in ("damaged", "unsupported", "not an image"), str(error)
    assert capfd.readouterr() == ("", "")


# MARK: Writing


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("quality", [1, 50, 75, 95, 100])
@pytest.mark.parametrize("size", [(150, 101), (64, 64), (1, 1), (33, 15), (17, 18)])
def test_lossy_is_opencvs_file(channels, quality, size, tmp_path):
    path, pixels = tmp_path / "file.webp", picture(*size, channels)
    expected = cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes()
    for rows in (1, 7, 1000):
        assert write(path, "webp", pixels, rows=rows, quality=quality) == []
        assert path.read_bytes() == expected


def test_opaque_alpha_is_opencvs_file(tmp_path):
    pixels = picture(channels=4)
    for opaque_rows in (101, 64, 37):
        pixels[:opaque_rows, :, 3] = 255
        for opaque in (pixels, pixels[::-1]):
            write(tmp_path / "file.webp", "webp", opaque, quality=75)
            expected = cv2.imencode(".webp", np.ascontiguousarray(opaque), [cv2.IMWRITE_WEBP_QUALITY, 75])[1].tobytes()
            assert (tmp_path / "file.webp").read_bytes() == expected


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("size", [(150, 101), (1, 1), (3, 300)])
def test_lossless_is_exact(channels, size, tmp_path):
    path, pixels = tmp_path / "file.webp", picture(*size, channels)
    for rows in (1, 7, 1000):
        assert write(path, "webp", pixels, rows=rows) == []
    expected = np.repeat(pixels[..., None], 3, -1) if channels == 1 else pixels
    with Image.open(path) as image:
        decoded = np.asarray(image)
    # Opaque alpha of a lossless file is not stored.
    assert np.array_equal(rgb(decoded), expected[..., :decoded.shape[-1]])
    assert decoded.shape[-1] == expected.shape[-1] or (expected[..., 3] == 255).all()
    assert np.array_equal(read(path)[0], decoded[..., [2, 1, 0, 3][:decoded.shape[-1]]])


def test_colors_under_no_alpha_survive(tmp_path):
    pixels = picture(channels=4)
    pixels[..., 3] = 0
    write(tmp_path / "file.webp", "webp", pixels)
    assert np.array_equal(read(tmp_path / "file.webp")[0], pixels)
    assert np.array_equal(opencv((tmp_path / "file.webp").read_bytes()), pixels)


BLOCKS = [("icc", 0, 0, b"profile" * 99), ("exif", 0, 0, EXIF), ("xmp", 0, 0, b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")]


@pytest.mark.parametrize("quality", [0, 80])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kept", range(1, 8))
def test_metadata_is_written(quality, channels, kept, tmp_path):
    path, plain, pixels = tmp_path / "file.webp", tmp_path / "plain.webp", picture(channels=channels)
    blocks = [block for index, block in enumerate(BLOCKS) if kept >> index & 1]
    write(path, "webp", pixels, quality=quality, blocks=blocks)
    write(plain, "webp", pixels, quality=quality)
    assert np.array_equal(opencv(path.read_bytes()), opencv(plain.read_bytes()))
    with Reader(path) as reader:
        assert sorted(reader.blocks) == sorted(blocks) and reader.notes == []
    with Image.open(path) as image:
        image.load()
        assert image.info.get("icc_profile") == (BLOCKS[0][3] if kept & 1 else None)
        assert image.info.get("exif") == (EXIF if kept & 2 else None)
        assert image.info.get("xmp") == (BLOCKS[2][3] if kept & 4 else None)
        assert (image.mode == "RGBA") == (channels == 4)
    judged = subprocess.run(["webpinfo", path], capture_output=True, text=True).stdout
    assert "No error detected" in judged and "warning" not in judged.lower(), judged
    found = subprocess.run(["exiftool", "-validate", "-Orientation", "-n", path], capture_output=True, text=True).stdout
    assert ("Orientation" in found) == bool(kept & 2), found


@pytest.mark.parametrize("options, code, words", [
    ({"width": 16384}, "unsupported", "16383"), ({"height": 16384}, "unsupported", "16383"),
    ({"depth": 16}, "misuse", "8 bits"), ({"blocks": [("iptc", 0, 0, b"x")]}, "misuse", "ICC"),
    ({"blocks": [("png", 1, 0, b"x")]}, "misuse", "ICC")])
def test_what_cannot_be_written_says_why(options, code, words, tmp_path):
    with pytest.raises(CodecError) as failure:
        Writer(tmp_path / "file.webp", "webp", **{"width": 9, "height": 9, "channels": 3, "depth": 8, **options})
    assert failure.value.code == code and words in failure.value.reason


@pytest.mark.parametrize("quality", [0, 80])
@pytest.mark.parametrize("blocks", [(), BLOCKS])
def test_a_full_disk_is_told(quality, blocks, tmp_path, capfd):
    pixels = RNG.integers(0, 256, (400, 400, 3), np.uint8)
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        for limit in (0, 10, 1000, 50000):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
            with pytest.raises(CodecError) as failure:
                write(tmp_path / "file.webp", "webp", pixels, quality=quality, blocks=blocks)
            assert failure.value.code == "disk full" and failure.value.system_error
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert capfd.readouterr() == ("", "")


def test_every_size_of_what_is_written_is_read(tmp_path):
    for width, height in itertools.product((1, 2, 3, 15, 16, 17), repeat=2):
        for channels, quality in itertools.product((3, 4), (0, 90)):
            write(tmp_path / "file.webp", "webp", picture(width, height, channels), quality=quality)
            pixels, notes = read(tmp_path / "file.webp")
            assert np.array_equal(pixels, opencv((tmp_path / "file.webp").read_bytes())) and not notes
