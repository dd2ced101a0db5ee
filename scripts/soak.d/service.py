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
    """The master has keys and limits, because only then does it store state for clients, which could grow. No client
    reaches a limit."""

    def __init__(self, program, folder, customers):
        self._folder, self._worker_program = folder, program.with_name("worker-main")
        self._log = folder / "master.log"
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("TILEWORK_")}
        self._workers = {}
        self._program = program
        self.keys = [self._create_key(f"customer-{number}", "operator") for number in range(customers)]
        self._worker_key = self._create_key("workers", "worker")
        # The retention removes jobs that no client deletes, so that it runs, too.
        arguments = ["serve", "--port", "0", "--data-dir", str(folder / "data"), "--local-workers", "0",
                     "--min-size", "64", "--keep", "2m", "--limit", "requests=10000000/m",
                     "--limit", "address-requests=10000000/m"]
        with self._log.open("wb") as log:
            # In a new session, so that Ctrl-C reaches only this script, which then stops the master in order.
            self._process = subprocess.Popen(
                [str(program), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                env=self._environment, start_new_session=True, text=True)
        self.address = None
        self._announced = threading.Event()
        threading.Thread(target=self._read_output, daemon=True).start()

    def _create_key(self, name, role):
        try:
            return subprocess.run(
                [str(self._program), "keys", "create", name, "--role", role, "--data-dir", str(self._folder / "data")],
                env=self._environment, check=True, capture_output=True, text=True).stdout.strip()
        except subprocess.CalledProcessError as error:
            raise BenchFailure(f"the key {name} cannot be made: {error.stderr.strip()}") from None

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
        """Starts the workers. Returns the processes to monitor, by name, once all workers have partitions.

        If the master lends them its canvases, records carry no pixels.
        """
        for name in names:
            options = ["--canvases", str(self._folder / "data" / "canvas")] if lends else []
            with (self._folder / f"{name}.log").open("wb") as log:
                self._workers[name] = subprocess.Popen(
                    [str(self._worker_program), name, "--master", f"http://{self.address}", "--threads", "1", *options],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                    env=self._environment | {"TILEWORK_KEY": self._worker_key})
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            status, body = self.ask("GET", "/api/v1/workers")
            online = [w for w in json.loads(body)["workers"] if w["status"] == "online"] if status == 200 else []
            if {w["worker_id"] for w in online if w["partitions"]} == set(names) and len(online) == len(names):
                return {"master": self._process.pid} | {name: worker.pid for name, worker in self._workers.items()}
            time.sleep(0.2)
        raise self.failure(f"did not give partitions to the workers {', '.join(names)} within {START_SECONDS} s")

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

    def ask(self, method, path, body=None, headers={}, key=None):
        """Sends one request on a new connection. Returns status and body."""
        authorization = {"Authorization": f"Bearer {key or self.keys[0]}"}
        return self._request(method, path, body, authorization | headers)[:2]

    def visit(self, key, leaves):
        """Acts like a browser: logs in, reads, and perhaps logs out. Returns the statuses."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        first, _, cookie = self._request("POST", "/login", f"key={key}&next=/", form)
        session = {"Cookie": (cookie or "").split(";")[0], "Origin": f"http://{self.address}"}
        statuses = [first, self._request("GET", "/api/v1/jobs?limit=5", None, session)[0]]
        return statuses + ([self._request("POST", "/logout", "", session)[0]] if leaves else [])

    def _request(self, method, path, body, headers):
        host, _, port = self.address.partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=120)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read(), response.getheader("Set-Cookie")
        finally:
            connection.close()

    def failure(self, what):
        tail = self._log.read_text(errors="replace").splitlines()[-15:]
        return BenchFailure("\n  ".join([f"the master {what}; its log ends:", *tail]))

    def check(self):
        """Checks that the original processes are still running."""
        if self._process.poll() is not None:
            raise self.failure(f"ended with {self._process.returncode}")
        for name, worker in self._workers.items():
            if worker.poll() is not None:
                tail = (self._folder / f"{name}.log").read_text(errors="replace").splitlines()[-5:]
                raise self.failure("\n  ".join([f"lost {name}, which ended with {worker.returncode}:", *tail]))

    def stop(self):
        """Stops the master and its workers. Returns whether the master ended by itself, with status 0."""
        self.stop_workers()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_SECONDS) == 0
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)  # the whole group, so that no worker remains
            self._process.wait()
            return False
