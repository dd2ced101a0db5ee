"""A profile by stage, from the master's statistics and the times of librdkafka's threads."""

from statistics import median

NAMES = ["decode", "cut", "transport", "kernel", "paste", "encode"]


def between(before, after, processes):
    """The time of each stage between two answers of the statistics, in seconds. `rest` belongs to no stage."""
    taken = {
        name: {
            "count": after[name]["count"] - before[name]["count"],
            "bytes": after[name]["bytes"] - before[name]["bytes"],
            "wall_s": after[name]["wall_s"] - before[name]["wall_s"],
            "cpu_s": after[name].get("cpu_s", 0) - before[name].get("cpu_s", 0),
        }
        for name in NAMES
    }
    taken["transport"]["cpu_s"] = sum(process.get("transport_cpu_s", 0) for process in processes.values())
    whole = sum(process["cpu_s"] for process in processes.values())
    taken["rest"] = {"cpu_s": whole - sum(stage["cpu_s"] for stage in taken.values())}
    return taken


def medians(runs):
    """Milliseconds of each stage, and the bytes of its pixels."""
    def of(name, key, scale):
        return round(median(run[name][key] for run in runs) * scale, 2)

    summary = {name: {"cpu_ms": of(name, "cpu_s", 1e3), "wall_ms": of(name, "wall_s", 1e3),
                      "bytes": of(name, "bytes", 1)} for name in NAMES}
    return summary | {"rest": {"cpu_ms": of("rest", "cpu_s", 1e3)}}


def row(summary):
    """A cell for each stage: milliseconds of CPU / of wall."""
    cells = [f"{summary[name]['cpu_ms']:.0f} / {summary[name]['wall_ms']:.0f}" for name in NAMES]
    return [*cells, f"{summary['rest']['cpu_ms']:.0f}"]
