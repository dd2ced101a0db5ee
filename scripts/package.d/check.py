"""All checks of the packages, in their order."""

import os
import shutil

import build
import host
import tree
import trials
from command import ask
from script_failure import ScriptFailure

PACKAGES = ["lintian", "debootstrap", "systemd-container", "curl"]


def run(root, binaries, release, paths, work, mirror):
    """Prints each finding at once. Returns the exit status: 1 if there are findings."""
    if os.geteuid():
        raise ScriptFailure("--check needs root, for Debian systems in folders")
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
        print("\nNo findings.")
        for folder in work.iterdir():
            if folder.is_dir() and folder != base:
                shutil.rmtree(folder)
    return 1 if findings else 0


def same_bytes(root, binaries, release, paths, folder):
    """Compares with a second build, in another folder, with another umask and one processor."""
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
    # Lines of information, such as on the hardening of Swift's libraries, are not about these packages.
    return [line for line in said.splitlines() if line.startswith(("E:", "W:"))]
