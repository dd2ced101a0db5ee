"""Swift's runtime libraries."""

import os
import re

from command import ask
from trouble import Trouble


def of(programs):
    """The files that the loader finds in a toolchain or beside the programs, each under the name that it is asked for.

    - Throws: `Trouble` if there are none, as of programs that have them linked in: those need other packages.
    """
    found = {}
    for program in programs:
        for line in ask("ldd", program).splitlines():
            if "not found" in line:
                raise Trouble(f"a library of {program} is not there: {line.strip()}")
            library = re.search(r"(\S+) => (/\S+) \(0x", line)
            if library and is_swifts(library.group(2), program):
                found[library.group(1)] = os.path.realpath(library.group(2))
    if not found:
        raise Trouble(f"{programs[0]} needs no library of Swift: it was not built as 'swift build -c release' does")
    return dict(sorted(found.items()))


def is_swifts(path, program):
    return "/swift/linux/" in path or os.path.dirname(path) == os.path.dirname(os.path.realpath(program))
