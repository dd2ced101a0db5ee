"""Reads a file in several ways, which have to give the same pixels."""

import numpy as np

from library import Reader, read


def in_all_ways(path):
    """Reads rows one at a time, in odd counts, and all at once. All have to be equal."""
    whole, notes = read(path)
    with Reader(path) as reader:
        assert np.array_equal(reader.all(), whole)
        reader.finish()
        assert reader.notes == notes
    for rows in (1, 7, 16, 1000):
        assert np.array_equal(read(path, rows=rows)[0], whole)
    return whole, notes


def bgr(array):
    """RGB(A) in OpenCV's order."""
    return array if array.ndim == 2 else array[..., [2, 1, 0, 3][:array.shape[2]]]


def check_all_ways(path, expected, tolerance=0):
    """Reads everything at once, rows one at a time, odd counts of rows, and regions. All have to give the expected
    pixels."""
    pixels, notes = read(path)
    assert pixels.shape == expected.shape and pixels.dtype == expected.dtype
    difference = np.abs(pixels.astype(int) - expected.astype(int)).max()
    assert difference <= tolerance, f"differs by {difference}"
    for rows in (1, 7, 1000):
        assert np.array_equal(read(path, rows=rows)[0], pixels)
    with Reader(path) as reader:
        if reader.info.has_regions:
            height, width = pixels.shape[:2]
            rng = np.random.default_rng(5)
            areas = [(0, 0, width, height), (width - 1, height - 1, 1, 1), (1, 1, width - 1, height - 1)]
            for _ in range(12):
                x, y = int(rng.integers(width)), int(rng.integers(height))
                areas.append((x, y, int(rng.integers(1, width - x + 1)), int(rng.integers(1, height - y + 1))))
            for x, y, w, h in areas:
                assert np.array_equal(reader.region(x, y, w, h), pixels[y:y + h, x:x + w])
    return notes
