"""Jobs under way on all hosts during a fault."""

import time

from customer import PATIENCE, Customer
from outcome import Outcome
from script_failure import ScriptFailure
from watcher import Watcher

CUSTOMERS = 2
START_SECONDS = 90


class Work:
    def __init__(self, world):
        self._world = world
        self._watcher = Watcher(world.client())
        self._customers = [Customer(world.client(), world.oracle, number) for number in range(CUSTOMERS)]

    def __enter__(self):
        """Waits until every worker has completed a tile."""
        start = time.monotonic()
        for thread in [self._watcher, *self._customers]:
            thread.start()
        wanted = {machine.worker for machine in self._world.workers}
        if not self._watcher.wait_for(lambda log: wanted <= log.workers(start), START_SECONDS):
            seen = self._watcher.wait_for(lambda log: log.workers(start), 0)
            raise ScriptFailure(f"only the workers {seen} completed tiles within {START_SECONDS} s")
        return self

    def __exit__(self, *reason):
        self._end()

    def goes_on(self, after, seconds=150, **selection):
        """Seconds from `after` to the first completed tile; see `TileLog.first`. `None` if there is none in time."""
        return self._watcher.wait_for(lambda log: log.first(after, **selection), seconds)

    def pause(self, after):
        return self._watcher.wait_for(lambda log: log.longest_pause(after), 0)

    def is_idle(self, seconds):
        """Waits so many seconds. Returns whether no tile was completed."""
        start = time.monotonic()
        return self._watcher.wait_for(lambda log: log.first(start), seconds) is None

    def outcome(self, name, after, until=float("inf"), **facts):
        """Waits for the last results and compares them. Only tiles completed between `after` and `until` count for `wait`."""
        self._end()
        wait = self._watcher.wait_for(lambda log: log.longest_wait(after, until), 0)
        return Outcome(
            name, sum(customer.compared for customer in self._customers),
            tuple(complaint for customer in self._customers for complaint in customer.wrong), wait=wait, **facts)

    def _end(self):
        for customer in self._customers:
            customer.stop.set()
        for customer in self._customers:
            if customer.is_alive():
                customer.join(PATIENCE + 60)
        self._watcher.stop()
