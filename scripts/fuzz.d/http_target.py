"""Sends changed requests to a real master under the address sanitizer, by HTTP/1.1 and HTTP/2, and monitors it."""

import os
import queue
import random
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections import deque

import http_seeds
from build import FOLDER, ROOT, BuildFailure

SCRATCH = FOLDER / "swift"
PLACE = FOLDER / "http"
# Words that parsers of HTTP search for, and numbers at their limits.
WORDS = [
    b"\r\n", b"\n", b"\r", b"\0", b" ", b":", b"%00", b"%2f", b"..", b"//", b"Content-Length: 0\r\n", b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"Connection: upgrade\r\n", b"Host: a\r\n", b"0\r\n\r\n",
    b"ffffffffffffffff", b"18446744073709551615", b"-1", b"boundary=", b"--frontier", b"\xff\xfe", b"\xc3", b"HTTP/1.0",
    b"Expect: 100-continue\r\n", b"Range: bytes=9-1,-0\r\n", b"Upgrade: h2c\r\n", b"GET ", b"?", b"&", b"=", b"\"", b"*",
]
LAST = b"GET /livez HTTP/1.1\r\n" + http_seeds.HOST + b"Connection: close\r\n\r\n"
STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d) [ -~]*\Z")
# The limit for an answer, on a busy machine and with a program that the sanitizer slows down.
ANSWER_SECONDS = 30


class Master:
    """`master-main serve`, with or without keys, with or without TLS."""

    def __init__(self, binaries, name, has_keys, is_encrypted):
        self.folder = PLACE / name
        self.folder.mkdir(parents=True)
        program, data = binaries / "master-main", self.folder / "data"
        self.key = b"tilework_" + b"0" * 58
        arguments = ["--min-size", "64", "--limit", "requests=10000000/m", "--limit", "address-requests=10000000/m"]
        if has_keys:
            made = subprocess.run([program, "keys", "create", "fuzz", "--role", "operator", "--data-dir", data],
                                  capture_output=True, check=True, env=environment())
            self.key = made.stdout.strip()
        if is_encrypted:
            pair = self.folder / "tls.pem"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                            "-keyout", pair, "-out", pair.with_suffix(".crt")], check=True, capture_output=True)
            arguments += ["--tls-cert", pair.with_suffix(".crt"), "--tls-key", pair]
        self.tls = None
        if is_encrypted:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE
            self.tls.set_alpn_protocols(["h2"])
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            [program, "serve", "--port", "0", "--data-dir", data, "--local-workers", "1", *arguments],
            stdout=subprocess.PIPE, stderr=self.log, env=environment())
        self.port = self._port()

    def _port(self):
        for line in self.process.stdout:
            found = re.search(rb"https?://[^ ;]*:(\d+)", line)
            if found:
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return int(found[1])
        raise BuildFailure(f"the master ended: {self.words()[-2000:]}")

    def words(self):
        return (self.folder / "log").read_text(errors="replace")

    def connect(self, address, timeout):
        found = socket.create_connection(("127.0.0.1", self.port), timeout=timeout, source_address=(address, 0))
        return self.tls.wrap_socket(found) if self.tls else found

    def resources(self):
        """The number of open files, and resident memory in MiB."""
        status = open(f"/proc/{self.process.pid}/status").read()
        return len(os.listdir(f"/proc/{self.process.pid}/fd")), int(re.search(r"VmRSS:\s+(\d+)", status)[1]) >> 10

    def stop(self):
        """Ends the master. Returns why it did not end regularly; empty if it did."""
        self.process.terminate()
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "none, within 60 s"
        self.log.close()
        said = [line for line in self.words().splitlines()
                if re.search(r"Sanitizer|runtime error|Fatal error|Precondition", line)]
        return [*([f"exit status {status}"] if status else []), *said[:10]]


def environment():
    # Memory that is still allocated when a process ends is no find.
    return {**os.environ, "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=0"}


def binaries(has_sanitizers):
    """The folder with both programs. Builds them if necessary."""
    more = ["--sanitize", "address", "--scratch-path", str(SCRATCH)] if has_sanitizers else []
    for product in ("master-main", "worker-main"):
        print(f"Building {product} …", flush=True)
        if subprocess.run(["swift", "build", "--product", product, *more], cwd=ROOT).returncode:
            raise BuildFailure(f"{product} cannot be built")
    shown = subprocess.run(["swift", "build", "--show-bin-path", *more], cwd=ROOT, check=True, capture_output=True, text=True)
    return (ROOT / shown.stdout.strip()).resolve()


def changed(chance, seeds):
    """Some requests in a row, a few of them changed."""
    message = bytearray(b"".join(chance.choice(seeds) for _ in range(chance.choice((1, 1, 1, 2, 3)))))
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
        word = chance.choice(WORDS)
        # Most of a message may be an image, but parsers mostly read its start.
        reach = len(message) if chance.random() < 0.3 else min(len(message), 300)
        place = chance.randrange(reach + 1)
        match chance.randrange(8):
            case 0: message[place:place + 1] = bytes([chance.randrange(256)])
            case 1: message[place:place] = word
            case 2: message[place:place + len(word)] = word
            case 3: del message[place:place + chance.choice((1, 2, 4, 16, 200))]
            case 4: message[place:place] = message[place:place + chance.choice((1, 8, 60, 400))]
            case 5:
                other = chance.choice(seeds)
                begin = chance.randrange(len(other))
                message[place:place] = other[begin:begin + chance.choice((10, 100, 1000))]
            case 6: message[place:place] = bytes([chance.choice(b"\0 A\xff9")]) * chance.choice((2, 100, 9000, 70000))
            case 7:
                lines = bytes(message[:reach]).split(b"\r\n")
                chance.shuffle(lines)
                message[:reach] = b"\r\n".join(lines)
    return bytes(message)


class Run:
    """Threads that send to one master for some time."""

    def __init__(self, master, seeds, seed, seconds):
        self.master, self.seeds, self.seconds = master, seeds, seconds
        self.chance = random.Random(seed)
        self.lock = threading.Lock()
        self.sent, self.statuses, self.reports = 0, {}, queue.SimpleQueue()
        # The latest messages of the threads, for finding the reason of a crash.
        self.recent = deque(maxlen=64)

    def report(self, message, words):
        place = PLACE / "finds"
        place.mkdir(exist_ok=True)
        name = place / f"{'http2' if self.master.tls else 'http1'}-{self.sent}"
        name.write_bytes(message)
        self.reports.put(f"FOUND: {words}; the request is in {name.relative_to(ROOT)}")

    def send(self, chance):
        message = changed(chance, self.seeds)
        if not self.master.tls:
            message += LAST
        with self.lock:
            self.recent.append(message)
            self.sent += 1
        # Many addresses are used, so that none reaches its limits.
        address = f"127.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"
        received = bytearray()
        try:
            with self.master.connect(address, ANSWER_SECONDS) as connection:
                pieces = chance.choice((1, 1, 2, 5))
                cuts = sorted(chance.randrange(len(message) + 1) for _ in range(pieces - 1))
                for begin, end in zip([0, *cuts], [*cuts, len(message)]):
                    connection.sendall(message[begin:end])
                # After a body that is too short, the master waits for the rest and sends nothing.
                connection.settimeout(0.25)
                while piece := connection.recv(1 << 16):
                    if len(received) < 1 << 20:
                        received += piece
        except (TimeoutError, ssl.SSLError, ConnectionResetError, BrokenPipeError):
            pass
        except OSError as error:
            if self.master.process.poll() is None:
                self.reports.put(f"FOUND: no connection: {error}")
        if not self.master.tls:
            self.look(message, bytes(received))

    def look(self, message, received):
        """Checks that the data begins with a status line, that all status lines have the right form, and that none is
        500."""
        if received and not received.startswith(b"HTTP/1."):
            self.report(message, f"the answer begins with {received[:40]!r}")
        for line in re.findall(rb"^HTTP/1\.[^\r]*", received, re.MULTILINE):
            status = STATUS.match(line)
            if not status:
                self.report(message, f"a status line is {line[:60]!r}")
                continue
            with self.lock:
                self.statuses[status[1]] = self.statuses.get(status[1], 0) + 1
            if status[1] == b"500":
                self.report(message, f"500: {received[:600]!r}")

    def thread(self, chance):
        end = time.monotonic() + self.seconds
        while time.monotonic() < end and self.master.process.poll() is None:
            self.send(chance)

    def watch(self):
        """Checks that other requests are answered meanwhile."""
        end = time.monotonic() + self.seconds
        while time.monotonic() < end and self.master.process.poll() is None:
            try:
                self.ask()
            except OSError as error:
                if self.master.process.poll() is None:
                    self.reports.put(f"FOUND: no answer to /livez within {ANSWER_SECONDS} s: {error}")
            time.sleep(1)

    def ask(self):
        if self.master.tls:
            self.master.connect("127.0.0.1", ANSWER_SECONDS).close()
            return
        with self.master.connect("127.0.0.1", ANSWER_SECONDS) as connection:
            connection.sendall(LAST)
            found = b""
            while piece := connection.recv(4096):
                found += piece
        if not found.startswith(b"HTTP/1.1 200"):
            self.reports.put(f"FOUND: /livez is answered {found[:100]!r}")

    def run(self, count=12):
        threads = [threading.Thread(target=self.thread, args=(random.Random(self.chance.random()),)) for _ in range(count)]
        threads.append(threading.Thread(target=self.watch))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        status = self.master.process.poll()
        if status is not None:
            for number, message in enumerate(self.recent):
                self.report(message, f"the master ended with status {status} after this or one near it (number {number})")


def fuzz(has_sanitizers, seconds, seed):
    """Tests four masters one after the other. Prints a line for each, and returns all reports."""
    programs = binaries(has_sanitizers)
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    lines, reports = [], []
    for is_encrypted in (False, True):
        for has_keys in (False, True):
            name = f"{'HTTP/2' if is_encrypted else 'HTTP/1.1'}, {'with keys' if has_keys else 'open'}"
            master = Master(programs, name.replace("/", "").replace(", ", "-").replace(" ", "-"), has_keys, is_encrypted)
            seeds = (http_seeds.http2 if is_encrypted else http_seeds.http1)(master.key)
            run = Run(master, seeds, seed, seconds / 4)
            before = master.resources()
            run.run()
            after = master.resources() if master.process.poll() is None else before
            ended = [f"FOUND: {words}" for words in master.stop()]
            found = [run.reports.get() for _ in range(run.reports.qsize())]
            statuses = ", ".join(f"{count} × {status.decode()}" for status, count in sorted(run.statuses.items()))
            lines.append(f"{name}: {run.sent:,} connections, {len(found)} finds; files {before[0]} → {after[0]}, "
                         f"resident {before[1]} → {after[1]} MiB{'; answers ' + statuses if statuses else ''}")
            print(lines[-1], flush=True)
            reports += found + ended
    return reports
