"""Disks that fill up, and limits of file sizes. The first are transient errors, the second are not."""

import os
import resource
import signal
import subprocess
from contextlib import contextmanager

import pytest

from library import library

#: What stops a file from growing, and the code of the error.
ENDS = [("disk", "disk full"), ("limit", "io")]


@contextmanager
def ending(what, bytes, folder):
    """A folder in which files cannot grow beyond this many bytes: approximately on the disk, exactly with the limit."""
    # The library is compiled beforehand, because its own file may be larger than the limit.
    library()
    with (small_disk if what == "disk" else file_limit)(bytes, folder) as place:
        yield place


@contextmanager
def small_disk(bytes, folder):
    """A file system in memory. Its smallest size is a page, so it has one page more than wanted, which a filler
    takes."""
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
