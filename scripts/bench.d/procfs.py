"""Facts from the kernel about a running process. Linux only."""

import os
import time
from pathlib import Path

from failure import BenchFailure

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def _read(pid, name):
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        raise BenchFailure(f"process {pid} ended while it was being measured") from None


def _stat(pid):
    # The second field is the program's name in brackets, which can contain spaces and brackets.
    return _read(pid, "stat").rpartition(")")[2].split()


def cpu_seconds(pid):
    """User and system time of all threads since the process started."""
    try:
        # The clock of clock_getcpuclockid(). It counts nanoseconds, while /proc counts ticks of 10 ms.
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:
        raise BenchFailure(f"process {pid} ended while it was being measured") from None


def busy_seconds():
    """The time since the start in which the machine's processors were not idle, whatever process used them."""
    with open("/proc/stat") as lines:
        ticks = list(map(int, next(lines).split()[1:9]))
    return (sum(ticks) - ticks[3] - ticks[4]) / TICKS_PER_SECOND  # without idling and waiting for disks


def ended_children_seconds(pid):
    """User and system time of the ended children for which the process has waited, exact to a clock tick (10 ms)."""
    fields = _stat(pid)
    return (int(fields[13]) + int(fields[14])) / TICKS_PER_SECOND


def thread_seconds(pid, prefix):
    """Processor time of each living thread whose name begins with the prefix, by its id."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            if _read(pid, f"task/{thread}/comm").startswith(prefix):
                found[thread] = int(_read(pid, f"task/{thread}/schedstat").split()[0]) / 1e9
        except BenchFailure:
            continue  # ended after the listing
    return found


def memory(pid, field):
    """A size in bytes from the status file. VmHWM is the peak of resident memory; RssAnon is memory without a file."""
    for line in _read(pid, "status").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise BenchFailure(f"process {pid} has no {field}: is it a zombie?")


def forget_peak(pid):
    """Resets VmHWM to the currently resident memory. False if the kernel does not allow it."""
    try:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
        return True
    except OSError:
        return False


def children(pid):
    """The ids of living processes that any thread of this one has started."""
    found = set()
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            found.update(map(int, _read(pid, f"task/{thread}/children").split()))
        except BenchFailure:
            continue
    return sorted(found)
