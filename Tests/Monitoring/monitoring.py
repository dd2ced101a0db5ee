"""Shared by the tests of monitoring: the rules, the dashboard, and child processes."""

import json
import os
import pathlib
import re
import socket
import subprocess
import time
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[2]
RULES = TOP / "deploy/prometheus/tilework.rules.yml"
DASHBOARD = TOP / "deploy/grafana/tilework.json"
PAGE = TOP / "docs/operations.md"
PROGRAMS = pathlib.Path(os.environ.get("TILEWORK_BIN", TOP / ".build/debug"))


def alerts():
    """The names of all alerts, in their order."""
    return re.findall(r"^\s+- alert: (\w+)$", RULES.read_text(), re.M)


def panels():
    """The dashboard's panels with queries."""
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel.get("targets")]


def expressions(window="1m"):
    """The dashboard's expressions, each with its panel's title, as Grafana would send them for all masters."""
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$__rate_interval", window).replace("$instance", ".*")


def families(text):
    """The metric families of Tilework and of processes that a text names."""
    names = set(re.findall(r"\b((?:tilework|process)_[a-z0-9_]+)", text))
    return {re.sub(r"_(?:bucket|sum|count)$", "", name) for name in names}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def get(url, timeout=10):
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read().decode()


def eventually(what, ask, within=30):
    """Asks until there is an answer."""
    end = time.monotonic() + within
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"{within} s went by before: {what}")
        time.sleep(0.05)


class Programs:
    """Child processes with their output in files. All have ended after `end`."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.running = []

    def start(self, name, *command):
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("TILEWORK_", "OTEL_"))}
        with open(self.folder / f"{name}.out", "wb") as out, open(self.folder / f"{name}.err", "wb") as err:
            process = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=environment)
        self.running.append(process)
        return process

    def output(self, name, kind="out"):
        return (self.folder / f"{name}.{kind}").read_text(errors="replace")

    def end(self):
        for process in reversed(self.running):
            process.terminate()
        for process in self.running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
