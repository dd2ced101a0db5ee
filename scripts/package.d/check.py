"""Whether packages are as they should be: what is looked at, in its order."""

import os
import shutil

import build
import host
import tree
import trials
from command import ask
from trouble import Trouble

PACKAGES = ["lintian", "debootstrap", "systemd-container", "curl"]


def run(root, binaries, release, paths, work, mirror):
    """The exit status: 1 if something is not as it should be. Everything is printed as it is found."""
    if os.geteuid():
        raise Trouble("--check needs root, for systems in folders")
    findings = []
    packages = [path for path in paths if "-dbgsym_" not in path.name]
    base = host.base(work / "base", mirror)
    for name, part in [
        ("lintian", lambda: lintian(paths[0].parent, release)),
        *trials.parts(base, packages, release, work),
        ("the same bytes again", lambda: same_bytes(root, binaries, release, paths, work / "again")),
    ]:
        print(f"== {name}", flush=True)
        found = [line for line in part() if line]
        print("\n".join(found) if found else "ok", flush=True)
        findings += found
    if findings:
        print(f"\n{len(findings)} findings; the systems are in {work}")
    else:
        print("\nAll is as it should be.")
        for folder in work.iterdir():
            if folder.is_dir() and folder != base:
                shutil.rmtree(folder)
    return 1 if findings else 0


def same_bytes(root, binaries, release, paths, folder):
    """A second build, in another folder, with other rights of new files and one processor."""
    shutil.rmtree(folder, ignore_errors=True)
    before = os.umask(0o077)
    try:
        source = folder / "elsewhere" / f"tilework-{release.current}"
        tree.make(source, root, binaries, release)
        one = {min(os.sched_getaffinity(0))}
        again = build.packages(source, folder, release.epoch, preexec_fn=lambda: os.sched_setaffinity(0, one))
    finally:
        os.umask(before)
    first, second = build.digests(paths), build.digests(again)
    return [f"{name} differs" for name in sorted(first.keys() | second.keys()) if first.get(name) != second.get(name)]


def lintian(folder, release):
    changes = next(folder.glob(f"tilework_{release.version}_*.changes"))
    said = ask("sh", "-c", 'lintian --allow-root --fail-on none "$0"', changes)
    # Information, as on the hardening of Swift's libraries, is not about what is packaged here.
    return [line for line in said.splitlines() if line.startswith(("E:", "W:"))]
