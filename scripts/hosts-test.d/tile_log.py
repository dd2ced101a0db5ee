"""What the maps of tiles tell when they are looked at again and again: when which worker has done a tile, and how long tiles
waited."""

from typing import NamedTuple


class Done(NamedTuple):
    """A tile that was completed, seen at `at` (seconds) and on its way since `since`."""

    at: float
    since: float
    worker: str


class TileLog:
    def __init__(self):
        self.done = []
        self._on_its_way = {}
        self._seen = set()

    def look(self, at, tiles):
        """Takes one map of one job, as `GET /api/v1/jobs/ID/tiles` gives it."""
        for index, state in enumerate(tiles["states"]):
            tile = (tiles["job_id"], tiles["pass"], index)
            if state == "p":
                self._on_its_way.setdefault(tile, at)
            elif state == "c" and tile not in self._seen:
                self._seen.add(tile)
                place = tiles["worker"][index]
                worker = tiles["workers"][place] if place >= 0 else ""
                self.done.append(Done(at, self._on_its_way.pop(tile, at), worker))

    def left(self, at, jobs):
        """Says which jobs are under way: the tiles of all others are done, by whomever."""
        for tile in [tile for tile in self._on_its_way if tile[0] not in jobs]:
            self._seen.add(tile)
            self.done.append(Done(at, self._on_its_way.pop(tile), ""))

    def first(self, after, worker=None, sent_after=float("-inf")):
        """Seconds from `after` to the first tile that is done, by that worker if one is named; `None` if there is none."""
        return next((done.at - after for done in self.done
                     if done.at > after and done.since > sent_after and worker in {None, done.worker}), None)

    def longest_pause(self, after):
        """The most seconds in which no tile at all was done."""
        times = [after] + [done.at for done in self.done if done.at > after]
        return max((later - earlier for earlier, later in zip(times, times[1:])), default=0.0)

    def longest_wait(self, after, until=float("inf")):
        """The most seconds that a tile was on its way, of those that were done in this time."""
        return max((done.at - done.since for done in self.done if after < done.at <= until), default=0.0)

    def workers(self, after):
        return {done.worker for done in self.done if done.at > after}
