"""Builds packages from a source tree, with Debian's own tools."""

import hashlib
import os
import shutil

from command import ask
from script_failure import ScriptFailure


def packages(tree, output, epoch, **settings):
    """Builds the packages into `output`, and returns their paths, including those of debug symbols."""
    ask("dpkg-buildpackage", "--build=binary", "--unsigned-source", "--unsigned-changes", "--no-sign", cwd=tree,
        **settings, **environment(epoch))
    built = sorted(path for path in tree.parent.iterdir() if path.suffix in {".deb", ".buildinfo", ".changes"})
    output.mkdir(parents=True, exist_ok=True)
    for old in output.glob("tilework-*.deb"):
        old.unlink()
    moved = [shutil.move(path, output / path.name) for path in built]
    found = [path for path in moved if path.suffix == ".deb"]
    if not found:
        raise ScriptFailure(f"dpkg-buildpackage made no packages in {tree.parent}")
    return found


def environment(epoch):
    # Every time in a package is that of the commit. The user's settings for other builds do not apply.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DEB_", "DH_", "DPKG_"))}
    return {"env": {**kept, "SOURCE_DATE_EPOCH": str(epoch), "LC_ALL": "C.UTF-8", "TZ": "UTC"}}


def digests(paths):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
