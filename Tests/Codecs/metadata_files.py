"""Edits blocks of metadata, and reads them with exiftool."""

import ctypes as c
import json
import subprocess

import library
from library import Bytes, Edit, check


def exiftool(*arguments):
    return subprocess.run(["exiftool", *arguments], check=True, capture_output=True).stdout


def tags(path):
    """The tags that exiftool reads, by group and name: {"IFD0:Artist": "Ann"}."""
    found = json.loads(exiftool("-json", "-G1", "-a", "-n", "-u", "-b", path))[0]
    return {name: value for name, value in found.items()
            if name.split(":")[0] not in ("SourceFile", "ExifTool", "System", "File", "JFIF", "Composite")}


def edit_with_note(function, data, width=300, height=200, is_private=False, **flags):
    """Edits a block with the flags of `Edit`. Returns the edited block (None if nothing is left) and the note, which is
    empty if there is none."""
    result, calls = Bytes(), library.library()
    status = getattr(calls, "twc_" + function)(
        (c.c_uint8 * max(1, len(data)))(*data), c.c_size_t(len(data)), c.byref(Edit(width, height, is_private, **flags)),
        c.byref(result))
    check(status)
    copied = bytes(result.bytes[:result.count]) if result.bytes else None
    c.CDLL(None).free(result.bytes)
    return copied, status.reason.decode()


THUMBNAIL = "the thumbnail in it was left out: it shows the image as it was"


def edit(*arguments, note="", **options):
    block, reason = edit_with_note(*arguments, **options)
    assert reason == note
    return block


def without(found, *prefixes):
    return {name: value for name, value in found.items() if not name.startswith(prefixes)}
