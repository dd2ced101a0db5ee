"""A row of the list of kinds in docs/formats.md."""

from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Row:
    format: str
    kind: str
    #: "exact", "noted" or "refused".
    outcome: str
    #: Writes a file. Returns its expected pixels (RGB(A) or gray), or None if those that OpenCV reads are expected.
    make: Callable
    #: The text of the note, or of the reason.
    words: str = ""
