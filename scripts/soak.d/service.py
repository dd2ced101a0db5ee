"""The master of a soak, with its embedded broker, and workers on the same machine."""

import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time

from failure import BenchFailure

START_SECONDS = 60
STOP_SECONDS = 30


class Service:
    def __init__(self, program, folder):
        self._folder, self._worker_program = folder, program.with_name("worker-main")
        self._log = folder / "master.log"
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("TILEWORK_")}
        self._workers = {}
        # Jobs that nobody deletes go by the retention, which is one more thing to keep running.
        arguments = ["serve", "--port", "0", "--data-dir", str(folder / "data"), "--local-workers", "0",
                     "--min-size", "64", "--keep", "2m"]
        with self._log.open("wb") as log:
            # A session of its own: Ctrl-C reaches only this script, which then stops the master in order.
            self._process = subprocess.Popen(
                [str(program), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                env=self._environment, start_new_session=True, text=True)
        self.address = None
        self._announced = threading.Event()
        threading.Thread(target=self._read_output, daemon=True).start()

    def _read_output(self):
        for line in self._process.stdout:
            if ready := re.search(r"ready at http://(127\.0\.0\.1:\d+)", line):
                self.address = ready[1]
                self._announced.set()
        self._announced.set()

    def wait_until_ready(self):
        if not self._announced.wait(START_SECONDS) or not self.address:
            raise self.failure("did not start")

    def start_workers(self, *names, lends):
        """Returns the processes to look at, by name, once all workers have partitions.

        Where the master lends them its canvases, records carry no pixels.
        """
        for name in names:
            options = ["--canvases", str(self._folder / "data" / "canvas")] if lends else []
            with (self._folder / f"{name}.log").open("wb") as log:
                self._workers[name] = subprocess.Popen(
                    [str(self._worker_program), name, "--master", f"http://{self.address}", "--threads", "1", *options],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment, start_new_session=True)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            status, body = self.ask("GET", "/api/v1/workers")
            online = [w for w in json.loads(body)["workers"] if w["status"] == "online"] if status == 200 else []
            if {w["worker_id"] for w in online if w["partitions"]} == set(names) and len(online) == len(names):
                return {"master": self._process.pid} | {name: worker.pid for name, worker in self._workers.items()}
            time.sleep(0.2)
        raise self.failure(f"had not the workers {', '.join(names)} with partitions after {START_SECONDS} s")

    def stop_workers(self):
        for worker in self._workers.values():
            worker.send_signal(signal.SIGTERM)
        for name, worker in self._workers.items():
            try:
                worker.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        self._workers = {}

    def ask(self, method, path, body=None, headers={}):
        """One request on a connection of its own: status and body."""
        host, _, port = self.address.partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=120)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def failure(self, what):
        tail = self._log.read_text(errors="replace").splitlines()[-15:]
        return BenchFailure("\n  ".join([f"the master {what}; its log ends:", *tail]))

    def check(self):
        """That the processes of the start are the ones that run."""
        if self._process.poll() is not None:
            raise self.failure(f"ended with {self._process.returncode}")
        for name, worker in self._workers.items():
            if worker.poll() is not None:
                tail = (self._folder / f"{name}.log").read_text(errors="replace").splitlines()[-5:]
                raise self.failure("\n  ".join([f"lost {name}, which ended with {worker.returncode}:", *tail]))

    def stop(self):
        """Ends it and its workers; says whether it did so by itself and with status 0."""
        self.stop_workers()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_SECONDS) == 0
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)  # its group, so that no worker stays behind
            self._process.wait()
            return False
