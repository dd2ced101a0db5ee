"""Jobs under way on all hosts, while something is done to these."""

import time

from customer import PATIENCE, Customer
from outcome import Outcome
from trouble import Trouble
from watcher import Watcher

CUSTOMERS = 2
START_SECONDS = 90


class Work:
    def __init__(self, world):
        self._world = world
        self._watcher = Watcher(world.client())
        self._customers = [Customer(world.client(), world.oracle, number) for number in range(CUSTOMERS)]

    def __enter__(self):
        """Every worker has done a tile when the block begins."""
        start = time.monotonic()
        for thread in [self._watcher, *self._customers]:
            thread.start()
        wanted = {machine.worker for machine in self._world.workers}
        if not self._watcher.wait_for(lambda log: wanted <= log.workers(start), START_SECONDS):
            seen = self._watcher.wait_for(lambda log: log.workers(start), 0)
            raise Trouble(f"after {START_SECONDS} s only these workers have done tiles: {seen}")
        return self

    def __exit__(self, *reason):
        self._end()

    def goes_on(self, after, seconds=150, **whose):
        """Seconds from `after` to the first tile; see `TileLog.first`. `None` if none comes in time."""
        return self._watcher.wait_for(lambda log: log.first(after, **whose), seconds)

    def pause(self, after):
        return self._watcher.wait_for(lambda log: log.longest_pause(after), 0)

    def is_idle(self, seconds):
        """Whether nothing was done for so long."""
        start = time.monotonic()
        return self._watcher.wait_for(lambda log: log.first(start), seconds) is None

    def outcome(self, name, after, until=float("inf"), **facts):
        """Waits for the last results and compares them. `after` and `until` say whose waits count."""
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
