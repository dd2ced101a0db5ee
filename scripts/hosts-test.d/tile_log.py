"""A log of tiles from repeated readings of the tile maps: when each tile was completed, by which worker, and how long it was
in flight."""

from typing import NamedTuple


class Done(NamedTuple):
    """A completed tile: seen at `at` (seconds), in flight since `since`."""

    at: float
    since: float
    worker: str


class TileLog:
    def __init__(self):
        self.done = []
        self._on_its_way = {}
        self._seen = set()

    def look(self, at, tiles):
        """Reads one map of one job, an answer of `GET /api/v1/jobs/ID/tiles`."""
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
        """`jobs` are all jobs under way. Marks the tiles of any other job as completed, by an unknown worker."""
        for tile in [tile for tile in self._on_its_way if tile[0] not in jobs]:
            self._seen.add(tile)
            self.done.append(Done(at, self._on_its_way.pop(tile), ""))

    def first(self, after, worker=None, sent_after=float("-inf")):
        """Seconds from `after` to the first completed tile, of that worker if one is named; `None` if there is none."""
        return next((done.at - after for done in self.done
                     if done.at > after and done.since > sent_after and worker in {None, done.worker}), None)

    def longest_pause(self, after):
        """The longest time in seconds in which no tile was completed."""
        times = [after] + [done.at for done in self.done if done.at > after]
        return max((later - earlier for earlier, later in zip(times, times[1:])), default=0.0)

    def longest_wait(self, after, until=float("inf")):
        """The longest time in flight, in seconds, of the tiles that were completed in this time."""
        return max((done.at - done.since for done in self.done if after < done.at <= until), default=0.0)

    def workers(self, after):
        return {done.worker for done in self.done if done.at > after}
