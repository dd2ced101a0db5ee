"""Swift's runtime libraries."""

import os
import re

from command import ask
from script_failure import ScriptFailure


def of(programs):
    """The libraries that the loader finds in a toolchain or next to the programs, each under the name that programs use.

    - Throws: `ScriptFailure` if there are none, as in statically linked programs, which need other packages.
    """
    found = {}
    for program in programs:
        for line in ask("ldd", program).splitlines():
            if "not found" in line:
                raise ScriptFailure(f"a library of {program} is missing: {line.strip()}")
            library = re.search(r"(\S+) => (/\S+) \(0x", line)
            if library and is_swifts(library.group(2), program):
                found[library.group(1)] = os.path.realpath(library.group(2))
    if not found:
        raise ScriptFailure(f"{programs[0]} has no dynamic Swift libraries; build it with 'swift build -c release'")
    return dict(sorted(found.items()))


def is_swifts(path, program):
    return "/swift/linux/" in path or os.path.dirname(path) == os.path.dirname(os.path.realpath(program))
