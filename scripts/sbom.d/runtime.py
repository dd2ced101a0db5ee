"""Swift's own libraries, which are installed beside the programs."""

import os
import re
import subprocess

from debian import SWIFT


def version():
    """The version of the installed compiler, because the libraries do not state theirs."""
    try:
        done = subprocess.run(["swift", "--version"], capture_output=True, text=True)
    except FileNotFoundError:
        return None
    found = re.search(r"Swift version (\S+)", done.stdout + done.stderr)
    return found and found.group(1)


def of(paths):
    """One component for all runtime libraries of a program."""
    names = sorted(os.path.basename(path) for path in paths if SWIFT.search(path))
    if not names:
        return []
    number = version()
    reference = "pkg:generic/swift" + (f"@{number}" if number else "")
    return [{
        "bom-ref": reference, "type": "library", "name": "swift-runtime", "purl": reference, "scope": "required",
        **({"version": number} if number else {}),
        "externalReferences": [{"type": "website", "url": "https://www.swift.org"}],
    }]
