"""Compares crops of a result that is too large to be compared as a whole.

The plain program transforms a crop of the source with a margin around it, and writes it as a JPEG. The middle of that
JPEG has the same pixels as the whole result, because a crop begins where one of JPEG's blocks does, and the margin is
wider than the reach of any step or block. At the end of the image, the margin ends with the crop.
"""

# Multiples of the 16 px of a block of color. The margin is wider than the default blur's reach of 49 px together with
# one block, from which the decoder takes colors.
BLOCK, SIDE = 16, 512
MARGIN = 96


def places(side):
    """The corners of the crops: at both ends of the image, across borders of its tiles, and far down."""
    far, middle = side - SIDE, side // 2 // BLOCK * BLOCK
    return [(0, 0), (SIDE // 2, SIDE // 2), (far, SIDE // 2), (middle + BLOCK, middle), (0, far), (far, far)]


def with_margin(place, side):
    """The part of the source that has to be transformed, as x, y, width and height."""
    low = [max(0, start - MARGIN) for start in place]
    high = [min(side, start + SIDE + MARGIN) for start in place]
    return (*low, *(end - start for start, end in zip(low, high)))


def compare(plain, source, side, folder, master, job, transforms):
    """Compares each crop of the job's result with the plain program's pixels. Returns whether each crop is equal, by
    its place in words."""
    found = {}
    parts = [with_margin(place, side) for place in places(side)]
    cut = [folder / f"crop-{number}.png" for number in range(len(parts))]
    plain.crop(source, zip(parts, cut))
    for place, part, path in zip(places(side), parts, cut):
        expected, result = folder / "crop-plain.jpg", folder / "crop-tilework.png"
        plain.run(path, expected, transforms)
        master.save_region(job, *place, SIDE, result)
        inside = [start - low for start, low in zip(place, part)]
        found[f"crop at {place[0]}, {place[1]}"] = plain.same_pixels(expected, result, inside)
    return found
