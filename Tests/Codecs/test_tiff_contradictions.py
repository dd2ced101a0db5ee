"""TIFF files whose directory contradicts their data. They never give a complete image of something else."""

import numpy as np
import pytest
import tifffile

from library import CodecError, read
from test_tiff_maker import make, picture


def refused(path):
    with pytest.raises(CodecError) as error:
        read(path)
    return error.value.code, error.value.reason


@pytest.mark.parametrize("tile", [None, (4, 16, 16)])
def test_volumes_are_refused(tmp_path, tile):
    volume = np.stack([picture(16, 16, 1, seed=seed) for seed in range(8)])
    tifffile.imwrite(tmp_path / "a.tif", volume, volumetric=True, photometric="minisblack", metadata=None, tile=tile,
                     **({} if tile else {"rowsperstrip": 16}))
    code, reason = refused(tmp_path / "a.tif")
    assert code == "unsupported" and reason == "a TIFF file of a volume (8 slices) cannot be read"


@pytest.mark.parametrize("compression", [1, 4, 5, 8])
@pytest.mark.parametrize("tile", [None, (16, 16)])
def test_an_image_without_any_strip_is_damage(tmp_path, compression, tile):
    """As a program leaves a file if it is stopped before the first row."""
    zeros = {324 if tile else 273: (4, [0, 0]), 325 if tile else 279: (4, [0, 0])}
    bits = 1 if compression == 4 else 8
    make(tmp_path / "a.tif", 16, 32, [b"", b""], rows=16, tile=tile, compression=compression, bits=bits, extra=zeros)
    code, reason = refused(tmp_path / "a.tif")
    assert code == "damaged" and f"no {'tile' if tile else 'strip'} of the image is stored" in reason


@pytest.mark.parametrize("compression", [2, 3, 4, 32771])
@pytest.mark.parametrize("bits, samples", [(8, 1), (8, 3), (1, 3), (16, 1)])
def test_fax_of_more_than_a_bit_is_refused(tmp_path, compression, bits, samples):
    make(tmp_path / "a.tif", 16, 16, [bytes(60)], compression=compression, bits=bits, samples=samples,
         photometric=2 if samples == 3 else 1)
    code, reason = refused(tmp_path / "a.tif")
    assert code == "unsupported" and "CCITT compression" in reason


def test_a_missing_number_of_bits_must_fit_the_rows(tmp_path):
    """Without the field it is 1 bit, as in fax files. Rows of 8 bits contradict that."""
    array = picture(32, 24)
    strips = [array[:16].tobytes(), array[16:].tobytes()]
    make(tmp_path / "a.tif", 24, 32, strips, rows=16, samples=3, photometric=2, drop=[258])
    code, reason = refused(tmp_path / "a.tif")
    assert code == "damaged" and "how many bits" in reason
    bits = picture(32, 24, 1) > 120
    make(tmp_path / "a.tif", 24, 32, [np.packbits(bits[:16], axis=1).tobytes(), np.packbits(bits[16:], axis=1).tobytes()],
         rows=16, drop=[258])
    pixels, notes = read(tmp_path / "a.tif")
    assert np.array_equal(pixels, bits * np.uint8(255)) and notes == []


def test_surplus_bytes_of_strips_are_noted(tmp_path):
    array = picture(32, 24)
    strips = [array[:16].tobytes(), array[16:].tobytes()]
    for padding, note in ((0, False), (100, False), (16 * 24 * 3, True)):
        make(tmp_path / "a.tif", 24, 32, [strip + bytes(padding) for strip in strips], rows=16, samples=3, photometric=2)
        pixels, notes = read(tmp_path / "a.tif")
        assert np.array_equal(pixels, array[..., ::-1])
        assert notes == (["strips have more bytes than their rows need; the rest was ignored"] if note else [])
