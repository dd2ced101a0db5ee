"""A client that always has a job under way and compares every byte of the results."""

import http.client
import itertools
import json
import threading
import time
import uuid
from urllib.parse import urlencode

# The limit in seconds from a job's submission to its end, including all faults.
PATIENCE = 400
BROKEN = (OSError, http.client.HTTPException)


class Customer(threading.Thread):
    """Once `stop` is set, it finishes its present job and ends."""

    def __init__(self, client, oracle, first):
        super().__init__(daemon=True)
        self._client, self._oracle, self._first = client, oracle, first
        self.stop = threading.Event()
        self.compared, self.wrong = 0, []

    def run(self):
        for number in itertools.count(self._first):
            if self.stop.is_set():
                return
            try:
                self._do(number % len(self._oracle.orders))
            except TimeoutError as reason:
                self.wrong.append(str(reason))
                return

    def _do(self, order):
        source, transforms, expected = self._oracle.orders[order]
        end = time.monotonic() + PATIENCE
        # The key stays the same, so that a repeated request after a broken connection gets the same job.
        headers = {"Content-Type": "application/octet-stream", "Idempotency-Key": str(uuid.uuid4())}
        query = urlencode({"transforms": transforms, "format": "bmp", "filename": f"{order}.bmp"})
        job = self._again("POST", f"/api/v1/jobs?{query}", end, source, headers)["job_id"]
        while True:
            state = self._again("GET", f"/api/v1/jobs/{job}?wait=2", end)
            if state["status"] not in {"pending", "processing"}:
                break
        if state["status"] != "completed":
            self.wrong.append(f"job {job} {state['status']}: {state.get('error')}")
            return
        result = self._again("GET", f"/api/v1/jobs/{job}/result", end, parse=False)
        complaint = self._oracle.complaint(result, expected)
        self.compared += 1
        if complaint:
            self.wrong.append(f"job {job} with '{transforms}' has other bytes: {complaint}")
        else:
            self._again("DELETE", f"/api/v1/jobs/{job}", end, parse=False)

    def _again(self, method, path, end, body=None, headers={}, parse=True):
        """Repeats a request until it succeeds. A master may be away or have no disk space meanwhile."""
        said = "no answer"
        while time.monotonic() < end:
            try:
                status, answer = self._client.ask(method, path, body, headers)
                if status < 300:
                    return json.loads(answer) if parse else answer
                said = f"{status} {answer[:300]!r}"
            except BROKEN as reason:
                said = repr(reason)
            time.sleep(0.2)
        raise TimeoutError(f"{method} {path} did not succeed within {PATIENCE} s: {said}")
