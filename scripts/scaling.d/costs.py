"""Computes rates, efficiency, and the cost of a megapixel from counts."""

from failure import BenchFailure
from limiter import CORES

# The share of the workers' limit that counts as full use, and the share of a single worker's rate that counts as
# efficient.
FULL, EFFICIENT = 0.95, 0.95


def of(sample, pixels_per_tile, workers, tile_s=0):
    """The rates of one measurement, and its costs for each megapixel of the image.

    - tile_s: the seconds that a tile occupies its worker, if a delay is the workers' limit.
    """
    before, after = sample["before"], sample["after"]
    tiles = after["tiles"]["completed"] - before["tiles"]["completed"]
    if not tiles:
        raise BenchFailure(f"no tile was completed within {sample['seconds']:.0f} s; try more --seconds")
    megapixels = tiles * pixels_per_tile / 1e6
    seconds, processes = sample["seconds"], sample["processes"]
    own_s = sum(figures["cpu_s"] for name, figures in processes.items() if name not in ("master", "codecs"))
    # A delayed worker sleeps, so its rate shows how busy it is, not its processor time.
    busy = (tiles * tile_s if tile_s else own_s / CORES) / (seconds * workers)

    def bytes_of(stage):
        return after["stages"][stage]["bytes"] - before["stages"][stage]["bytes"]

    return {
        "workers": workers,
        "mp_per_s": megapixels / seconds,
        "master_cores": (processes["master"]["cpu_s"] + processes["codecs"]["cpu_s"]) / seconds,
        "worker_cores": own_s / seconds,
        "machine_cores": sample["busy_s"] / seconds,
        # Relative to each worker's limit.
        "workers_busy": busy,
        "codec_ms": processes["codecs"]["cpu_s"] * 1e3 / megapixels,
        "broker_ms": processes["master"]["broker_cpu_s"] * 1e3 / megapixels,
        "master_ms": (processes["master"]["cpu_s"] - processes["master"]["broker_cpu_s"]) * 1e3 / megapixels,
        "worker_ms": own_s * 1e3 / megapixels,
        "out_mb": bytes_of("cut") / 1e6 / megapixels,
        "back_mb": bytes_of("kernel") / 1e6 / megapixels,
    }


def efficiency(cost, one):
    """The rate relative to that of as many workers, each as fast as those of `one`."""
    return cost["mp_per_s"] / one["mp_per_s"] / cost["workers"] * one["workers"]


def bound(cost, cores):
    """What limits the rate: the workers' limit, or the processor, of which the master gets the rest.

    `others` means that other programs use the processor, so nothing can be concluded. `waits` means none of these:
    there is work, and capacity for it.
    """
    if cost["workers_busy"] >= FULL:
        return "workers"
    if cost["master_cores"] + cost["worker_cores"] >= 0.9 * cores:
        return "master"
    return "others" if cost["machine_cores"] >= 0.9 * cores else "waits"


def is_lost(cost, one, cores):
    """Whether workers are slowed down although neither their limit nor the processor is fully used."""
    what = bound(cost, cores)
    return what == "waits" or (what == "workers" and efficiency(cost, one) < EFFICIENT)


def workers_to_fill(cost, rate):
    """How many workers of a fifth of a core process so many megapixels a second."""
    return rate * cost["worker_ms"] / 1e3 / CORES


def full_rate(cost, cores):
    """Megapixels a second at which master, codecs, broker and workers together fully use one machine of so many
    cores."""
    return cores * 1e3 / sum(cost[f"{part}_ms"] for part in ("codec", "master", "broker", "worker"))


def plan(cost, cores, gigabits):
    """The rate of a master of so many cores with brokers on other hosts, and the cores of workers that this needs."""
    own = cost["codec_ms"] + cost["master_ms"]
    by_cores = cores * 1e3 / own
    # Each direction of the link has its own capacity.
    by_network = gigabits * 1e3 / 8 / max(cost["out_mb"], cost["back_mb"])
    rate = min(by_cores, by_network)
    return {
        "mp_per_s": rate, "bound": "cores" if by_cores < by_network else "network",
        "worker_cores": rate * cost["worker_ms"] / 1e3,
    }
