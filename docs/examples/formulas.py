"""The steps of ../wire-format.md in numpy, exact to the byte: all but `edges`, which needs OpenCV.

A gray image is an array of rows and columns. A color image has the channels blue, green and red as third axis. The type is
uint8 or uint16. There is no alpha, because a worker removes it before the first step. `step(image, name, parameters)`
does a step.
"""
import math

import numpy as np

KERNELS = {"sharpen": [[-1, -1, -1], [-1, 9, -1], [-1, -1, -1]], "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]}
# The weights of blurs of up to 9 px without a sigma, in parts of 256, from the rim to the middle.
SMALL = {1: [256], 3: [64, 128], 5: [16, 64, 96], 7: [8, 28, 56, 72], 9: [4, 13, 30, 51, 60]}


def maximum(image): return 255 if image.dtype == np.uint8 else 65535


def unit(image): return maximum(image) // 255


def limited(values, image):
    """Numbers as samples of the image's type: rounded to the nearest integer, halves to even, and limited to the range."""
    return np.clip(np.rint(values), 0, maximum(image)).astype(image.dtype)


def grayscale(image):
    if image.ndim == 2: return image
    blue, green, red = (image[..., channel].astype(np.uint32) for channel in range(3))
    return ((3735 * blue + 19235 * green + 9798 * red + 16384) >> 15).astype(image.dtype)


def invert(image): return maximum(image) - image


def sepia(image):
    if image.ndim == 2: image = np.repeat(image[..., np.newaxis], 3, axis=2)
    thousandths = image.astype(np.int64) @ np.array([[131, 534, 272], [168, 686, 349], [189, 769, 393]]).T
    whole, rest = thousandths // 1000, thousandths % 1000
    whole += (rest > 500) | ((rest == 500) & (whole % 2 == 1))
    return np.minimum(whole, maximum(image)).astype(image.dtype)


def brightness(image, delta=40.0): return limited(image.astype(np.float64) + delta * unit(image), image)


def contrast(image, factor=1.5):
    middle = 128.0 if image.dtype == np.uint8 else 32768.0
    return limited((image.astype(np.float64) - middle) * factor + middle, image)


def threshold(image, level=128.0):
    gray = grayscale(image)
    return np.where(gray > level * unit(image), maximum(image), 0).astype(image.dtype)


def padded(image, by, mode):
    return np.pad(image, [(by, by), (by, by)] + [(0, 0)] * (image.ndim - 2), mode=mode)


def filtered(image, kernel):
    """Correlation with a kernel of 3×3; the image is mirrored without its outermost pixel."""
    height, width = image.shape[:2]
    wide = padded(image.astype(np.int64), 1, "reflect")
    total = sum(kernel[y][x] * wide[y:y + height, x:x + width] for y in range(3) for x in range(3))
    return np.clip(total, 0, maximum(image)).astype(image.dtype)


def weights(ksize, sigma, bits):
    """The weights of a blur as integers with the sum 2^bits, from the rim to the middle and back."""
    one = 1 << bits
    if sigma <= 0 and ksize <= 9:
        half = [weight * one // 256 for weight in SMALL[ksize]]
    else:
        width = sigma if sigma > 0 else ksize * 0.15 + 0.35
        heights = [math.exp(-0.125 / (width * width) * (2 * i + 1 - ksize) ** 2) for i in range(ksize // 2)]
        share = 1 / (2 * sum(heights) + 1)
        half, rest = [], 0.0
        for height in heights:
            # The next weight gets the rounding error of this one.
            wanted = height * share * one + rest
            half.append(round(wanted))
            rest = wanted - half[-1]
        half.append(one - 2 * sum(half))
    return half + half[-2::-1]


def blur(image, ksize=99, sigma=0.0):
    bits = 8 if image.dtype == np.uint8 else 16
    taps = weights(int(ksize), sigma, bits)
    reach, (height, width) = len(taps) // 2, image.shape[:2]
    wide = padded(image.astype(np.uint64), reach, "reflect")
    # Rows first, then columns. The sums are exact, and only the result is rounded.
    rows = sum(np.uint64(tap) * wide[:, i:i + width] for i, tap in enumerate(taps) if tap)
    total = sum(np.uint64(tap) * rows[i:i + height] for i, tap in enumerate(taps) if tap)
    return ((total + np.uint64(1 << (2 * bits - 1))) >> np.uint64(2 * bits)).astype(image.dtype)


def median(image, ksize=5):
    """The middle sample of each square. The outermost pixel is repeated beyond the image."""
    ksize = int(ksize)
    windows = np.lib.stride_tricks.sliding_window_view(padded(image, ksize // 2, "edge"), (ksize, ksize), axis=(0, 1))
    return np.median(windows, axis=(-2, -1)).astype(image.dtype)


def step(image, name, parameters=None):
    """Does one step. Parameters are numbers; missing ones have their defaults."""
    if name in KERNELS: return filtered(image, KERNELS[name])
    return STEPS[name](image, **(parameters or {}))


# The steps that look at one pixel alone.
POINTS = {function.__name__: function for function in (grayscale, invert, sepia, brightness, contrast, threshold)}
STEPS = POINTS | {"blur": blur, "median": median}
