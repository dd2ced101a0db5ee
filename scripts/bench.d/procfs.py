"""What the kernel knows about a running process. Linux only."""

import os
from pathlib import Path

from failure import BenchFailure

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def _read(pid, name):
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        raise BenchFailure(f"process {pid} ended while it was being measured") from None


def _stat(pid):
    # The second field is the program's name in brackets, which may itself hold spaces and brackets.
    return _read(pid, "stat").rpartition(")")[2].split()


def cpu_seconds(pid):
    """User and system time of all threads since the process started, in steps of a clock tick (10 ms)."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def memory(pid, field):
    """A size in bytes from the status file: VmHWM is the most that was resident, RssAnon what no file backs."""
    for line in _read(pid, "status").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise BenchFailure(f"process {pid} has no {field}: is it a zombie?")


def forget_peak(pid):
    """Makes VmHWM start again from what is resident now. False where the kernel does not allow it."""
    try:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
        return True
    except OSError:
        return False


def children(pid):
    found = []
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and int(_stat(entry)[1]) == pid:
                found.append(int(entry))
        except (BenchFailure, IndexError, OSError):
            continue  # ended between the listing and the look
    return sorted(found)


class Usage:
    """CPU seconds and peak memory of a few named processes over one job."""

    def __init__(self, pids):
        self._pids = pids
        self.peak_since_start = not all([forget_peak(pid) for pid in pids.values()])
        self._cpu = {name: cpu_seconds(pid) for name, pid in pids.items()}
        self._anonymous = dict.fromkeys(pids, 0)
        self.sample()

    def sample(self):
        """RssAnon has no high-water mark of its own, so it has to be looked at now and then."""
        for name, pid in self._pids.items():
            self._anonymous[name] = max(self._anonymous[name], memory(pid, "RssAnon"))

    def finish(self):
        self.sample()
        return {
            name: {
                "pid": pid,
                "cpu_s": round(cpu_seconds(pid) - self._cpu[name], 3),
                "peak_rss_bytes": memory(pid, "VmHWM"),
                "peak_anonymous_bytes": self._anonymous[name],
            }
            for name, pid in self._pids.items()
        }
