"""Deflate without matches. zlib and libdeflate decode it, and its size is compared with zlib's."""

import ctypes as c
import heapq
import zlib

import cv2
import imagecodecs
import numpy as np
import pytest

from library import Reader, library, write, write_indexed
from test_png_write import chunks, judge

SPARE, BLOCK, LONGEST = 512, 128 << 10, 14


def literals(data, is_last=True, capacity=None):
    """A piece; empty if it does not fit. Bytes behind the capacity must not be touched."""
    function = library().twc_png_literals
    function.restype = c.c_size_t
    capacity = len(data) + len(data) // 64 + 4096 if capacity is None else capacity
    piece = c.create_string_buffer(b"\xA5" * (capacity + 64), capacity + 64)
    count = function(data, c.c_size_t(len(data)), is_last, piece, c.c_size_t(capacity))
    assert piece.raw[capacity:] == b"\xA5" * 64
    return piece.raw[:count]


def deflate(data, is_last=True):
    """The writer's deflate data of a band."""
    codecs = library()
    codecs.twc_png_deflater_open.restype = c.c_void_p
    codecs.twc_png_deflate.restype = codecs.twc_png_deflate_bound.restype = c.c_size_t
    bound = codecs.twc_png_deflate_bound(c.c_size_t(len(data)))
    deflater, piece = c.c_void_p(codecs.twc_png_deflater_open(c.c_uint32(1))), c.create_string_buffer(bound)
    count = codecs.twc_png_deflate(deflater, data, c.c_size_t(len(data)), is_last, piece, c.c_size_t(bound))
    codecs.twc_png_deflater_close(deflater)
    return piece.raw[:count]


def inflate(piece):
    """Decompresses by zlib. The end of the stream has to be the end of the bytes."""
    stream = zlib.decompressobj(-15)
    data = stream.decompress(piece)
    assert stream.eof and not stream.unused_data
    return data


def huffman_only(data):
    stream = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_HUFFMAN_ONLY)
    return stream.compress(data) + stream.flush()


def draw(weights, count, seed=3):
    """Random bytes. Each value occurs, with about its weight."""
    rng, values = np.random.default_rng(seed), np.arange(len(weights))
    rest = rng.choice(values, count - len(values), p=np.array(weights) / sum(weights))
    return rng.permutation(np.concatenate([values, rest])).astype(np.uint8).tobytes()


def exactly(counts):
    values = np.repeat(np.arange(len(counts)), counts).astype(np.uint8)
    return np.random.default_rng(4).permutation(values).tobytes()


def steep(ones, more):
    """Counts that make Huffman's tree as deep as possible: each is larger than the sum of all before it, except for its
    direct predecessor."""
    counts = [1] * ones
    for _ in range(more):
        # The end of the block counts as 1.
        counts.append(sum(counts[:-1]) + 2)
    return counts


def deepest(data):
    """The length of the longest code that Huffman's algorithm gives to a byte or to the end of the block."""
    counts = [(int(count), 0) for count in np.bincount(np.frombuffer(data, np.uint8)) if count] + [(1, 0)]
    heapq.heapify(counts)
    while len(counts) > 1:
        left, right = heapq.heappop(counts), heapq.heappop(counts)
        heapq.heappush(counts, (left[0] + right[0], max(left[1], right[1]) + 1))
    return counts[0][1]


def noise(count, spread=6, seed=2):
    """Bytes with the distribution of a filtered photograph."""
    return np.random.default_rng(seed).normal(0, spread, count).round().astype(np.int64).astype(np.uint8).tobytes()


RANDOM = np.random.default_rng(1).integers(0, 256, 3 * BLOCK, np.uint8).tobytes()
CASES = {
    "none": b"", "one": b"x", "two": b"xy", "twice": b"xx", "three": b"xyx", "zero": b"\0", "last": b"\xFF",
    "some": bytes(range(7)), "every": bytes(range(256)), "backwards": bytes(range(255, -1, -1)) * 3,
    "one value": b"\x80" * 100_000, "only zeros": bytes(BLOCK), "only 255": b"\xFF" * (BLOCK + 1),
    "two values": draw([1, 1], 50_000), "two, one of them rare": draw([1, 5000], 50_000),
    "far apart": exactly([3] + [0] * 254 + [500]), "gaps of 2": exactly([5, 0, 0] * 85), "gaps of 10": exactly(
        ([9] + [0] * 10) * 23), "gaps of 138 and 139": exactly([1] + [0] * 138 + [1] + [0] * 20 + [1]) + exactly(
        [1] + [0] * 139 + [1]), "random": RANDOM, "equal": bytes(range(256)) * 256,
    "steep": exactly(steep(1, 20)), "steep backwards": exactly(steep(1, 20)[::-1]),
    "steep among many": exactly(steep(240, 11)), "powers": exactly([2 ** n for n in range(15)]),
    "noise": noise(1_000_000), "little noise": noise(300_000, 0.4), "changing": b"".join(
        part for n in range(6) for part in (noise(BLOCK, 3 + n, n), bytes([n]) * BLOCK, RANDOM[n:n + 5000])),
    **{f"{BLOCK + n}": noise(BLOCK + n) for n in (-1, 0, 1, 2, 3, 4, BLOCK, BLOCK + 1)},
    **{f"random {n}": RANDOM[:n] for n in (3, 4, 5, 8, 15, 100, 257, 4099)},
}


@pytest.mark.parametrize("name", CASES)
def test_decoders_find_the_bytes(name):
    data = CASES[name]
    piece = literals(data)
    assert inflate(piece) == data
    if data:
        # libdeflate
        assert imagecodecs.deflate_decode(piece, raw=True, out=len(data)) == data
    # Pieces follow each other on whole bytes.
    first = literals(data, is_last=False)
    assert first[-4:] == b"\0\0\xFF\xFF"
    assert inflate(first + literals(b"between", is_last=False) + first + piece) == data + b"between" + data + data


@pytest.mark.parametrize("name", CASES)
def test_the_size_is_near_zlibs(name):
    """zlib's files may be a little smaller: its blocks of 32 KiB suit changing bytes better, and its fixed codes suit
    small data."""
    data = CASES[name]
    assert len(literals(data)) <= (1.03 if name == "changing" else 1.002) * len(huffman_only(data)) + 90


@pytest.mark.parametrize("name", ["steep", "steep backwards", "steep among many"])
def test_cases_need_the_limit_of_code_lengths(name):
    """The limit increases the size only a little."""
    data = CASES[name]
    assert len(data) <= BLOCK and deepest(data) > LONGEST
    assert len(literals(data)) <= 1.001 * len(huffman_only(data)) + 20


@pytest.mark.parametrize("seed", range(300))
def test_any_frequencies_are_encoded(seed):
    rng = np.random.default_rng(seed)
    values = int(rng.integers(1, 257))
    weights = rng.random(values) ** rng.integers(1, 60) + 1e-9
    data = rng.permutation(256).astype(np.uint8)[np.frombuffer(draw(weights, int(rng.integers(values, 150_000))),
                                                               np.uint8)].tobytes()
    piece = literals(data)
    assert inflate(piece) == data
    assert len(piece) <= 1.01 * len(huffman_only(data)) + 90


def test_the_capacity_is_respected():
    for data in (b"", b"abc", noise(5000), noise(BLOCK + 700)):
        for is_last in (True, False):
            piece = literals(data, is_last)
            assert literals(data, is_last, len(piece) + SPARE) == piece
            for capacity in {0, 1, 7, 100, SPARE - 1, len(piece) // 2, len(piece), len(piece) + SPARE - 8}:
                assert capacity < SPARE or literals(data, is_last, capacity) == b""


def test_noise_has_literals_only():
    for count in (100_000, 256 << 10, 700_001, 1 << 20, 5 << 20):
        for is_last in (True, False):
            assert deflate(noise(count), is_last) == literals(noise(count), is_last)


def repeated(period, count=1 << 20):
    """Repeated bytes, with a few changes, so that each repeat ends."""
    data = bytearray((noise(period, 40) * (count // period + 1))[:count])
    for at in range(0, count, 997):
        data[at] ^= 1
    return bytes(data)


@pytest.mark.parametrize("period", [1, 3, 4, 100, 1000, 3000])
def test_repeated_bytes_have_matches(period):
    data = repeated(period)
    piece = deflate(data)
    assert inflate(piece) == data
    assert len(piece) < len(literals(data)) / 4


def test_flat_areas_between_samples_are_found():
    """A flat area of a twentieth of a band, at any place."""
    for at in range(0, 1 << 20, 50_000):
        data = bytearray(noise(1 << 20))
        data[at:at + 53_000] = bytes(len(data[at:at + 53_000]))
        piece = deflate(bytes(data))
        assert inflate(piece) == data
        assert len(piece) <= 1.02 * len(zlib.compress(data, 1)) and piece != literals(bytes(data))


@pytest.mark.parametrize("count", [0, 1, 2, 10, 300, 5000, 60_000])
def test_small_pieces_are_compressed_in_every_way(count):
    for data in (noise(count), bytes(count), RANDOM[:count], repeated(100, count)):
        piece = deflate(data)
        assert inflate(piece) == data
        assert len(piece) <= len(data) + 64 and len(piece) <= len(literals(data)) + 64


def photograph(channels, dtype, height, width):
    """A photograph, with a flat half below. The right part of its lower end is noise."""
    rng = np.random.default_rng(channels)
    smooth = cv2.GaussianBlur(rng.integers(0, 256, (height, width, 4), np.uint8), (0, 0), 4)[..., :channels]
    pixels = cv2.normalize(smooth, None, 20, 230, cv2.NORM_MINMAX).reshape(height, width, channels).astype(np.int64)
    pixels += rng.normal(0, 4, pixels.shape).round().astype(np.int64)
    pixels[height // 2:, :width // 2] = 99
    pixels[height // 2:height * 3 // 4] = 200
    if dtype == np.uint16:
        pixels = pixels * 256 + rng.integers(0, 256, pixels.shape)
    pixels = pixels.clip(0, np.iinfo(dtype).max).astype(dtype)
    return pixels[..., 0] if channels == 1 else pixels


@pytest.mark.parametrize("channels,dtype,height,width", [
    (1, np.uint8, 2400, 1900), (3, np.uint8, 1600, 1300), (4, np.uint8, 1500, 1100), (1, np.uint16, 1700, 1600),
    (3, np.uint16, 1100, 1000), (4, np.uint16, 900, 800)])
def test_images_with_flat_and_noisy_bands_are_written(tmp_path, channels, dtype, height, width):
    """Some bands have matches and others have none. All decoders find the pixels, in whole images and in rows."""
    pixels = photograph(channels, dtype, height, width)
    path, files = tmp_path / "out.png", set()
    for threads in (1, 2, 5):
        index = write_indexed(path, "png", pixels, threads=threads)
        files.add(path.read_bytes())
    assert len(files) == 1
    judge(path, pixels)
    assert len(files.pop()) <= 1.15 * len(cv2.imencode(".png", pixels)[1])
    if dtype == np.uint8:
        kinds = band_kinds(path)
        assert len(kinds) > 8 and {"literals", "other"} == set(kinds)
    rng = np.random.default_rng(6)
    for _ in range(12):
        first, end = sorted(int(row) for row in rng.choice(height + 1, 2, replace=False))
        with Reader(path, part=(first, end - first), index=index) as reader:
            assert np.array_equal(reader.rows(end - first), pixels[first:end])
            reader.finish()


def band_kinds(path):
    """For each band, whether it has only literals."""
    bands = [body for name, body in chunks(path) if name == b"IDAT"]
    bands[0] = bands[0][2:]
    kinds = []
    for index, band in enumerate(bands):
        is_last = index == len(bands) - 1
        data = zlib.decompressobj(-15).decompress(band)
        kinds.append("literals" if literals(data, is_last) == band[:-4 if is_last else None] else "other")
    return kinds


def test_gray_with_alpha_is_written(tmp_path):
    gray, alpha = photograph(1, np.uint8, 900, 1100), photograph(4, np.uint8, 900, 1100)[..., 3]
    write(tmp_path / "out.png", "png", np.dstack([gray, gray, gray, alpha]), is_gray_alpha=True)
    judged = imagecodecs.png_decode((tmp_path / "out.png").read_bytes())
    assert np.array_equal(judged, np.dstack([gray, alpha]))
