"""The machine on which the benchmark runs."""

import os
import platform

import vips


def facts(opencv):
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _first_value("/proc/cpuinfo", "model name"),
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "opencv": opencv,
        "vips": vips.version() if vips.is_there() else None,
        "load": os.getloadavg()[0],
    }


def _first_value(path, key):
    with open(path) as lines:
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), None)
