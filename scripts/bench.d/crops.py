"""Compares crops of a result that is too large to be compared as a whole.

The plain program transforms a crop of the source with a margin around it, and writes it as a JPEG. Its middle has the
pixels of the whole result, since a crop begins where one of JPEG's blocks does, and the margin is wider than what any
step or block looks at. Where the crop ends with the image, so does the margin.
"""

# Multiples of the 16 px that a block of color takes. The margin is the default blur's reach of 49 px, up to the end of a
# block, and a block more, of which the decoder takes colors.
BLOCK, SIDE = 16, 512
MARGIN = 96


def places(side):
    """The corners of the crops: at both ends of the image, across the seams of its tiles, and far down."""
    far, middle = side - SIDE, side // 2 // BLOCK * BLOCK
    return [(0, 0), (SIDE // 2, SIDE // 2), (far, SIDE // 2), (middle + BLOCK, middle), (0, far), (far, far)]


def with_margin(place, side):
    """The part of the source that is transformed, as x, y, width and height."""
    low = [max(0, start - MARGIN) for start in place]
    high = [min(side, start + SIDE + MARGIN) for start in place]
    return (*low, *(end - start for start, end in zip(low, high)))


def compare(plain, source, side, folder, master, job, transforms):
    """Whether each crop of the job's result has the plain program's pixels, by its place in words."""
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
