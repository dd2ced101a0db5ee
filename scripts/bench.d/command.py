"""A program from its start to its end: wall time, processor time, peak memory."""

import os
import subprocess
import time

from failure import BenchFailure


def run(arguments, accept=(0,)):
    """Runs a program. Returns its output and what it took, including its start and its end."""
    start = time.perf_counter()
    try:
        process = subprocess.Popen(
            list(map(str, arguments)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError:
        raise BenchFailure(f"{arguments[0]} is not installed") from None
    with process.stdout:
        printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    text = printed.decode(errors="replace")
    if process.returncode not in accept:
        raise BenchFailure(f"{' '.join(map(str, arguments))} ended with {process.returncode}:\n{text.strip()}")
    return text, {
        "process_ms": round(wall * 1000, 3),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 3),
        "peak_rss_bytes": usage.ru_maxrss * 1024,
    }
