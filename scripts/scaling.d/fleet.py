"""A master without workers of its own, to which workers are added one after the other."""

import http.client
import json
import os
import re
import subprocess
import time

import procfs
from failure import BenchFailure
from usage import Usage


class Fleet:
    def __init__(self, binaries, folder):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TILEWORK_")}
        self.binaries, self.environment, self.workers = binaries, environment, {}
        self.log = open(folder / "log", "w")
        self.process = subprocess.Popen(
            [binaries / "master-main", "serve", "--port", "0", "--data-dir", folder / "data", "--local-workers", "0"],
            stdout=subprocess.PIPE, stderr=self.log, env=environment, text=True)
        for line in self.process.stdout:
            if ready := re.search(r"ready at http://(127\.0\.0\.1:\d+)", line):
                self.address = ready[1]
                return
        raise BenchFailure("the master ended before it was ready")

    def ask(self, method, path, body=None, may_conflict=False):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        connection.request(method, path, body, {"Content-Type": "application/octet-stream"} if body else {})
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        if response.status >= 300 and not (may_conflict and response.status == 409):
            raise BenchFailure(f"{method} {path} was answered with {response.status} {answer[:300]}")
        return json.loads(answer) if answer else None

    def add_worker(self, limit):
        name = f"worker-{len(self.workers) + 1}"
        command, extra = limit.command(
            name, [str(self.binaries / "worker-main"), name, "--threads", "1", "--master", f"http://{self.address}"])
        self.workers[name] = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=self.environment | extra)

    def wait_for_workers(self, seconds=120):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            online = [w for w in self.ask("GET", "/api/v1/workers")["workers"] if w["status"] == "online"]
            partitions = [number for worker in online for number in worker["partitions"]]
            all_partitions = range(self.ask("GET", "/api/v1/statistics")["kafka"]["partitions"])
            if (len(online) == len(self.workers) and all(w["partitions"] for w in online)
                    and sorted(partitions) == list(all_partitions)):
                # These are the ids of the workers themselves. A child of this process may be a systemd-run.
                return {worker["worker_id"]: worker["pid"] for worker in online}
            time.sleep(0.2)
        raise BenchFailure(f"{len(self.workers)} workers did not share all partitions within {seconds} s")

    def load(self, image, transforms, image_format, seconds, warm_up=5):
        """Keeps four jobs unfinished, so that there is always work waiting. Returns what was measured meanwhile."""
        pids = self.wait_for_workers()
        finished, begin, start, usage = set(), time.monotonic(), None, None
        while True:
            statistics = self.ask("GET", "/api/v1/statistics")
            if statistics["jobs"]["pending"] + statistics["jobs"]["processing"] < 4:
                self.ask("POST", f"/api/v1/jobs?transforms={transforms}&format={image_format}", image)
            now = time.monotonic()
            # The warm-up leaves out tiles that are processed twice, because they were in flight while partitions moved.
            if start is None and now - begin > warm_up:
                start, before, usage, busy = now, statistics, Usage(self.process.pid, pids), procfs.busy_seconds()
            if start and now - start >= seconds:
                break
            time.sleep(0.05)
        processes, _ = usage.finish()
        busy = procfs.busy_seconds() - busy
        self._clear()
        return {"seconds": now - start, "before": before, "after": statistics, "processes": processes, "busy_s": busy}

    def _clear(self):
        """Cancels all jobs and deletes them."""
        for job in self.ask("GET", "/api/v1/jobs?limit=200")["jobs"]:
            if job["status"] in ("pending", "processing"):
                # It may have been completed meanwhile.
                self.ask("POST", f"/api/v1/jobs/{job['job_id']}/cancel", may_conflict=True)
        while jobs := self.ask("GET", "/api/v1/jobs?limit=200")["jobs"]:
            for job in jobs:
                if job["status"] not in ("pending", "processing"):
                    self.ask("DELETE", f"/api/v1/jobs/{job['job_id']}")
            time.sleep(0.1)

    def stop(self):
        for process in [*self.workers.values(), self.process]:
            process.terminate()
        for process in [*self.workers.values(), self.process]:
            process.wait(30)
