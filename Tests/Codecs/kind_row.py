"""A row of the list of kinds in docs/formats.md."""

from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Row:
    format: str
    kind: str
    #: "exact", "noted" or "refused".
    outcome: str
    #: Writes a file; returns its expected pixels (RGB(A) or gray), or None if OpenCV decides.
    make: Callable
    #: The text of the note, or of the reason.
    words: str = ""
