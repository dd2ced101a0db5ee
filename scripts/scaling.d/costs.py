"""From what was counted to rates, efficiency, and what a megapixel costs."""

from failure import BenchFailure
from limiter import CORES


def of(sample, pixels_per_tile, workers):
    """Rates of one measurement, and its costs for each megapixel of the image."""
    before, after = sample["before"], sample["after"]
    tiles = after["tiles"]["completed"] - before["tiles"]["completed"]
    if not tiles:
        raise BenchFailure(f"no tile was completed within {sample['seconds']:.0f} s; try more --seconds")
    megapixels = tiles * pixels_per_tile / 1e6
    seconds, processes = sample["seconds"], sample["processes"]
    own = [figures for name, figures in processes.items() if name not in ("master", "codecs")]

    def bytes_of(stage):
        return after["stages"][stage]["bytes"] - before["stages"][stage]["bytes"]

    return {
        "workers": workers,
        "mp_per_s": megapixels / seconds,
        "master_cores": (processes["master"]["cpu_s"] + processes["codecs"]["cpu_s"]) / seconds,
        # Of the fifth of a core that each may use.
        "workers_busy": sum(figures["cpu_s"] for figures in own) / seconds / (CORES * workers),
        "codec_ms": processes["codecs"]["cpu_s"] * 1e3 / megapixels,
        "broker_ms": processes["master"]["broker_cpu_s"] * 1e3 / megapixels,
        "master_ms": (processes["master"]["cpu_s"] - processes["master"]["broker_cpu_s"]) * 1e3 / megapixels,
        "worker_ms": sum(figures["cpu_s"] for figures in own) * 1e3 / megapixels,
        "out_mb": bytes_of("cut") / 1e6 / megapixels,
        "back_mb": bytes_of("kernel") / 1e6 / megapixels,
    }


def efficiency(cost, one):
    """The rate to that of as many workers as fast as the first."""
    return cost["mp_per_s"] / one["mp_per_s"] / cost["workers"] * one["workers"]


def bound(cost, cores):
    """What keeps the rate where it is: the workers' share of the processor, or what is left of it for the master."""
    if cost["workers_busy"] >= 0.95:
        return "workers"
    return "master" if cost["master_cores"] + cost["workers_busy"] * CORES * cost["workers"] >= 0.9 * cores else "waits"


def plan(cost, cores, gigabits):
    """What a master of so many cores bears with brokers on other hosts, and the cores of workers that this takes."""
    own = cost["codec_ms"] + cost["master_ms"]
    by_cores = cores * 1e3 / own
    # Each direction of the link has its own capacity.
    by_network = gigabits * 1e3 / 8 / max(cost["out_mb"], cost["back_mb"])
    rate = min(by_cores, by_network)
    return {
        "mp_per_s": rate, "bound": "cores" if by_cores < by_network else "network",
        "worker_cores": rate * cost["worker_ms"] / 1e3,
    }
