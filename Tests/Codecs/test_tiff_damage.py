"""Damaged, truncated or irregular TIFF files: an error with the row, or the right pixels with a note."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from kind_files import clumps, indexed, jbig, lab, log_of, pixarlog, twelve_bits
from library import CodecError, Reader, read
from test_tiff_maker import directory_bytes, header, make, pack, picture

CODERS = {"none": (1, bytes), "lzw": (5, imagecodecs.lzw_encode), "deflate": (8, imagecodecs.zlib_encode),
          "packbits": (32773, imagecodecs.packbits_encode), "zstd": (50000, imagecodecs.zstd_encode),
          "lzma": (34925, imagecodecs.lzma_encode)}


def bgr(array):
    return array[..., ::-1]


def zstd_with_checksum(data):
    if not shutil.which("zstd"):
        pytest.skip("the program zstd is not here")
    return subprocess.run(["zstd", "-qc"], input=data, capture_output=True, check=True).stdout


def outcome(path):
    """Pixels and notes, or the error."""
    try:
        return read(path, rows=9)
    except CodecError as error:
        assert error.reason and not error.reason.endswith(".")
        assert error.code in ("damaged", "unsupported", "not an image"), error
        return error


def kinds(path):
    """A name and a file for each of many kinds."""
    array = picture(90, 120)
    for compression in ("none", "lzw", "deflate", "packbits", "zstd", "lzma", "jpeg", "webp", "lerc"):
        for tile in (None, (64, 48)):
            options = {"compressionargs": {"lossless": True}} if compression == "webp" else {}
            tifffile.imwrite(path, array, photometric="rgb", compression=None if compression == "none" else compression,
                             tile=tile, rowsperstrip=None if tile else 16, metadata=None,
                             predictor=compression in ("lzw", "deflate", "zstd", "lzma") or None, **options)
            yield f"{compression} {'tiles' if tile else 'strips'}"
    for kind in ("group3", "group4", "tiff_ccitt"):
        Image.fromarray(picture(90, 120, 1) > 120).save(path, compression=kind)
        yield kind
    tifffile.imwrite(path, np.moveaxis(array, -1, 0), photometric="rgb", planarconfig="separate", rowsperstrip=16,
                     compression="lzw", bigtiff=True, byteorder=">")
    yield "planes"
    yield from color_kinds(path)


def color_kinds(path):
    """Colors that are converted, and compressions with decoders of our own."""
    def inks(path):
        Image.fromarray(picture(40, 56, 4), "CMYK").save(path)
    for name, write in (("CMYK", inks), ("palette", indexed), ("YCbCr", clumps), ("L*a*b*", lab(8)), ("JBIG", jbig),
                        ("LogLuv", log_of(34676)), ("LogLuv, 24 bits", log_of(34677)), ("12 bits", twelve_bits),
                        ("PixarLog", pixarlog(8)), ("PixarLog, 16 bits", pixarlog(16))):
        write(path)
        yield name


def test_truncation_is_detected(tmp_path):
    path, cut = tmp_path / "a.tif", tmp_path / "b.tif"
    for name in kinds(path):
        whole, expected = path.read_bytes(), read(path)[0]
        for step in range(50):
            length = len(whole) * step // 50 + step % 3
            cut.write_bytes(whole[:length])
            result = outcome(cut)
            if not isinstance(result, CodecError):
                assert np.array_equal(result[0], expected), f"{name} cut at {length} of {len(whole)} gives wrong pixels"


@pytest.mark.parametrize("coder", [name for name in CODERS if name != "none"])
@pytest.mark.parametrize("where", range(8))
def test_noise_in_a_strip_is_detected(tmp_path, coder, where):
    """Checksums, end marks or lengths reveal the damage. In LZW they can miss single changed codes, but not 64 bytes of
    noise."""
    number, encode = CODERS[coder]
    array = picture(96, 100)
    if coder == "packbits":
        array = array // 128 * 128  # Long runs, because noise in literal bytes cannot be detected.
    if coder == "zstd":
        # libtiff writes no checksums, but some files have them.
        encode = zstd_with_checksum
    strips = [encode(array[top:top + 32].tobytes()) for top in (0, 32, 64)]
    rng = np.random.default_rng(where)
    strip = bytearray(strips[1])
    start = 8 + (len(strip) - 80) * where // 8
    strip[start:start + 64] = rng.integers(0, 256, 64).astype(np.uint8).tobytes()
    make(tmp_path / "a.tif", 100, 96, [strips[0], bytes(strip), strips[2]], samples=3, photometric=2, rows=32,
         compression=number)
    error = outcome(tmp_path / "a.tif")
    assert isinstance(error, CodecError) and (error.code, error.row) == ("damaged", 32)


@pytest.mark.parametrize("tile", [False, True])
def test_most_noise_in_jpeg_is_detected(tmp_path, tile):
    """JPEG has no checksum. Noise that happens to decode to as many blocks cannot be detected."""
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, picture(128, 128), photometric="ycbcr", compression="jpeg", tile=(64, 64) if tile else None,
                     rowsperstrip=None if tile else 64, metadata=None)
    with tifffile.TiffFile(path) as file:
        offsets, counts = file.pages[0].dataoffsets, file.pages[0].databytecounts
    index = 2 if tile else 1
    noticed = 0
    for seed in range(20):
        data = bytearray(path.read_bytes())
        middle = offsets[index] + counts[index] * 3 // 4
        data[middle:middle + 100] = np.random.default_rng(seed).integers(0, 256, 100).astype(np.uint8).tobytes()
        (tmp_path / "b.tif").write_bytes(data)
        error = outcome(tmp_path / "b.tif")
        if isinstance(error, CodecError):
            noticed += 1
            assert (error.code, error.row) == ("damaged", 64)
    assert noticed >= 17


@pytest.mark.parametrize("coder", CODERS)
@pytest.mark.parametrize("missing", [False, True])
def test_byte_counts_of_zero_are_noted(tmp_path, coder, missing):
    """Some scanners write such files. The data is complete."""
    number, encode = CODERS[coder]
    array = picture(96, 100)
    for rows in (96, 32):
        strips = [encode(array[top:top + rows].tobytes()) for top in range(0, 96, rows)]
        make(tmp_path / "a.tif", 100, 96, strips, samples=3, photometric=2, rows=rows, compression=number,
             counts=[0] * len(strips), drop=[279] if missing else [])
        pixels, notes = read(tmp_path / "a.tif")
        assert np.array_equal(pixels, bgr(array))
        assert len(notes) == 1 and "how long" in notes[0]


def test_an_offset_beyond_the_end_is_damage(tmp_path):
    array = picture(48, 16, 1)
    for tag in (5, 1):
        strips = [array[top:top + 16].tobytes() for top in (0, 16, 32)]
        strips = [imagecodecs.lzw_encode(strip) for strip in strips] if tag == 5 else strips
        make(tmp_path / "a.tif", 16, 48, strips, rows=16, compression=tag, extra={273: (4, [8, 8 + (1 << 30), 8])})
        error = outcome(tmp_path / "a.tif")
        assert (error.code, error.row) == ("damaged", 16)


def test_missing_uncompressed_rows_are_damage(tmp_path):
    array = picture(40, 30, 1)
    tifffile.imwrite(tmp_path / "a.tif", array, metadata=None, rowsperstrip=40)
    data = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(data[:-15 * 30 + 4])
    error = outcome(tmp_path / "a.tif")
    assert (error.code, error.row) == ("damaged", 25)


def test_a_padded_last_strip_is_read(tmp_path):
    array = picture(40, 30, 1)
    padded = np.vstack([array, np.zeros((8, 30), np.uint8)])
    for number, encode in CODERS.values():
        make(tmp_path / "a.tif", 30, 40, [encode(padded[top:top + 16].tobytes()) for top in (0, 16, 32)], rows=16,
             compression=number)
        assert np.array_equal(read(tmp_path / "a.tif")[0], array)


def test_a_circular_chain_of_directories_is_noted(tmp_path):
    data = bytearray(make(tmp_path / "a.tif", 4, 4, [bytes(range(16))]))
    start = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[start:start + 2], "little")
    data[start + 2 + 12 * count:start + 6 + 12 * count] = start.to_bytes(4, "little")
    (tmp_path / "a.tif").write_bytes(data)
    pixels, notes = read(tmp_path / "a.tif")
    assert pixels.shape == (4, 4) and "leads back" in notes[0]


def test_unsorted_and_unknown_fields_are_harmless(tmp_path):
    array = picture(8, 8, 1)
    fields = {279: (4, 64), 256: (4, 8), 65000: (2, b"what\0"), 257: (4, 8), 273: (4, 8), 262: (3, 1), 258: (3, 8),
              277: (3, 1), 278: (4, 8), 259: (3, 1)}
    data = header(72) + array.tobytes() + directory_bytes(fields, 72, unsorted=True)
    (tmp_path / "a.tif").write_bytes(data)
    assert np.array_equal(read(tmp_path / "a.tif")[0], array)


@pytest.mark.parametrize("fields", [
    dict(extra={322: (4, 1 << 20), 323: (4, 1 << 20), 324: (4, 8), 325: (4, 100)}, compression=8),
    dict(extra={256: (4, 1 << 20), 257: (4, 1000), 278: (4, 1000)}, samples=16, bits=16, compression=34887),
    dict(extra={322: (4, 1 << 31), 323: (4, 1 << 31), 324: (4, 8), 325: (4, 100)})])
def test_absurd_blocks_are_refused(tmp_path, fields):
    make(tmp_path / "a.tif", 64, 64, [bytes(5000)], **fields)
    assert isinstance(outcome(tmp_path / "a.tif"), CodecError)


@pytest.mark.parametrize("side", [0, 1 << 21])
def test_impossible_sizes_are_refused(tmp_path, side):
    make(tmp_path / "a.tif", side, 8, [bytes(100)])
    with pytest.raises(CodecError):
        read(tmp_path / "a.tif")


def test_nothing_is_printed(tmp_path):
    """Damaged files of all kinds, in a process of its own, whose output is checked."""
    script = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
import test_tiff_damage as tests
import numpy as np
path = Path({str(tmp_path)!r}) / "a.tif"
for name in tests.kinds(path):
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(1)
    for _ in range(40):
        changed = bytearray(data)
        for _ in range(4):
            changed[rng.integers(8, len(changed))] = rng.integers(256)
        path.write_bytes(changed)
        tests.outcome(path)
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=os.environ)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_an_uncompressed_tile_that_is_short_costs_no_memory(tmp_path):
    make(tmp_path / "a.tif", 24, 20, [bytes(768)], tile=(8192, 8192), samples=3, photometric=2)
    assert outcome(tmp_path / "a.tif").code == "damaged"
    # In a process of its own, because other tests may have raised the peak of this one.
    script = "import sys, test_tiff_damage as test; test.outcome(sys.argv[1]); print(open('/proc/self/status').read())"
    said = subprocess.run([sys.executable, "-c", script, tmp_path / "a.tif"], cwd=Path(__file__).parent, check=True,
                          capture_output=True, text=True).stdout
    assert int(said.split("VmHWM:")[1].split()[0]) < 180 << 10


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_damaged_row_of_a_turned_image_is_the_stored_one(tmp_path, orientation):
    array = picture(64, 40, 1)
    make(tmp_path / "a.tif", 40, 64, [array[:32].tobytes(), array[32:-1].tobytes()], rows=32,
         extra={274: (3, orientation)})
    error = outcome(tmp_path / "a.tif")
    assert (error.code, error.row) == ("damaged", 63)
    assert ("as stored" in error.reason) == (orientation > 2)


@pytest.mark.parametrize("big, start", [(False, (4 << 30) - 9000), (True, (5 << 30) + 6)])
def test_data_beyond_4_gib_is_read(tmp_path, big, start):
    """Sparse files: the directory at the front, strips at the far end."""
    array = picture(64, 100, 1)
    strips = [array[top:top + 32].tobytes() for top in (0, 32)]
    offsets = [start, start + 3300]
    make(tmp_path / "a.tif", 100, 64, strips, big=big, rows=32,
         extra={273: (16 if big else 4, offsets)})
    with (tmp_path / "a.tif").open("r+b") as file:
        for offset, strip in zip(offsets, strips):
            file.seek(offset)
            file.write(strip)
    assert np.array_equal(read(tmp_path / "a.tif", rows=9)[0], array)


@pytest.mark.parametrize("change, words", [
    (lambda data: data[:6], "the header of the TIFF file"),
    (lambda data: data[:4] + b"\xff\xff\xff\x7f" + data[8:], "directory"),
    (lambda data: data[:4] + bytes(4) + data[8:], "the file has no directory")])
def test_a_damaged_header_makes_every_row_damaged(tmp_path, change, words):
    path = tmp_path / "a.tif"
    path.write_bytes(change(make(path, 4, 4, [bytes(16)])))
    error = outcome(path)
    assert (error.code, error.row) == ("damaged", 0) and words in error.reason


def test_a_missing_color_map_is_noted(tmp_path):
    """Indices of 8 bits are gray levels for libtiff."""
    make(tmp_path / "a.tif", 4, 4, [bytes(16)], photometric=3)
    assert outcome(tmp_path / "a.tif")[1] == [
        "the file has no color map for its palette; its samples were taken for gray"]
    make(tmp_path / "a.tif", 4, 4, [bytes(16)], photometric=3, bits=4)
    error = outcome(tmp_path / "a.tif")
    assert (error.code, error.row) == ("damaged", 0) and "Colormap" in error.reason
