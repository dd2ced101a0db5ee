"""Reads the tile maps ten times a second."""

import threading
import time

from customer import BROKEN
from tile_log import TileLog

PAUSE = 0.1


class Watcher(threading.Thread):
    def __init__(self, client):
        super().__init__(daemon=True)
        self._client, self._changed = client, threading.Condition()
        self._log, self._ends = TileLog(), threading.Event()

    def run(self):
        while not self._ends.wait(PAUSE):
            try:
                jobs = self._client.get("/api/v1/jobs?status=processing&limit=10")["jobs"]
                maps = [self._client.get(f"/api/v1/jobs/{job['job_id']}/tiles") for job in jobs]
            except BROKEN:
                # The master is away, or the job was deleted meanwhile.
                continue
            with self._changed:
                now = time.monotonic()
                for tiles in maps:
                    self._log.look(now, tiles)
                self._log.left(now, {job["job_id"] for job in jobs})
                self._changed.notify_all()

    def stop(self):
        self._ends.set()
        self.join()

    def wait_for(self, question, seconds):
        """Calls `question` with the log after each change. Returns its first true answer, or `None` after so many seconds."""
        end = time.monotonic() + seconds
        with self._changed:
            while True:
                answer = question(self._log)
                left = end - time.monotonic()
                if answer or left <= 0:
                    return answer or None
                self._changed.wait(left)
