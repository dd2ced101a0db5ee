"""A second reference, libvips: its command, if Debian's libvips-tools are installed."""

import shutil

import command

# OpenCV's sigma for a kernel of 99 px, the default of `blur`: 0.3 ((99 - 1) / 2 - 1) + 0.8.
OPERATIONS = {"invert": (["invert"], []), "blur": (["gaussblur"], ["15.2"])}
# The quality, sampling and level of a plain imwrite.
ENDINGS = {"png": "png[compression=1,strip]", "jpeg": "jpg[Q=95,subsample_mode=on,strip]",
           "tiff": "tif[bigtiff,tile,tile-width=512,tile-height=512,compression=deflate,strip]"}
# The sources that `converted` makes, in words.
SOURCES = {"tiff": "tiled BigTIFF", "png": "PNG"}


def is_there():
    return shutil.which("vips") is not None


def can(transforms):
    """A command of vips is a single operation. A pipeline would need a program."""
    return transforms in OPERATIONS


def version():
    return command.run(["vips", "--version"])[0].strip()


def converted(source, image_format):
    """The same picture in another format, in the same folder. It is made unless an earlier run has done so."""
    ending, brackets, options = ENDINGS[image_format].partition("[")
    path = source.with_suffix(f".{ending}")
    if not path.exists() or path.stat().st_mtime < source.stat().st_mtime:
        unfinished = source.with_name(f"unfinished.{ending}")
        command.run(["vips", "copy", source, f"{unfinished}{brackets}{options}"])
        unfinished.rename(path)
    return path


def run(source, folder, transforms, image_format):
    before, after = OPERATIONS[transforms]
    output = folder / f"vips.{ENDINGS[image_format]}"
    written = folder / output.name.partition("[")[0]
    written.unlink(missing_ok=True)
    return command.run(["vips", *before, source, output, *after])[1] | {"bytes": written.stat().st_size}
