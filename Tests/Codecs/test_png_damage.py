"""Damage in PNG files is detected, with the row from which on pixels may be wrong. Harmless irregularities get a
note."""

import struct
import zlib

import numpy as np
import pytest

from library import CodecError, Reader, read
from png_files import KINDS, SIGNATURE, chunk, data, header, palette, pixels, png, raw, samples


def saved(tmp_path, content):
    path = tmp_path / "file.png"
    path.write_bytes(content)
    return path


def failure(path, code="damaged", **options):
    with pytest.raises(CodecError) as error:
        read(path, **options)
    assert error.value.code == code, error.value
    return error.value


def outcome(path, right, trusted=True):
    """An error, or the right rows. Rows before the one that the error names are right, too."""
    try:
        with Reader(path) as reader:
            found = reader.empty(reader.info.height, reader.info.width)
            try:
                if reader.info.needs_whole_buffer:
                    found = reader.all()
                else:
                    for row in range(reader.info.height):
                        found[row] = reader.rows(1)[0]
                reader.finish()
            except CodecError as error:
                assert error.code == "damaged" and error.row >= 0 and error.reason
                if trusted and not reader.info.needs_whole_buffer:
                    assert np.array_equal(found[:error.row], right[:error.row])
                return error, []
            assert np.array_equal(found, right)
            return None, reader.notes
    except CodecError as error:
        assert error.code == "damaged" and error.reason
        return error, []


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("color,depth", KINDS)
def test_truncation_is_detected(tmp_path, color, depth, interlaced):
    values = samples(31, 37, depth, color)
    right = pixels(values, depth, color)
    content = png(values, depth, color, interlaced, after=chunk(b"tEXt", b"Title\0behind"))
    for length in sorted({*np.linspace(8, len(content) - 1, 50).astype(int), *range(len(content) - 60, len(content))}):
        error, notes = outcome(saved(tmp_path, content[:length]), right)
        assert error or notes, f"{length} of {len(content)} bytes were taken for a whole file"


def test_the_error_names_the_row_of_the_end(tmp_path):
    values = samples(100, 80, 8, 2)
    content = png(values, 8, 2, split=1000)
    rows = [failure(saved(tmp_path, content[:length])).row for length in (3000, 9000, 14000, 18000)]
    assert rows == sorted(rows) and rows[0] > 5 and rows[-1] < 100
    assert "pixel data ends at row" in failure(saved(tmp_path, content[:9000])).reason


def test_a_missing_end_behind_all_rows_is_noted(tmp_path):
    values = samples(20, 30, 8, 2)
    whole = png(values, 8, 2, split=1 << 20)
    right = pixels(values, 8, 2)
    for behind, note in [(12, "no end marker"), (13, "the end of the file"), (16, "checksum of the pixel data"),
                         (20, "checksum of the pixel data")]:
        error, notes = outcome(saved(tmp_path, whole[:-behind]), right)
        assert error is None and any(note in entry for entry in notes), (behind, error, notes)


def test_junk_behind_the_end_is_noted(tmp_path):
    values = samples(20, 30, 8, 2)
    error, notes = outcome(saved(tmp_path, png(values, 8, 2) + b"x" * 17), pixels(values, 8, 2))
    assert error is None and notes == ["junk of 17 bytes behind the end of the image was ignored"]


def test_a_wrong_checksum_of_a_chunk_is_detected(tmp_path):
    """The error names the rows since the chunk's start, although all of them were decoded before its checksum."""
    values = samples(100, 80, 8, 2)
    content = bytearray(png(values, 8, 2, split=2000))
    at = [index for index in range(len(content)) if content[index:index + 4] == b"IDAT"]
    content[at[4] - 5] ^= 1
    error = failure(saved(tmp_path, content))
    assert "checksum" in error.reason and 20 <= error.row <= 30
    error, _ = outcome(saved(tmp_path, content), pixels(values, 8, 2))
    assert error.row <= 30


def test_flipped_bits_are_detected(tmp_path):
    for color, depth, interlaced in [(2, 8, False), (3, 4, False), (6, 16, False), (0, 1, False), (2, 8, True)]:
        values = samples(31, 37, depth, color)
        right = pixels(values, depth, color)
        content = png(values, depth, color, interlaced, split=700)
        start = content.index(b"IDAT") - 4
        for position in np.random.default_rng(4).integers(start, len(content), 300):
            changed = bytearray(content)
            changed[position] ^= 1 << position % 8
            error, notes = outcome(saved(tmp_path, changed), right)
            assert error or notes, (position - start, len(content) - start)


def test_a_wrong_checksum_of_all_pixels_is_detected(tmp_path):
    """All rows are there, but the checksum of all pixels contradicts them."""
    values = samples(20, 30, 8, 2)
    compressed = bytearray(zlib.compress(raw(values, 8)))
    compressed[-1] ^= 1
    for interlaced in (False, True):
        if interlaced:
            compressed = bytearray(zlib.compress(raw(values, 8, True)))
            compressed[-1] ^= 1
        content = (SIGNATURE + header(30, 20, 8, 2, int(interlaced)) + chunk(b"IDAT", bytes(compressed))
                   + chunk(b"IEND"))
        error = failure(saved(tmp_path, content))
        assert error.row == 0 and "checksum of all pixel data" in error.reason


def test_surplus_pixel_data_is_noted(tmp_path):
    values = samples(20, 30, 8, 2)
    right = pixels(values[:15], 8, 2)
    compressed = zlib.compress(raw(values, 8))
    for parts in ([compressed], [compressed[:500], compressed[500:]]):
        content = (SIGNATURE + header(30, 15, 8, 2) + b"".join(chunk(b"IDAT", part) for part in parts)
                   + chunk(b"IEND"))
        error, notes = outcome(saved(tmp_path, content), right)
        assert error is None and notes == ["pixel data behind the last row was ignored"]
    whole = data(values[:15], 8)
    for extra in (chunk(b"IDAT", b"more of it"), chunk(b"IDAT", compressed)):
        content = SIGNATURE + header(30, 15, 8, 2) + whole + extra + chunk(b"IEND")
        error, notes = outcome(saved(tmp_path, content), right)
        assert error is None and notes == ["pixel data behind the last row was ignored"]


@pytest.mark.parametrize("interlaced", [False, True])
def test_the_end_may_be_in_a_chunk_of_its_own(tmp_path, interlaced):
    """The stream can be cut into chunks anywhere, even inside its checksum. Empty chunks are allowed."""
    values = samples(20, 30, 8, 2)
    compressed = zlib.compress(raw(values, 8, interlaced))
    for cut in range(1, 16):
        for between in (b"", chunk(b"IDAT")):
            content = (SIGNATURE + header(30, 20, 8, 2, int(interlaced)) + chunk(b"IDAT", compressed[:-cut]) + between
                       + chunk(b"IDAT", compressed[-cut:]) + between + chunk(b"IEND"))
            error, notes = outcome(saved(tmp_path, content), pixels(values, 8, 2))
            assert error is None and notes == []
        error, notes = outcome(saved(tmp_path, content[:content.index(b"IDAT", 100) - 4]), pixels(values, 8, 2))


def test_wrong_lengths_of_chunks_are_detected(tmp_path):
    """With a wrong length, bytes behind the chunk are taken for pixels, or pixels for the next chunk."""
    for seed, (color, depth) in enumerate([(2, 8), (0, 8), (3, 8), (0, 1), (6, 16)]):
        values = np.repeat(samples(31, 37, depth, color, seed), 3, axis=0)
        right = pixels(values, depth, color)
        for split in (40, 100, 400, 1000):
            content = png(values, depth, color, split=split)
            at = [index - 4 for index in range(len(content)) if content[index:index + 4] == b"IDAT"]
            for start in at[-12:]:
                length = struct.unpack(">I", content[start:start + 4])[0]
                for wrong in (0x7FFFFFFF, length + (1 << 20), len(content) - start - 8, len(content) - start + 4,
                              length + 1, length + 4, length + 12, length + 16, max(length - 1, 0), 0):
                    changed = content[:start] + struct.pack(">I", wrong) + content[start + 4:]
                    error, notes = outcome(saved(tmp_path, changed), right)
                    assert error or notes or wrong == length


def test_missing_rows_are_detected(tmp_path):
    values = samples(20, 30, 8, 2)
    content = SIGNATURE + header(30, 25, 8, 2) + data(values, 8) + chunk(b"IEND")
    error = failure(saved(tmp_path, content))
    assert error.row == 20 and error.reason == "pixel data ends at row 20 of 25"


def broken(content):
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize("content,reason", [
    (broken(header(30, 20, 8, 2)), "IHDR"),
    (header(0, 20, 8, 2), "0×20"),
    (header(30, 20, 3, 2), "3 bits"),
    (header(30, 20, 8, 5), "color type 5"),
    (chunk(b"IHDR", b"\0" * 12), "12 bytes"),
    (chunk(b"tEXt", b"Title\0first"), "IHDR"),
    (header(30, 20, 8, 2) + header(30, 20, 8, 2), "two chunks IHDR"),
    (header(30, 20, 8, 3), "palette is missing"),
    (header(30, 20, 8, 3) + chunk(b"PLTE", b"12"), "palette has 2 bytes"),
    (header(30, 20, 8, 3) + chunk(b"PLTE", b"1" * 771), "palette has 771 bytes"),
    (header(30, 20, 8, 3) + broken(chunk(b"PLTE", palette(8).tobytes())), "PLTE"),
    (header(30, 20, 8, 3) + chunk(b"PLTE", b"123") * 2, "two palettes"),
    (header(30, 20, 8, 2) + broken(chunk(b"tRNS", b"123456")), "tRNS"),
    (header(30, 20, 8, 2) + chunk(b"tRNS", b"1234"), "tRNS"),
    (header(30, 20, 8, 2) + chunk(b"tRNS", b"123456") * 2, "two chunks tRNS"),
])
def test_contradictory_headers_are_damage(tmp_path, content, reason):
    values = samples(20, 30, 8, 2 if b"PLTE" not in content else 3)
    error = failure(saved(tmp_path, SIGNATURE + content + data(values, 8) + chunk(b"IEND")))
    assert reason in error.reason


def test_missing_pixels_are_detected(tmp_path):
    error = failure(saved(tmp_path, SIGNATURE + header(30, 20, 8, 2) + chunk(b"IEND")))
    assert error.row == 0 and "pixel data is missing" in error.reason


@pytest.mark.parametrize("wrong,note", [
    (broken(chunk(b"tEXt", b"Title\0text")), "the chunk tEXt was left out: its checksum is wrong"),
    (broken(chunk(b"eXIf", b"II*\0\x08\0\0\0\0\0")), "the chunk eXIf was left out: its checksum is wrong"),
    (chunk(b"gAMA", b"123"), "the chunk gAMA was left out: it has 3 bytes, not 4"),
    (chunk(b"gAMA", b"1234") * 2, "a second chunk gAMA was left out"),
    (chunk(b"tEXt", b"no zero"), "a text was left out: its keyword is wrong"),
    (chunk(b"tEXt", b"k" * 90 + b"\0text"), "a text was left out: its keyword is wrong"),
    (chunk(b"eXIf", b"nothing"), "the EXIF block was left out: it does not begin as one"),
    (chunk(b"iCCP", b"name\0\0nothing"), "the ICC profile was left out: its compression is damaged"),
    (chunk(b"iCCP", b"name\0\0" + zlib.compress(b"x" * 200)[:-3]),
     "the ICC profile was left out: its compression is damaged"),
    (chunk(b"iCCP", b"name\0\0" + zlib.compress(b"x" * 200)), "the ICC profile was left out: its header is wrong"),
    (chunk(b"iCCP", b"name\0\1" + zlib.compress(b"x" * 200)), "the ICC profile was left out: its chunk begins wrongly"),
    (chunk(b"bKGD", b"123456"), "the PNG chunk bKGD was left out"),
    (chunk(b"bKGD", b"123456") + chunk(b"sBIT", b"\x05\x05\x05"), "the PNG chunks bKGD, sBIT were left out"),
    (chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0nothing"), "the XMP packet was left out: its compression is damaged"),
    (chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0"), "the XMP packet was left out: its chunk begins wrongly"),
    (chunk(b"zTXt", b"Raw profile type exif\0\0nothing"),
     "the text 'Raw profile type exif' was left out: its compression is damaged"),
    (chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 3\n4142\n"),
     "the text 'Raw profile type exif' was left out: its digits are damaged"),
    (chunk(b"tEXt", b"Raw profile type icc\0\nicc\n 2\n4142\n"),
     "the text 'Raw profile type icc' was left out: there is no such profile in it"),
    (chunk(b"PLTE", b"123456"), "a palette was ignored, since pixels do not refer to it"),
])
def test_damaged_side_chunks_are_noted(tmp_path, wrong, note):
    """Damaged chunks before or behind the pixels do not affect the pixels."""
    values = samples(20, 30, 8, 2)
    for before, after in ((wrong, b""), (b"", wrong)):
        error, notes = outcome(saved(tmp_path, png(values, 8, 2, before=before, after=after)), pixels(values, 8, 2))
        if after and wrong[4:8] == b"PLTE":
            note = "the chunk PLTE behind the pixels was ignored"
        assert error is None and notes == [note]


def test_bombs_are_left_out_with_a_note(tmp_path):
    """Small files that become large: texts that are decompressed, and a header that claims too much."""
    values = samples(20, 30, 8, 2)
    bomb = zlib.compress(b"\0" * (100 << 20), 9)
    for wrong, what in [(chunk(b"iCCP", b"name\0\0" + bomb), "the ICC profile"),
                        (chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb), "the XMP packet"),
                        (chunk(b"zTXt", b"Raw profile type exif\0\0" + bomb), "the text 'Raw profile type exif'")]:
        error, notes = outcome(saved(tmp_path, png(values, 8, 2, before=wrong)), pixels(values, 8, 2))
        assert error is None and notes == [what + " was left out: it becomes too large"]
    many = chunk(b"zTXt", b"Raw profile type exif\0\0" + bomb) * 30
    error, notes = outcome(saved(tmp_path, png(values, 8, 2, before=many)), pixels(values, 8, 2))
    assert error is None and len(notes) <= 16
    # Texts that need not be decompressed are kept unchanged.
    error, notes = outcome(saved(tmp_path, png(values, 8, 2, before=chunk(b"zTXt", b"Comment\0\0" + bomb))),
                           pixels(values, 8, 2))
    assert error is None and notes == []
    promised = SIGNATURE + header(30000, 30000, 16, 6) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND")
    with Reader(saved(tmp_path, promised)) as reader, pytest.raises(CodecError) as error:
        reader.rows(1)
    assert error.value.code == "damaged" and error.value.row == 0


def test_the_number_of_chunks_is_limited(tmp_path):
    values = samples(20, 30, 8, 2)
    for side in (chunk(b"tEXt", b"Title\0x"), chunk(b"bKGD"), chunk(b"gAMA", b"1234"), chunk(b"zzzz")):
        error, notes = outcome(saved(tmp_path, png(values, 8, 2, before=side * 300_000)), pixels(values, 8, 2))
        assert error is None and "chunks after the first 10000 beside the pixels were left out" in notes
    many = SIGNATURE + header(30, 20, 8, 2) + data(values, 8) + chunk(b"IDAT") * 300_000 + chunk(b"IEND")
    error, notes = outcome(saved(tmp_path, many), pixels(values, 8, 2))
    assert error is None and notes == []


def test_a_too_small_window_is_harmless(tmp_path):
    """Old optimizers wrote such files. The checksum confirms the pixels."""
    values = np.tile(samples(10, 500, 8, 2), (8, 1, 1))
    compressed = bytearray(zlib.compress(raw(values, 8), 9))
    compressed[0] = 0x18
    compressed[1] = 31 - (compressed[0] << 8) % 31
    content = SIGNATURE + header(500, 80, 8, 2) + chunk(b"IDAT", bytes(compressed)) + chunk(b"IEND")
    error, _ = outcome(saved(tmp_path, content), pixels(values, 8, 2))
    assert error is None


def test_libpng_prints_nothing(tmp_path, capfd):
    """No message of libpng reaches the process's own output."""
    values = samples(20, 30, 8, 2)
    for content in (png(values, 8, 2)[:700], png(values, 8, 2, before=chunk(b"iCCP", b"x\0\0y")),
                    SIGNATURE + header(30, 25, 8, 2) + data(values, 8) + chunk(b"IEND"),
                    SIGNATURE + header(30, 15, 8, 2) + data(values, 8) + chunk(b"IEND")):
        try:
            read(saved(tmp_path, content))
        except CodecError:
            pass
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err == ""
