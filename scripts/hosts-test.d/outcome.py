"""The outcomes of all faults, as a table and as an exit status."""

from typing import NamedTuple


class Outcome(NamedTuple):
    """Times are in seconds. `None` means not measured, or no limit."""

    name: str
    # The number of compared results, and messages about wrong or missing ones.
    results: int
    wrong: tuple = ()
    # The time from the end of the fault, or from its beginning if it has no end, to the first completed tile.
    goes_on: float = None
    limit: float = None
    # The longest time that a tile was in flight.
    wait: float = None
    wait_limit: float = None
    note: str = ""

    @property
    def complaints(self):
        found = list(self.wrong)
        if self.results == 0:
            found.append("no result was compared")
        if self.limit is not None and (self.goes_on is None or self.goes_on > self.limit):
            found.append(f"work went on after {seconds(self.goes_on)} s, more than {self.limit:g} s")
        if self.wait_limit is not None and (self.wait is None or self.wait > self.wait_limit):
            found.append(f"a tile waited for {seconds(self.wait)} s, more than {self.wait_limit:g} s")
        return found


def seconds(value):
    return "–" if value is None else f"{value:.1f}"


def rows(outcomes):
    """The cells of each row; see `HEADER`. The two times have their limits in brackets."""
    for each in outcomes:
        limit = f" (≤ {each.limit:g})" if each.limit is not None else ""
        wait_limit = f" (≤ {each.wait_limit:g})" if each.wait_limit is not None else ""
        yield [each.name, "FAILED" if each.complaints else "ok", str(each.results), str(len(each.wrong)),
               seconds(each.goes_on) + limit, seconds(each.wait) + wait_limit, each.note]


HEADER = ["fault", "is", "results", "wrong", "goes on after s", "longest wait s", "note"]


def status(outcomes):
    return 1 if any(each.complaints for each in outcomes) else 0
