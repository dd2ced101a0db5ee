"""A row of the list of kinds in docs/formats.md."""

from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Row:
    format: str
    kind: str
    #: "exact", "noted" or "refused".
    outcome: str
    #: Writes a file; returns its pixels (RGB(A) or gray), None if OpenCV is to say them.
    make: Callable
    #: Of the note, or of the reason.
    words: str = ""
