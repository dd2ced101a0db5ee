"""Profiles, CMYK and alpha, compared with Pillow's own littlecms and with exact arithmetic."""

import ctypes as c
import io
import subprocess

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

import library
from icc_files import ADOBE_RGB, CMYK, GRAY, GRAYS, curve, icc, press, table, xyz
from library import KINDS, Block, Bytes, CodecError, check
from note_list import Notes

RNG = np.random.default_rng(7)
BY_PROFILE = "CMYK colors were converted to sRGB by the profile of the file"


def to_bgr(ink, profile=None, is_inverted=False):
    """Returns the pixels as BGR, and the notes."""
    calls = library.library()
    calls.twc_cmyk_open.restype = c.c_void_p
    depth, notes, handle = ink.dtype.itemsize * 8, Notes(), None
    block = None
    if profile is not None:
        block = c.byref(Block(KINDS["icc"], 0, 0, (c.c_uint8 * max(1, len(profile)))(*profile), len(profile)))
    handle = calls.twc_cmyk_open(block, c.c_uint32(depth), c.c_bool(is_inverted),
                                 c.byref(notes))
    ink = np.ascontiguousarray(ink)
    bgr = np.full(ink.shape[:2] + (3,), 0xA5, ink.dtype)
    calls.twc_cmyk_to_bgr(c.c_void_p(handle), ink.ctypes.data_as(c.c_void_p), bgr.ctypes.data_as(c.c_void_p),
                          c.c_size_t(ink.shape[0] * ink.shape[1]), c.c_uint32(depth), c.c_bool(is_inverted))
    calls.twc_cmyk_close(c.c_void_p(handle))
    return bgr, notes.texts


# MARK: CMYK


@pytest.mark.parametrize("is_inverted", [False, True])
@pytest.mark.parametrize("depth", [8, 16])
def test_cmyk_without_a_profile_uses_adobes_convention(depth, is_inverted):
    top = (1 << depth) - 1
    ink = RNG.integers(0, top + 1, (301, 257, 4)).astype(f"u{depth // 8}")
    ink[0, :4] = [[0] * 4, [top] * 4, [0, 0, 0, top], [top, 0, 0, 0]]
    white = (ink if is_inverted else top - ink).astype(np.uint64)
    expected = (white[..., 2::-1] * white[..., 3:] * 2 + top) // (2 * top)
    bgr, notes = to_bgr(ink, None, is_inverted)
    assert np.array_equal(bgr, expected)
    assert notes == ["CMYK colors were converted to sRGB by Adobe's convention, without a profile"]


def through_pillow(ink, profile):
    convert = ImageCms.buildTransform(
        io.BytesIO(profile), ImageCms.createProfile("sRGB"), "CMYK", "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION)
    return np.asarray(ImageCms.applyTransform(Image.fromarray(ink, "CMYK"), convert))[..., ::-1]


@pytest.mark.parametrize("is_inverted", [False, True])
def test_cmyk_with_a_profile_equals_pillow(is_inverted):
    ink = RNG.integers(0, 256, (200, 200, 4), np.uint8)
    ink[0, :2] = [[0] * 4, [255] * 4]
    bgr, notes = to_bgr(255 - ink if is_inverted else ink, CMYK, is_inverted)
    expected = through_pillow(ink, CMYK)
    assert np.abs(bgr.astype(int) - expected).max() <= 1 and notes == [BY_PROFILE]
    # The result differs from the one without the profile.
    assert np.abs(to_bgr(ink)[0].astype(int) - expected).max() > 40


@pytest.mark.parametrize("is_inverted", [False, True])
def test_16_bit_cmyk_agrees_with_8_bits(is_inverted):
    ink = RNG.integers(0, 256, (100, 100, 4), np.uint8)
    eight, _ = to_bgr(ink, CMYK, is_inverted)
    sixteen, notes = to_bgr(ink.astype(np.uint16) * 257, CMYK, is_inverted)
    assert np.abs(sixteen / 257 - eight).max() <= 1.5 and notes == [BY_PROFILE]


@pytest.mark.parametrize("profile, reason", [
    (ADOBE_RGB, "it is not for CMYK"), (b"", ""), (b"no profile" * 30, ""), (CMYK[:1000], ""),
    (CMYK[:200] + bytes(len(CMYK) - 200), ""), (CMYK + bytes(33 << 20), "it is too large"),
    (icc(b"CMYK", {}), ""), (icc(b"CMYK", {b"A2B0": table(4, 9, press)}, b"link"), "it is of a class")])
def test_unusable_profiles_are_noted(profile, reason, capfd):
    ink = RNG.integers(0, 256, (9, 9, 4), np.uint8)
    bgr, notes = to_bgr(ink, profile)
    assert np.array_equal(bgr, to_bgr(ink)[0])
    assert len(notes) == 1 and notes[0].startswith(
        "CMYK colors were converted to sRGB by Adobe's convention; the profile of the file was left out: " + reason)
    assert capfd.readouterr() == ("", "")


def test_a_table_that_claims_half_a_gigabyte_is_not_allocated():
    lut = bytearray(table(4, 9, press))
    lut[10] = 77  # points an axis
    profile = icc(b"CMYK", {b"A2B0": bytes(lut)})
    assert to_bgr(np.zeros((1, 1, 4), np.uint8), profile)[1]


# MARK: Alpha


def alpha(name, pixels):
    pixels = np.ascontiguousarray(pixels)
    getattr(library.library(), "twc_alpha_" + name)(
        pixels.ctypes.data_as(c.c_void_p), c.c_size_t(pixels.size // 4), c.c_uint32(pixels.dtype.itemsize * 8))
    return pixels


def samples(depth):
    """For 8 bits: all colors with all alphas. For 16 bits: random ones, and the extremes."""
    if depth == 8:
        color, opacity = np.meshgrid(np.arange(256), np.arange(256))
    else:
        color, opacity = RNG.integers(0, 65536, (2, 700, 700))
        edges = np.array([0, 1, 2, 3, 32767, 32768, 65533, 65534, 65535])
        color[:9, :9], opacity[:9, :9] = np.meshgrid(edges, edges)
        color[100:300] %= opacity[100:300] + 1
    return np.stack([color, color[::-1], color, opacity], -1).astype(f"u{depth // 8}")


@pytest.mark.parametrize("depth", [8, 16])
def test_alpha_is_multiplied_exactly(depth):
    pixels, top = samples(depth), (1 << depth) - 1
    wide = pixels.astype(np.uint64)
    wide[..., :3] = (wide[..., :3] * wide[..., 3:] * 2 + top) // (2 * top)
    assert np.array_equal(alpha("multiply", pixels), wide)


@pytest.mark.parametrize("depth", [8, 16])
def test_alpha_is_divided_exactly(depth):
    pixels, top = samples(depth), (1 << depth) - 1
    wide = pixels.astype(np.uint64)
    opacity = np.maximum(wide[..., 3:], 1)
    wide[..., :3] = np.minimum((wide[..., :3] * top * 2 + opacity) // (2 * opacity), top) * (wide[..., 3:] > 0)
    assert np.array_equal(alpha("divide", pixels), wide)


@pytest.mark.parametrize("depth", [8, 16])
def test_dividing_and_multiplying_restores_associated_colors(depth):
    pixels = samples(depth)
    pixels[..., :3] = np.minimum(pixels[..., :3], pixels[..., 3:])
    assert np.array_equal(alpha("multiply", alpha("divide", pixels.copy())), pixels)


# MARK: Profiles


def color_of(profile):
    return library.COLORS.get(library.library().twc_profile_color(profile, c.c_size_t(len(profile))))


def derived(function, profile):
    result = Bytes()
    check(getattr(library.library(), function)(profile, c.c_size_t(len(profile)), c.byref(result)))
    copied = bytes(result.bytes[:result.count])
    c.CDLL(None).free(result.bytes)
    return copied


def gray_of(profile):
    return derived("twc_profile_gray", profile)


def rgb_of(profile):
    return derived("twc_profile_rgb", profile)


def pillow_profile(name):
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


@pytest.mark.parametrize("profile, color", [
    (CMYK, "cmyk"), (ADOBE_RGB, "rgb"), (GRAY, "gray"),
    (pillow_profile("sRGB"), "rgb"), (pillow_profile("LAB"), "lab"), (icc(b"HSV ", {}), None), (b"", None),
    (ADOBE_RGB[:300], None), (ADOBE_RGB[:131], None), (b"x" * 4000, None)])
def test_the_color_of_a_profile_is_read(profile, color):
    assert color_of(profile) == color


def colors_of(profile, mode):
    """L*a*b* of 256 grays through a profile, by Pillow: L from 0 to 255, a and b signed."""
    levels = np.arange(256, dtype=np.uint8)[None]
    image = Image.fromarray(levels if mode == "L" else np.repeat(levels[..., None], 3, -1))
    convert = ImageCms.buildTransform(io.BytesIO(profile), ImageCms.createProfile("LAB"), mode, "LAB",
                                      ImageCms.Intent.RELATIVE_COLORIMETRIC)
    found = np.asarray(ImageCms.applyTransform(image, convert))[0]
    return np.column_stack([found[:, 0], found[:, 1:].view(np.int8)]).astype(int)


def lightness(profile, mode):
    return colors_of(profile, mode)[:, 0]


def soft(r, g, b):
    light = 0.3 * r + 0.6 * g + 0.1 * b
    return 100 * light ** 0.7, 40 * (r - g), 40 * (g - b)


RGB_TABLE = icc(b"RGB ", {b"A2B0": table(3, 17, soft)}, b"scnr")
STEPS = icc(b"RGB ", {
    b"rXYZ": xyz(0.436, 0.2225, 0.0139), b"gXYZ": xyz(0.385, 0.717, 0.097), b"bXYZ": xyz(0.143, 0.0606, 0.714),
    **{name: curve(np.linspace(0, 1, 1024) ** 1.8 * 65535) for name in (b"rTRC", b"gTRC", b"bTRC")}}, b"mntr", b"XYZ ")


@pytest.mark.parametrize("profile", [ADOBE_RGB, STEPS, pillow_profile("sRGB"), RGB_TABLE],
                         ids=["gamma", "points", "formula", "table"])
def test_a_gray_profile_has_the_tone_curve(profile, tmp_path, capfd):
    gray = gray_of(profile)
    assert color_of(gray) == "gray" and gray_of(profile) == gray
    assert np.abs(lightness(gray, "L") - lightness(profile, "RGB")).max() <= 1
    path = tmp_path / "gray.icc"
    path.write_bytes(gray)
    judged = subprocess.run(["exiftool", "-validate", "-icc_profile:all", path], capture_output=True, text=True).stdout
    assert ": OK\n" in judged and "GRAY" in judged and "Gray with the tone curve of" in judged
    assert gray[8] == profile[8] and gray[24:36] == profile[24:36]


def test_libpng_accepts_a_gray_profile(tmp_path, capfd):
    image = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    for index, profile in enumerate([ADOBE_RGB, STEPS, pillow_profile("sRGB"), RGB_TABLE]):
        path = tmp_path / f"{index}.png"
        image.save(path, icc_profile=gray_of(profile))
        assert cv2.imread(str(path)) is not None
    # OpenCV lets libpng print its warnings about a profile.
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("profile", [CMYK, b"", ADOBE_RGB[:200], icc(b"RGB ", {}),
                                     icc(b"RGB ", {b"gTRC": b"curv\0\0\0\0\xff\xff\xff\xff"})])
def test_only_rgb_profiles_become_gray_profiles(profile, capfd):
    with pytest.raises(CodecError) as failure:
        gray_of(profile)
    assert failure.value.code in ("unsupported", "damaged")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", GRAYS)
def test_a_color_profile_keeps_the_look_of_grays(name, tmp_path):
    rgb = rgb_of(GRAYS[name])
    assert color_of(rgb) == "rgb" and rgb_of(GRAYS[name]) == rgb
    assert np.abs(colors_of(rgb, "RGB") - colors_of(GRAYS[name], "L")).max() <= 1
    path = tmp_path / "rgb.icc"
    path.write_bytes(rgb)
    judged = subprocess.run(["exiftool", "-validate", "-icc_profile:all", path], capture_output=True, text=True).stdout
    assert ": OK\n" in judged and "Colors with the tone curve of" in judged
    assert rgb[8] == GRAYS[name][8] and rgb[24:36] == GRAYS[name][24:36]
    # And back to gray.
    assert np.abs(lightness(gray_of(rgb), "L") - lightness(GRAYS[name], "L")).max() <= 1


@pytest.mark.parametrize("profile", [CMYK, ADOBE_RGB, b"", GRAY[:200], icc(b"GRAY", {}),
                                     icc(b"GRAY", {b"kTRC": b"curv\0\0\0\0\xff\xff\xff\xff"})])
def test_only_gray_profiles_become_color_profiles(profile, capfd):
    with pytest.raises(CodecError) as failure:
        rgb_of(profile)
    assert failure.value.code in ("unsupported", "damaged")
    assert capfd.readouterr() == ("", "")


def test_damaged_profiles_never_crash(capfd):
    ink = np.zeros((2, 2, 4), np.uint8)
    for profile in (CMYK, ADOBE_RGB, RGB_TABLE, GRAY, GRAYS["table"]):
        for _ in range(150):
            damaged = bytearray(profile)
            for _ in range(RNG.integers(1, 6)):
                damaged[RNG.integers(0, min(len(damaged), 700))] = RNG.integers(0, 256)
            to_bgr(ink, bytes(damaged))
            for make in (gray_of, rgb_of):
                try:
                    make(bytes(damaged))
                except CodecError:
                    pass
    assert capfd.readouterr() == ("", "")
