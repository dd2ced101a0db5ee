"""A worker that reaches a false master sends no key to another host, and takes no settings from it."""

import http.server
import json
import subprocess
import threading

import pytest
from daemons import Daemon, binaries, eventually


class Server:
    """An HTTP server that gives every request the same answer, and records the requests."""

    def __init__(self, status, headers, body=b""):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append((self.path, dict(self.headers)))
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def worker(tmp_path):
    """Starts a worker that has a key and asks the master at this address. Returns the path of its log."""
    started = []

    def start(url):
        log = tmp_path / "worker.log"
        started.append(Daemon(
            [binaries() / "worker-main", "worker-1", "--master", url], log, {"TILEWORK_KEY": "tilework_secret"}))
        return log
    yield start
    for running in started:
        running.stop()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(worker, status):
    other = Server(200, {"Content-Type": "application/json"}, b"{}")
    master = Server(status, {"Location": f"{other.url}/api/v1/cluster"})
    try:
        log = worker(master.url)
        # If the worker asks again, it has got the answer to its first request.
        eventually("the worker asks twice", lambda: len(master.asked) >= 2)
        assert other.asked == []
        assert "no answer from the master" in log.read_text()
        assert master.asked[0][1]["Authorization"] == "Bearer tilework_secret"
    finally:
        master.stop()
        other.stop()


def test_a_plugin_named_by_the_master_is_not_loaded(worker, tmp_path):
    library = tmp_path / "plugin.so"
    mark = tmp_path / "loaded"
    source = tmp_path / "plugin.c"
    source.write_text(f'#include <stdio.h>\n__attribute__((constructor)) static void on(void) {{ fopen("{mark}", "w"); }}\n')
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
    answer = {
        "bootstrap_servers": "127.0.0.1:1", "group": "image-workers",
        "topics": {"tasks": "tasks", "results": "results", "heartbeats": "heartbeats", "control": "control",
                   "dead_letters": "dead-letters"},
        "properties": {"plugin.library.paths": str(library), "fetch.wait.max.ms": "7"},
    }
    master = Server(200, {"Content-Type": "application/json"}, json.dumps(answer).encode())
    try:
        log = worker(master.url)
        eventually("the worker looks for the brokers", lambda: "127.0.0.1:1" in log.read_text())
        assert not mark.exists()
    finally:
        master.stop()


@pytest.mark.parametrize("status", [408, 431, 503])
def test_the_reason_of_a_busy_master_is_logged(worker, status):
    """408, 431 and 503 can come from a master that is busy or not ready."""
    body = json.dumps({"type": "urn:tilework:problem:x", "detail": "the master says why"}).encode()
    master = Server(status, {"Content-Type": "application/problem+json"}, body)
    try:
        log = worker(master.url)
        eventually("the worker says what the master says", lambda: "the master says why" in log.read_text())
        assert "no Tilework master" not in log.read_text()
    finally:
        master.stop()
