"""Users of the service. Each sends one job after the other, and does with it what users do."""

import json
import random
import threading
import time
from collections import Counter
from urllib.parse import urlencode

import pictures
from listener import listen

FINAL = ("completed", "failed", "cancelled")
JOB_SECONDS = 300
PICTURES = 24


class Tally:
    """What all customers together did, and what failed."""

    def __init__(self):
        self._lock = threading.Lock()
        self.counts = Counter()
        self.findings = []

    def count(self, what, number=1):
        with self._lock:
            self.counts[what] += number

    def find(self, what):
        with self._lock:
            self.counts["findings"] += 1
            if len(self.findings) < 50:
                self.findings.append(what)


class Unexpected(Exception):
    """An answer that must not occur."""


class Shelf:
    """Images to send. Results are added, so that there are files of every format."""

    def __init__(self, seed):
        generator = random.Random(seed)
        self._lock = threading.Lock()
        self._pictures = [pictures.make(generator) for _ in range(PICTURES)]

    def pick(self, generator):
        with self._lock:
            return generator.choice(self._pictures)

    def put(self, picture, generator):
        # The first half is not replaced, because an image that went through threshold stays black and white.
        with self._lock:
            if len(self._pictures) < 2 * PICTURES:
                self._pictures.append(picture)
            else:
                self._pictures[generator.randrange(PICTURES, 2 * PICTURES)] = picture


class Customer:
    def __init__(self, service, key, shelf, tally, steps, stop, seed):
        self._key = key
        self._service, self._shelf, self._tally, self._steps, self._stop = service, shelf, tally, steps, stop
        self._random = random.Random(seed)

    def fill_broker(self):
        """Sends a few large images.

        The embedded broker keeps the newest 5 MiB of each partition. Small jobs alone, or workers with lent canvases,
        would take many minutes to fill them, and that would look like endless growth.
        """
        picture = pictures.large(self._random)
        for _ in range(4):
            query = "transforms=invert&format=bmp"
            body = self._ask("POST", f"/api/v1/jobs?{query}", (202,), picture.body, {"Content-Type": "image/bmp"})[1]
            path = f"/api/v1/jobs/{json.loads(body)['job_id']}"
            job = self._wait(path)
            if job["status"] != "completed":
                raise Unexpected(f"a large job is {job['status']}: {job.get('error')}")
            self._delete(path)

    def run(self):
        while not self._stop.is_set():
            try:
                self._serve()
            except Exception as error:  # any error is a finding, and the next job can find more
                self._tally.find(f"{type(error).__name__}: {str(error).strip()}")
                self._stop.wait(1)

    def _chance(self, number):
        return self._random.random() < number

    def _serve(self):
        picture = self._shelf.pick(self._random)
        if self._chance(0.02):
            return self._send_damaged(picture)
        if self._chance(0.05):
            self._try_transforms(picture)
        if self._chance(0.02):
            listen(self._service.address, self._key, self._random, self._stop)
            self._tally.count("listeners")
        if self._chance(0.1):
            statuses = self._service.visit(self._key, leaves=self._chance(0.5))
            if statuses[:2] != [303, 200] or statuses[2:] not in ([], [303]):
                raise Unexpected(f"a log-in, a request and a log-out were answered with {statuses}")
            self._tally.count("log-ins")
        job, image_format = self._submit(picture)
        if job is None:
            return
        path = f"/api/v1/jobs/{job['job_id']}"
        fate = self._random.random()
        if fate < 0.12:
            self._stop.wait(self._random.random())
            self._get(f"{path}/preview?max=300", (200, 409))
            status, _ = self._ask("POST", f"{path}/cancel", (200, 409))
            if status == 200:
                self._tally.count("cancelled")
                if self._chance(0.5):
                    return self._delete(path)
                self._ask("POST", f"{path}/retry", (202,))
                self._tally.count("retried")
        elif fate < 0.18:
            self._stop.wait(self._random.random())
            self._tally.count("deleted in mid-life")
            return self._delete(path)
        elif fate < 0.2:
            listen(self._service.address, self._key, self._random, self._stop, job["job_id"])
            self._tally.count("listeners")
        job = self._wait(path)
        if job["status"] != "completed":
            if not self._stop.is_set():
                self._tally.count("failed")
                self._tally.find(f"job {job['job_id']} is {job['status']}: {job.get('error')}")
            return
        self._tally.count("completed")
        self._look_at(path, picture, image_format)
        # The retention removes the remaining jobs.
        if self._chance(0.9):
            self._delete(path)

    def _submit(self, picture):
        image_format = self._random.choice(picture.formats())
        query = {"transforms": self._pipeline(picture), "format": image_format, "filename": "soak"}
        if image_format in ("jpeg", "webp") and self._chance(0.3):
            query["quality"] = self._random.randint(30, 100)
        headers = {"Content-Type": picture.media_type}
        if self._chance(0.1):
            headers["Idempotency-Key"] = f"{self._random.getrandbits(64):x}"
        status, body = self._ask("POST", f"/api/v1/jobs?{urlencode(query)}", (202, 422), picture.body, headers)
        answer = json.loads(body)
        if status == 422:
            # A step may have changed the kind of the pixels. No other refusal is expected.
            kind = answer["type"].rpartition(":")[2]
            if kind not in ("format-cannot-hold-result", "bad-transforms"):
                raise Unexpected(f"an upload was answered with {answer}")
            self._tally.count("refused")
            return None, None
        self._tally.count("accepted")
        return answer, image_format

    def _pipeline(self, picture):
        steps = []
        for step in self._random.choices(self._steps, k=self._random.choice((1, 1, 1, 2, 2, 3, 5))):
            text = step["name"]
            for parameter in step["parameters"]:
                low, high = parameter["minimum"], parameter["maximum"]
                if parameter["type"] == "odd":
                    # Large kernels are slow, and would leave time for few jobs.
                    high = (5 if picture.depth == 16 else 9) if step["name"] == "median" else min(high, 31)
                    text += f":{parameter['name']}={self._random.randrange(low, high + 1, 2)}"
                elif parameter["name"] not in ("low", "high", "sigma"):
                    text += f":{parameter['name']}={round(self._random.uniform(low, high), 1)}"
            steps.append(text)
        return ",".join(steps)

    def _wait(self, path, answers=(200, 409, 503)):
        """Waits until the job is final. Meanwhile its pictures are requested, and must be answered with one of these
        statuses."""
        end = time.monotonic() + JOB_SECONDS
        while True:
            job = json.loads(self._get(path))
            if job["status"] in FINAL or self._stop.is_set():
                return job
            if time.monotonic() > end:
                raise Unexpected(f"{path} is {job['status']} after {JOB_SECONDS} s: {job.get('message')}")
            if self._chance(0.1):
                self._get(self._random.choice((
                    f"{path}/preview", f"{path}/source/region?w=64&h=50&max=200", f"{path}/tiles",
                    f"{path}/result/region?x=8&y=8&max=256&format=jpeg")), answers)
            self._stop.wait(0.05)

    def _look_at(self, path, picture, image_format):
        if self._chance(0.3):
            result = self._get(f"{path}/result")
            self._tally.count("results fetched")
            if len(picture.body) < 2 << 20 and len(result) < 2 << 20 and self._chance(0.3):
                self._shelf.put(
                    pictures.Picture(result, f"image/{image_format}", picture.pixels, picture.depth), self._random)
        for chance, what in (
                (0.15, "preview?max=512"), (0.1, "result/region?x=1&y=2&w=60&h=60"), (0.05, "source"), (0.1, "tiles"),
                (0.1, "source/region?max=500&format=jpeg"), (0.1, "result/region?max=800")):
            if self._chance(chance):
                status, _ = self._ask("GET", f"{path}/{what}", (200, 503))
                self._tally.count("pictures looked at" if status == 200 else "busy")
        for chance, what in ((0.05, "jobs?limit=20&search=so"), (0.05, "statistics"), (0.05, "workers")):
            if self._chance(chance):
                self._get(f"/api/v1/{what}")

    def _send_damaged(self, picture):
        """Half a file must be refused, or its job must fail."""
        half = picture.body[:len(picture.body) // 2]
        status, body = self._ask("POST", "/api/v1/jobs?transforms=invert&format=png", (202, 415, 422), half)
        self._tally.count("damaged")
        if status != 202:
            return
        path = f"/api/v1/jobs/{json.loads(body)['job_id']}"
        # Pictures of a damaged source are answered with 422.
        job = self._wait(path, (200, 409, 422, 503))
        if job["status"] == "completed":
            raise Unexpected(f"half of a file became the completed job {path}")
        self._delete(path)

    def _try_transforms(self, picture):
        query = urlencode({"transforms": self._pipeline(picture), "w": 64, "h": 64})
        self._ask("POST", f"/api/v1/preview?{query}", (200, 422, 503), picture.body)
        self._tally.count("trials")

    def _delete(self, path):
        self._ask("DELETE", path, (204,))
        self._tally.count("deleted")

    def _get(self, path, expected=(200,)):
        return self._ask("GET", path, expected)[1]

    def _ask(self, method, path, expected, body=None, headers={}):
        status, answer = self._service.ask(method, path, body, headers, self._key)
        if status not in expected:
            raise Unexpected(f"{method} {path} was answered with {status}: {answer[:300].decode(errors='replace')}")
        return status, answer
