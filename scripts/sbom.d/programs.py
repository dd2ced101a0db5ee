"""What the programs of a build have linked."""

import re
import subprocess

from bill_failure import BillFailure

NAMES = ["master-main", "worker-main"]
# Entries of the kernel and the compiler, which are no files of a package.
NO_FILES = ("linux-vdso", "linux-gate")


def find(root, build):
    """The programs by name; empty if nothing was built."""
    folders = [build] if build else [root / ".build" / "release", root / ".build" / "debug"]
    for folder in folders:
        found = {name: folder / name for name in NAMES if (folder / name).exists()}
        if len(found) == len(NAMES):
            return found
    if build:
        raise BillFailure(f"{build} does not have {' and '.join(NAMES)}")
    return {}


def modules(program):
    """The modules whose objects were linked, each with the name of its package's checkout; `None` for our own."""
    build = program.parent
    objects = build / f"{program.name}.product" / "Objects.LinkFileList"
    if not objects.exists():
        raise BillFailure(f"{objects} is missing: build with 'swift build'")
    names = set(re.findall(r"/([^/\n]+)\.build/[^\n]*\.o", objects.read_text()))
    return {name: checkout(source(build / f"{name}.build")) for name in sorted(names)}


def source(folder):
    """A source file of a module. Swift lists its files; for C, the dependency files for `make` name them."""
    listed = folder / "sources"
    if listed.exists():
        return listed.read_text().split("\n")[0]
    for rule in sorted(folder.glob("**/*.d")):
        words = rule.read_text().split()
        if len(words) > 1:
            return next(word for word in words[1:] if word != "\\")
    raise BillFailure(f"{folder} does not say what it was compiled from")


def checkout(path):
    found = re.search(r"/\.build/checkouts/([^/]+)/", path)
    return found and found.group(1)


def libraries(program):
    """The paths of the shared libraries that the loader finds, including indirect ones."""
    done = subprocess.run(["ldd", str(program)], capture_output=True, text=True)
    if done.returncode:
        raise BillFailure(f"ldd cannot read {program}: {done.stderr.strip()}")
    paths = set()
    for line in done.stdout.splitlines():
        if "not found" in line:
            raise BillFailure(f"a library of {program} is missing: {line.strip()}")
        path = re.search(r"(?:=> |^\s*)(/\S+) \(0x", line)
        if path:
            paths.add(path.group(1))
        elif not line.strip().startswith(NO_FILES):
            raise BillFailure(f"unexpected output of ldd for {program}: {line.strip()}")
    return paths
