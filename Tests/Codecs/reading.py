"""Ways to read one file, which have to agree."""

import numpy as np

from library import Reader, read


def in_all_ways(path):
    """Rows one at a time, in odd counts, and all at once have to be equal."""
    whole, notes = read(path)
    with Reader(path) as reader:
        assert np.array_equal(reader.all(), whole)
        reader.finish()
        assert reader.notes == notes
    for rows in (1, 7, 16, 1000):
        assert np.array_equal(read(path, rows=rows)[0], whole)
    return whole, notes
