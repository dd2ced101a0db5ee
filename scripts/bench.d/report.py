"""From raw runs to medians, the printed tables and the JSON."""

import os
import platform
from statistics import median


def summarize(case):
    """Adds medians to a case that holds raw runs. Ratios are to the plain program with its default threads."""
    summary = {name: _plain(runs) for name, runs in case["plain"].items()}
    base = summary["default"]["ms"]
    tilework = {count: _jobs(runs, base) for count, runs in case["tilework"].items()}
    return {**case, "medians": {"plain": summary, "tilework": tilework}}


def _plain(runs):
    def of(key):
        return round(median(run[key] for run in runs), 3)

    return {
        "ms": of("total_ms"), "read_ms": of("read_ms"), "transform_ms": of("transform_ms"), "write_ms": of("write_ms"),
        "process_ms": of("process_ms"), "cpu_s": of("cpu_s"), "threads": runs[0]["threads"],
        "peak_rss_bytes": max(run["peak_rss_bytes"] for run in runs),
    }


def _jobs(runs, base):
    ms = median(run["ms"] for run in runs)
    processes = {
        name: {
            "cpu_s": round(median(run["processes"][name]["cpu_s"] for run in runs), 3),
            "peak_rss_bytes": max(run["processes"][name]["peak_rss_bytes"] for run in runs),
            "peak_anonymous_bytes": max(run["processes"][name]["peak_anonymous_bytes"] for run in runs),
        }
        for name in runs[0]["processes"]
    }
    return {
        "ms": round(ms, 3), "ratio": round(ms / base, 3),
        "tiles_per_s": round(median(run["tiles_per_s"] for run in runs), 2), "processes": processes,
    }


def tables(cases, counts):
    yield "Milliseconds from submit to result, medians; the ratio is to the plain program with its default threads"
    threads = cases[0]["medians"]["plain"]["default"]["threads"]
    header = ["transforms", "format", f"plain, {threads} thr.", "plain, 1 thr."]
    for count in counts:
        header += [_workers(count), "ratio", "tiles/s"]
    rows = []
    for case in cases:
        plain = case["medians"]["plain"]
        row = [case["transforms"], case["format"], f"{plain['default']['ms']:.0f}", f"{plain['single']['ms']:.0f}"]
        for count in counts:
            jobs = case["medians"]["tilework"][str(count)]
            row += [f"{jobs['ms']:.0f}", f"{jobs['ratio']:.2f}", f"{jobs['tiles_per_s']:.0f}"]
        rows.append(row + ["yes" if all(case["identical"].values()) else "NO"])
    yield from _aligned(header + ["identical"], rows)

    yield ""
    yield "CPU seconds (medians) and peak RSS in MB, in brackets the part that no file backs"
    header = ["transforms", "format", "workers", "CPU plain", "master", "workers", "RSS plain", "master", "each worker"]
    rows = []
    for case in cases:
        plain = case["medians"]["plain"]["default"]
        for count in counts:
            processes = dict(case["medians"]["tilework"][str(count)]["processes"])
            master, workers = processes.pop("master"), list(processes.values())
            rows.append([
                case["transforms"], case["format"], str(count),
                f"{plain['cpu_s']:.2f}", f"{master['cpu_s']:.2f}", " + ".join(f"{w['cpu_s']:.2f}" for w in workers),
                f"{plain['peak_rss_bytes'] / 1e6:.0f}", _memory(master), ", ".join(map(_memory, workers)),
            ])
    yield from _aligned(header, rows)


def _workers(count):
    return "1 worker" if count == 1 else f"{count} workers"


def _memory(process):
    return f"{process['peak_rss_bytes'] / 1e6:.0f} ({process['peak_anonymous_bytes'] / 1e6:.0f})"


def _aligned(header, rows):
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    for line in lines:  # words to the left, numbers to the right
        cells = [cell.ljust(width) if i < 2 else cell.rjust(width) for i, (cell, width) in enumerate(zip(line, widths))]
        yield "  ".join(cells).rstrip()


def machine(opencv):
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _first_value("/proc/cpuinfo", "model name"),
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "opencv": opencv,
    }


def _first_value(path, key):
    with open(path) as lines:
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), None)


def tile_size(width, height, tiles):
    """The power of two that cuts the picture in that many tiles, or None."""
    sizes = [2**i for i in range(6, 12) if -(-width // 2**i) * -(-height // 2**i) == tiles]
    return sizes[0] if len(sizes) == 1 else None
