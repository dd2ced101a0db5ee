"""Disks that fill up, and files that may not become larger: the first may pass, the second does not."""

import os
import resource
import signal
import subprocess
from contextlib import contextmanager

import pytest

from library import library

#: What ends a file, and the code that says so.
ENDS = [("disk", "disk full"), ("limit", "io")]


@contextmanager
def ending(what, bytes, folder):
    """A folder in which files end: at about so many bytes with the disk, at exactly as many with the limit."""
    # Its file is made before.
    library()
    with (small_disk if what == "disk" else file_limit)(bytes, folder) as place:
        yield place


@contextmanager
def small_disk(bytes, folder):
    """A file system in memory. Its smallest part is a page, of which a file takes all but the wanted ones."""
    place, pages = folder / "disk", bytes // 4096
    place.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={(pages + 1) * 4096}", "tilework", place],
                             capture_output=True)
    if mounted.returncode:
        pytest.skip("only root can make a small disk")
    try:
        (place / "filler").write_bytes(os.urandom(4096))
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@contextmanager
def file_limit(bytes, folder):
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes, before[1]))
        yield folder
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
