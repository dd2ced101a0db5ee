"""Jobs on all hosts, killed processes, and hosts that lose power."""

import time

from work import Work

UNIT = "tilework-worker@1"


def three_hosts(world):
    with Work(world) as work:
        start = time.monotonic()
        time.sleep(10)
        yield work.outcome("a job over three hosts", start)


def worker_killed(world):
    """systemd restarts the worker after 5 s (Restart=)."""
    killed = world.workers[0]
    with Work(world) as work:
        start = time.monotonic()
        killed.must("systemctl", "kill", "--signal=KILL", UNIT)
        again = work.goes_on(start, worker=killed.worker, sent_after=start)
        note = f"its own first tile; all paused for {work.pause(start):.1f} s"
        yield work.outcome("kill -9 of a worker", start, goes_on=again, note=note)


def worker_host_off(world):
    dead = world.workers[1]
    with Work(world) as work:
        start = time.monotonic()
        dead.power_off()
        # Other workers have to do its tiles.
        work.goes_on(start + 15)
        note = "the longest pause of all others"
        pause = work.pause(start)
        back = time.monotonic()
        dead.start()
        again = work.goes_on(back, worker=dead.worker)
        yield work.outcome("power-off of a worker's host", start, goes_on=pause,
                           note=f"{note}; its own first tile {spoken(again)} after power-on")


def master_host_off(world):
    master = world.master
    with Work(world) as work:
        start = time.monotonic()
        master.power_off()
        time.sleep(5)
        back = time.monotonic()
        master.start()
        yield work.outcome("power-off of the master's host", start, goes_on=work.goes_on(back), note="after power-on")


def spoken(seconds):
    return "never" if seconds is None else f"{seconds:.1f} s"
