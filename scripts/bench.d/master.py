"""A master with a given number of workers and tile size, with or without lent canvases, and the jobs that it runs."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import procfs
import stages
from failure import BenchFailure
from usage import Usage

HOST = "127.0.0.1"
# How often memory is sampled. Sampling takes processor time, so short jobs have runs for memory alone.
SHORT_SAMPLE_SECONDS, LONG_SAMPLE_SECONDS = 0.05, 0.5
SPREAD_SECONDS = 15
STOP_SECONDS = 20
FINAL = ("completed", "failed", "cancelled")
TILE_SIZE = 512
MOST_PIXELS, MOST_BYTES = 1 << 30, 8 << 30


class Master:
    def __init__(self, program, workers, data_dir, tile_size=TILE_SIZE, lends=True):
        self.workers = workers
        self.label = label(workers, tile_size, lends)
        self.worker_pids = {}
        self._port = _free_port()
        self._connection = self._connect()
        data_dir.mkdir(parents=True, exist_ok=True)
        self._log = data_dir / "master.log"
        arguments = [str(program), "serve", "--host", HOST, "--port", str(self._port)]
        arguments += ["--data-dir", str(data_dir / "data"), "--local-workers", str(workers), "--min-size", "64"]
        arguments += ["--tile-size", str(tile_size), "--max-pixels", str(MOST_PIXELS)]
        arguments += ["--max-upload-bytes", str(MOST_BYTES), "--lend-canvases", "true" if lends else "false"]
        with self._log.open("wb") as log:
            # In a new session, so that Ctrl-C reaches only this script, which then stops every master in order.
            self._process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)

    def wait_until_ready(self, seconds):
        start = time.monotonic()
        missing = "an answer"
        while time.monotonic() - start < seconds:
            if self._process.poll() is not None:
                raise self._failure(f"ended with {self._process.returncode} before it was ready")
            missing = self._missing(patient=time.monotonic() - start < SPREAD_SECONDS)
            if not missing:
                return
            time.sleep(0.1)
        raise self._failure(f"was not ready after {seconds} s; still missing: {missing}")

    def _missing(self, patient):
        """What the master still lacks, in words; empty when jobs can be timed."""
        try:
            if self._request("GET", "/readyz")[0] != 200:
                return "/readyz = 200"
            status, body = self._request("GET", "/api/v1/workers")
        except (OSError, http.client.HTTPException):
            return "an answer"
        online = [w for w in json.loads(body)["workers"] if w["status"] == "online"] if status == 200 else []
        if len(online) != self.workers:
            return f"{self.workers} workers online, there are {len(online)}"
        idle = [worker["worker_id"] for worker in online if not worker.get("partitions")]
        if len(idle) == len(online) or (idle and patient):
            return f"partitions for {', '.join(idle)}"
        if idle:
            print(f"bench: {', '.join(idle)} has no partition and may get no tiles", file=sys.stderr)
        children = procfs.children(self._process.pid)
        if any(worker.get("pid") not in children for worker in online):
            self.worker_pids = {f"child-{pid}": pid for pid in children}
        else:
            self.worker_pids = {worker["worker_id"]: worker["pid"] for worker in online}
        return None

    def run_job(self, picture, transforms, image_format, limit_s, options=None, sample_s=None):
        """Runs one job from submit to completion. Returns its id, and what processes and stages used meanwhile.

        The picture is bytes, or a file that is open for reading and has a known length. `options` are those of the
        result's format. Memory is sampled every `sample_s` seconds; without `sample_s`, only at the end.
        """
        usage = Usage(self._process.pid, self.worker_pids)
        before = self._stages()
        self._connection.close()  # an idle connection may be closed by now, and a POST must not be sent twice
        self._connection.connect()
        start = time.perf_counter()
        job = self._submit(self._connection, picture, transforms, image_format, options)
        accepted = time.perf_counter()
        with usage.sampling(sample_s):
            job = self._finished(job, start + limit_s)
            seconds = time.perf_counter() - start
        self._check(job)
        tiles = job["progress"]["total"]
        processes, anonymous = usage.finish()
        return job["job_id"], {
            "ms": round(seconds * 1000, 3),
            "upload_ms": round((accepted - start) * 1000, 3),
            "tiles": tiles,
            "tiles_per_s": round(tiles / seconds, 2),
            "bytes": job["result"]["bytes"],
            "processes": processes,
            "master_and_codecs_anonymous_bytes": anonymous,
            "stages": stages.between(before, self._stages(), processes),
            "peak_rss_since_start": usage.peak_since_start,
            "memory_was_sampled": sample_s is not None,
        }

    def run_together(self, picture, count, transforms, image_format, limit_s):
        """Runs `count` jobs at once, from the first submit until all are completed. Returns their ids and the
        seconds."""
        def submit(_):
            connection = self._connect()
            try:
                connection.connect()
                return self._submit(connection, picture, transforms, image_format)
            finally:
                connection.close()

        start = time.perf_counter()
        with ThreadPoolExecutor(count) as pool:
            jobs = list(pool.map(submit, range(count)))
        for job in jobs:
            self._check(self._finished(job, start + limit_s))
        return [job["job_id"] for job in jobs], time.perf_counter() - start

    def _finished(self, job, deadline):
        """The job once it is finished. This waits for its end, because frequent requests would take time from the
        measured work."""
        while job["status"] not in FINAL:
            if time.perf_counter() > deadline:
                raise self._failure(f"did not finish a job in time: {json.dumps(job.get('progress'))}")
            job = self._json("GET", f"/api/v1/jobs/{job['job_id']}?wait=10", 200)
        return job

    def _submit(self, connection, picture, transforms, image_format, options=None):
        query = urlencode({"transforms": transforms, "format": image_format, **(options or {})})
        headers = {"Content-Type": "application/octet-stream"}
        if hasattr(picture, "fileno"):  # else it would be sent in chunks
            headers["Content-Length"] = str(os.fstat(picture.fileno()).st_size)
        try:
            connection.request("POST", f"/api/v1/jobs?{query}", picture, headers)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._failure(f"broke off an upload: {error!r}") from None
        if response.status != 202:
            raise self._failure(f"refused an upload with {response.status}: {body[:400].decode(errors='replace')}")
        return json.loads(body)

    def _check(self, job):
        if job["status"] != "completed":
            raise self._failure(f"says the job {job['transforms']} is {job['status']}: {job.get('error')}")

    def _stages(self):
        return self._json("GET", "/api/v1/statistics", 200)["stages"]

    def save_result(self, job_id, path):
        path.write_bytes(self._expect("GET", f"/api/v1/jobs/{job_id}/result", 200))

    def save_region(self, job_id, x, y, side, path):
        """A square of the result in full size, as PNG."""
        query = urlencode({"x": x, "y": y, "w": side, "h": side, "max": side, "format": "png"})
        path.write_bytes(self._expect("GET", f"/api/v1/jobs/{job_id}/result/region?{query}", 200))

    @property
    def pid(self):
        return self._process.pid

    def metrics(self):
        return self._expect("GET", "/metrics", 200)

    def delete(self, job_id):
        self._expect("DELETE", f"/api/v1/jobs/{job_id}", (200, 202, 204))

    def stop(self):
        self._connection.close()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"bench: the master {self._process.pid} ignores SIGTERM, killing it", file=sys.stderr)
            os.killpg(self._process.pid, signal.SIGKILL)  # the whole group, so that no worker remains
            self._process.wait()

    def _connect(self):
        return http.client.HTTPConnection(HOST, self._port, timeout=600, blocksize=1 << 20)

    def _json(self, method, path, expected):
        return json.loads(self._expect(method, path, expected))

    def _expect(self, method, path, expected):
        try:
            status, answer = self._request(method, path)
        except (OSError, http.client.HTTPException) as error:
            raise self._failure(f"broke off {method} {path}: {error!r}") from None
        if status not in (expected if isinstance(expected, tuple) else (expected,)):
            raise self._failure(f"answered {method} {path} with {status}: {answer[:400].decode(errors='replace')}")
        return answer

    def _request(self, method, path):
        # http.client sets TCP_NODELAY, and opens a closed connection again by itself.
        for attempt in (1, 2):
            try:
                self._connection.request(method, path)
                response = self._connection.getresponse()
                return response.status, response.read()
            except (ConnectionError, http.client.HTTPException):
                self._connection.close()
                if attempt == 2:
                    raise

    def _failure(self, what):
        tail = self._log.read_text(errors="replace").splitlines()[-15:]
        return BenchFailure("\n  ".join([f"the master with {self.label} {what}; its log ends:", *tail]))


def label(workers, tile_size=TILE_SIZE, lends=True):
    """The name of a master in tables, without its default properties."""
    return ", ".join(["1 worker" if workers == 1 else f"{workers} workers",
                      *([f"{tile_size} px"] if tile_size != TILE_SIZE else []), *([] if lends else ["by Kafka"])])


def _free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
