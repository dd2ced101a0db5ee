"""Real master and worker processes for the tests."""

import json
import os
import pathlib
import queue
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[2]


def binaries():
    """The folder with master-main and worker-main: TILEWORK_BIN, or what `swift build` made."""
    folder = os.environ.get("TILEWORK_BIN")
    if not folder:
        show = ["swift", "build", "--package-path", str(TOP), "--show-bin-path"]
        folder = subprocess.run(show, check=True, capture_output=True, text=True).stdout.strip()
    return pathlib.Path(folder)


def eventually(what, check, within=20):
    """Asks until the answer is true, and returns it. For changes that no event reports."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {within} s: {what}")


class Daemon:
    """A process whose output is kept."""

    def __init__(self, command, log, environment=None):
        self.log = open(log, "ab")
        self.process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.PIPE, stderr=self.log, stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})})
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.decode().rstrip("\n"))
        self.lines.put(None)

    def stop(self, how=signal.SIGTERM, within=10):
        """Ends the process and returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the process did not end within {within} s of {how!r}") from None
        finally:
            self.log.close()


class Master(Daemon):
    """`master-main serve` with a data directory of its own."""

    # The key that requests are made with, if the master has keys.
    key = None

    def __init__(self, folder, *arguments, port=0):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        super().__init__(
            [binaries() / "master-main", "serve", "--port", port, "--data-dir", self.folder / "data", *arguments],
            self.folder / "master.log")
        self.url = self._ready()
        self.port = int(self.url.rsplit(":", 1)[1])

    def _ready(self, within=60):
        end = time.monotonic() + within
        while time.monotonic() < end:
            try:
                line = self.lines.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                break
            if line is None:
                raise AssertionError(f"the master ended: {(self.folder / 'master.log').read_text()[-2000:]}")
            # The address may be announced before the workers have joined.
            for start in ("Tilework is ready at ", "Tilework is at "):
                if line.startswith(start):
                    return line.removeprefix(start).split(";")[0].strip()
        self.stop(signal.SIGKILL)
        raise AssertionError(f"the master was not ready within {within} s")

    def worker(self, name, key=None):
        """Starts a worker by hand."""
        command = [binaries() / "worker-main", name, "--master", self.url]
        return Daemon(command, self.folder / f"{name}.log", {"TILEWORK_KEY": key} if key else {})

    def keys(self, *arguments):
        """What `master-main keys` prints, with the master running."""
        run = subprocess.run(
            [binaries() / "master-main", "keys", *arguments, "--data-dir", self.folder / "data"], check=True,
            capture_output=True, text=True)
        return run.stdout.strip()

    def create_key(self, name, role):
        return self.keys("create", name, "--role", role)

    def request(self, method, path, body=None, headers=None):
        """An answer's status, headers and body, whatever the status."""
        if self.key:
            headers = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.headers, refusal.read()

    def get(self, path):
        """The JSON at a path under /api/v1."""
        status, _, body = self.request("GET", f"/api/v1/{path}")
        assert status == 200, (status, body)
        return json.loads(body)

    def submit(self, image, transforms="invert", **query):
        """Sends an image file's bytes; returns the job."""
        # The master reads a plus sign in a query as a plus, not as a space.
        query = urllib.parse.urlencode({"transforms": transforms, **query}, quote_via=urllib.parse.quote)
        path = f"/api/v1/jobs?{query}"
        status, _, body = self.request("POST", path, image)
        assert status == 202, (status, body)
        return json.loads(body)

    def wait_for(self, job, status="completed", within=60):
        """Returns the job once it has this status. Fails if it ends with another one."""
        def look():
            found = self.get(f"jobs/{job['job_id']}")
            final = found["status"] in ("completed", "failed", "cancelled")
            assert not final or found["status"] == status, found
            return found if found["status"] == status else None
        return eventually(f"job {job['job_id']} is {status}", look, within)

    def wait_for_workers(self, count, within=30):
        def online():
            return sum(worker["status"] == "online" for worker in self.get("workers")["workers"]) == count
        eventually(f"{count} workers are online", online, within)
