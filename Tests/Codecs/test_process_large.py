"""A result of more than 4 GiB through the real program."""

import os

import numpy as np
import pytest
import tifffile

from library import Reader, Writer
from processing import done

#: Noise of 16 bits a sample, which cannot be compressed.
SIDE, BAND = 27_100, 512


def bands():
    """The image from the top down. Each band is different."""
    pattern = np.random.default_rng(1).integers(0, 65536, (BAND, SIDE, 3)).astype(np.uint16)
    for top in range(0, SIDE, BAND):
        pattern[:, 0] = top
        yield top, pattern[:SIDE - top]


@pytest.mark.skipif("TILEWORK_LONG_TESTS" not in os.environ, reason="writes 9 GB; set TILEWORK_LONG_TESTS")
def test_more_than_4_gib_of_compressed_tiles_are_written(tmp_path):
    source, result = tmp_path / "source.tif", tmp_path / "result.tif"
    try:
        with Writer(source, "tiff", SIDE, SIDE, 3, 16, compression="none") as writer:
            for _, rows in bands():
                writer.rows(rows)
            writer.finish()
        assert not done(source, result, "--compression", "deflate", "--tiled").notes
        assert result.stat().st_size > 1 << 32
        with Reader(result) as reader:
            for _, rows in bands():
                assert np.array_equal(reader.rows(len(rows)), 65535 - rows)
            reader.finish()
        with tifffile.TiffFile(result) as file:
            page = file.pages[0]
            assert file.is_bigtiff and page.shape == (SIDE, SIDE, 3) and page.compression.name == "ADOBE_DEFLATE"
            assert page.tilewidth == page.tilelength == 512 and max(page.dataoffsets) > 1 << 32
    finally:
        source.unlink(missing_ok=True)
        result.unlink(missing_ok=True)
