"""What the processes of a service use during one job: processor time, memory, and librdkafka's share."""

import threading
from contextlib import contextmanager

import procfs
from failure import BenchFailure

# The prefix of the names of librdkafka's threads, and of the embedded broker's.
TRANSPORT, BROKER = "rdk:", "rdk:mock"


class Usage:
    """Counts from its creation to `finish`, which returns a row for `master`, `codecs` and each worker."""

    def __init__(self, master, workers):
        self._master, self._workers = master, workers
        self._pids = {"master": master} | workers
        pids = [*self._pids.values(), *self._codecs()]
        self.peak_since_start = not all([procfs.forget_peak(pid) for pid in pids])
        self._start = self._seconds()
        self._threads = self._transport(TRANSPORT)
        self._broker = self._transport(BROKER)
        self._anonymous = dict.fromkeys([*self._pids, "codecs", "master and codecs"], 0)
        self._resident = 0
        self.sample()

    def _codecs(self):
        """Codec processes change, because each is replaced after some answers."""
        return [pid for pid in procfs.children(self._master) if pid not in self._workers.values()]

    def _seconds(self):
        seconds = {name: procfs.cpu_seconds(pid) for name, pid in self._pids.items()}
        codecs = _sum(procfs.cpu_seconds, self._codecs())
        return seconds | {"codecs": codecs + procfs.ended_children_seconds(self._master)}

    def _transport(self, names):
        return {name: procfs.thread_seconds(pid, names) for name, pid in self._pids.items()}

    def sample(self):
        """The kernel keeps no peak of RssAnon, so it has to be sampled."""
        now = {name: procfs.memory(pid, "RssAnon") for name, pid in self._pids.items()}
        codecs = self._codecs()
        now["codecs"] = _sum(lambda pid: procfs.memory(pid, "RssAnon"), codecs)
        now["master and codecs"] = now["master"] + now["codecs"]
        self._anonymous = {name: max(peak, now[name]) for name, peak in self._anonymous.items()}
        self._resident = max(self._resident, _sum(lambda pid: procfs.memory(pid, "VmHWM"), codecs))

    @contextmanager
    def sampling(self, pause):
        """Samples memory until the block ends; never if the pause is `None`."""
        if pause is None:
            yield
            return
        done = threading.Event()

        def look():
            while not done.wait(pause):
                self.sample()

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def finish(self):
        self.sample()
        seconds = self._seconds()
        processes = {
            name: {
                "cpu_s": round(seconds[name] - self._start[name], 4),
                "peak_rss_bytes": procfs.memory(self._pids[name], "VmHWM") if name in self._pids else self._resident,
                "peak_anonymous_bytes": self._anonymous[name],
            }
            for name in seconds
        }
        for key, names, before in (("transport_cpu_s", TRANSPORT, self._threads), ("broker_cpu_s", BROKER, self._broker)):
            for name, threads in self._transport(names).items():
                processes[name][key] = round(
                    sum(spent - before[name].get(thread, 0) for thread, spent in threads.items()), 4)
        return processes, self._anonymous["master and codecs"]


def _sum(figure, pids):
    """The sum over the processes that have not ended."""
    total = 0
    for pid in pids:
        try:
            total += figure(pid)
        except BenchFailure:
            continue
    return total
