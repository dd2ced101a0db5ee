"""The cost of `GET /metrics` on a master that keeps many jobs."""

import time
from statistics import median

import procfs
import targets
from table import aligned

SIDE, KEPT, AT_ONCE, SCRAPES = 256, 1000, 50, 20


def measure(args, plain, folder, master, say):
    body = plain.picture(SIDE, SIDE).read_bytes()
    jobs = []
    say(f"{KEPT} jobs of {SIDE}×{SIDE} to be kept")
    while len(jobs) < KEPT:
        jobs += master.run_together(body, AT_ONCE, "invert", "jpeg", args.timeout)[0]
    runs = [once(master) for _ in range(-1, args.runs)][1:]  # the first one fills caches, and is not counted
    for job in jobs:
        master.delete(job)
    return summarize(runs)


def once(master):
    """The mean time of a scrape over several, and the master's mean processor time for one."""
    cpu, start = procfs.cpu_seconds(master.pid), time.perf_counter()
    for _ in range(SCRAPES):
        size = len(master.metrics())
    seconds = time.perf_counter() - start
    return {"ms": seconds / SCRAPES * 1000, "cpu_ms": (procfs.cpu_seconds(master.pid) - cpu) / SCRAPES * 1000,
            "bytes": size}


def summarize(runs):
    return {"runs": runs, "medians": {key: round(median(run[key] for run in runs), 3) for key in ("ms", "cpu_ms", "bytes")}}


def missed(measured):
    return targets.above("milliseconds of the master's CPU", measured["medians"]["cpu_ms"], targets.SCRAPE_MS)


def tables(measured):
    figures = measured["medians"]
    yield f"GET /metrics with {KEPT} jobs: milliseconds, medians"
    yield from aligned(["request to answer", "the master's CPU", "kB"], [[
        f"{figures['ms']:.1f}", targets.at_most(figures["cpu_ms"], targets.SCRAPE_MS, digits=1),
        f"{figures['bytes'] / 1000:.0f}"]], words=0)
