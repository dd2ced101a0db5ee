"""The targets: ratios to the plain program in the same run, unless stated otherwise."""

# From submit to result, with 2 workers.
JOBS = {
    ("invert", "png"): 0.35,
    ("invert", "jpeg"): 0.85,
    ("blur", "png"): 0.40,
    ("blur", "jpeg"): 0.60,
    ("grayscale,blur:ksize=31,sharpen", "png"): 0.60,
    ("grayscale,blur:ksize=31,sharpen", "jpeg"): 0.95,
}
# `process` with one file: ratio of whole commands.
COMMAND = 1.0
# `process` with one tile, the whole command: milliseconds on a quiet machine.
OVERHEAD_MS = 150
# The size of a PNG relative to imwrite's.
PNG_SIZE = 1.15
# A small image: the ratio, and milliseconds on a quiet machine.
SMALL, SMALL_MS = 2.0, 60
# Images a second with many at once: the least ratio.
THROUGHPUT = 1.5
# The master's processor time for one scrape of its metrics, in milliseconds.
SCRAPE_MS = 5
# Ratios to libvips, by transform.
GIGAPIXEL = {"blur": 0.4, "invert": 0.9}
# Anonymous memory in bytes: master, broker and codec processes together; each worker.
MASTER_BYTES, WORKER_BYTES = 300e6, 120e6


def at_most(value, target, digits=2):
    """A figure with its target in brackets, if there is one."""
    text = f"{value:.{digits}f}"
    return text if target is None else f"{text} (≤ {target:.{digits}f})"


def at_least(value, target, digits=2):
    return f"{value:.{digits}f} (≥ {target:.{digits}f})"


def above(what, value, target):
    """A line about a figure above its target, or nothing."""
    return [f"{what} {value:.4g}, at most {target:g}"] if target is not None and value > target else []


def below(what, value, target):
    return [f"{what} {value:.4g}, at least {target:g}"] if value < target else []
