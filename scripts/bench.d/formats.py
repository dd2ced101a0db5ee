"""A gigapixel from and to each format whose rows can be read alone: the memory of the master and its codecs."""

import targets
import vips
from master import LONG_SAMPLE_SECONDS
from table import aligned, megabytes

SIDE, TRANSFORMS = 32768, "invert"
# A source, the result's format and its options.
CASES = [
    ("jpeg", "tiff", {"tiled": "true", "compression": "deflate"}),
    ("tiff", "png", {}),
    ("png", "jpeg", {}),
    ("tiff", "tiff", {"tiled": "true", "compression": "zstd"}),
]


def measure(args, plain, picture, folder, master, say):
    if not vips.is_there():
        say("the part formats is skipped: libvips-tools, which makes its sources, is not installed")
        return []
    sources = {"jpeg": plain.repeated(picture, SIDE, SIDE)}
    for name, made in vips.SOURCES.items():
        say(f"{made} of {SIDE}×{SIDE}")
        sources[name] = vips.converted(sources["jpeg"], name)
    measured = []
    for source, image_format, options in CASES:
        with sources[source].open("rb") as file:
            job, figures = master.run_job(file, TRANSFORMS, image_format, args.timeout, options,
                                          sample_s=LONG_SAMPLE_SECONDS)
        master.delete(job)
        measured.append({"source": source, "source_bytes": sources[source].stat().st_size, "format": image_format,
                         "options": options, "job": figures})
        say(f"{source} to {image_format} of {SIDE}×{SIDE}: job {figures['ms'] / 1e3:.1f} s")
    return measured


def missed(measured):
    for case in measured:
        yield from targets.above(f"{case['source']} to {case['format']}: MB of master and codecs",
                                 case["job"]["master_and_codecs_anonymous_bytes"] / 1e6, targets.MASTER_BYTES / 1e6)


def tables(measured):
    if not measured:
        return
    yield (f"{SIDE}×{SIDE}, {TRANSFORMS}, once each: seconds from submit to result, files in MB, and the peak of memory "
           "in MB that no file backs")
    yield from aligned(["from", "MB", "to", "MB", "seconds", "master and codecs", "of it codecs"], [[
        vips.SOURCES.get(case["source"], "JPEG"), megabytes(case["source_bytes"]),
        ", ".join([case["format"], *(f"{name}={value}" for name, value in case["options"].items())]),
        megabytes(case["job"]["bytes"]), f"{case['job']['ms'] / 1e3:.1f}",
        targets.at_most(case["job"]["master_and_codecs_anonymous_bytes"] / 1e6, targets.MASTER_BYTES / 1e6, digits=0),
        megabytes(case["job"]["processes"]["codecs"]["peak_anonymous_bytes"]),
    ] for case in measured], words=1)
