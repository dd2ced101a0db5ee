"""Tells growth in a series of samples from its noise."""

import statistics

HOUR = 3600.0
WARM_UP = 180.0
BLOCKS = 12
# Of the 66 slopes between 12 blocks, the true one is above the 22nd smallest with a confidence of 95 % (Sen 1968: (66 -
# 1.645 * sqrt(12 * 11 * 29 / 18)) / 2 = 21).
SURE = 21


def after_warm_up(samples):
    """The last two thirds of (seconds, value), without the first minutes.

    In the first minutes caches fill, and the heap reaches its size: about two minutes on two cores.
    """
    if not samples:
        return []
    first, last = samples[0][0], samples[-1][0]
    return [sample for sample in samples if sample[0] >= first + max(WARM_UP, (last - first) / 3)]


def per_hour(samples):
    """The slope of the least-squares line, in units of the value an hour; 0 if there is no line."""
    if len(samples) < 2:
        return 0.0
    middle = statistics.fmean(time for time, _ in samples)
    mean = statistics.fmean(value for _, value in samples)
    width = sum((time - middle) ** 2 for time, _ in samples)
    return HOUR * sum((time - middle) * (value - mean) for time, value in samples) / width if width else 0.0


def sure_per_hour(samples):
    """The growth an hour that the samples prove despite their noise: less than the line's slope, and at least 0.

    The medians of 12 blocks are compared pairwise, so one large job or one odd block changes little. Too few samples
    prove nothing.
    """
    if len(samples) < 2 * BLOCKS:
        return 0.0
    blocks = []
    for number in range(BLOCKS):
        part = samples[len(samples) * number // BLOCKS:len(samples) * (number + 1) // BLOCKS]
        blocks.append((statistics.fmean(time for time, _ in part), statistics.median(value for _, value in part)))
    slopes = sorted(
        (blocks[later][1] - blocks[earlier][1]) / (blocks[later][0] - blocks[earlier][0])
        for earlier in range(BLOCKS) for later in range(earlier + 1, BLOCKS))
    return max(0.0, HOUR * slopes[SURE])


def exceeds(samples, limit, least):
    """Whether the samples certainly grow by more than `limit` an hour, and by more than `least` in their time.

    `least` is there because values that stay above or below their mean for a minute look like growth in a run of a few
    minutes.
    """
    sure = sure_per_hour(samples)
    return sure > limit and sure * (samples[-1][0] - samples[0][0]) / HOUR > least
