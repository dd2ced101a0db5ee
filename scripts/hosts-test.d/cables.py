"""The network of a host is cut and comes back. No program is notified, and no connection is closed."""

import time

from work import Work

LIMIT = 3


def of_worker(seconds):
    def trial(world):
        yield cut(world, world.workers[2], f"a worker's host without network, {seconds} s", seconds,
                  worker=world.workers[2].worker)
    return trial


def of_master(seconds):
    def trial(world):
        yield cut(world, world.master, f"the master's host without network, {seconds} s", seconds)
    return trial


def cut(world, machine, name, seconds, **selection):
    with Work(world) as work:
        start = time.monotonic()
        machine.cable.pull()
        time.sleep(seconds)
        machine.cable.put_back()
        back = time.monotonic()
        again = work.goes_on(back, **selection)
        return work.outcome(name, start, goes_on=again, limit=LIMIT)
