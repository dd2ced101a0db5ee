#!/usr/bin/env python3
"""Measures how soon work goes on after a network was cut.

    unshare --user --map-root-user --net --mount network_cut.py worker|master SECONDS [--within N|--mbit N] [PROPERTY=VALUE …]

A worker or a master runs in a namespace of its own. A pair of virtual network cards joins it to the brokers. For
SECONDS all packets between them are lost, as behind a broken switch: no connection is closed, and neither side is told.
Then the program prints the seconds until the first tile is done. The exit status is 1 if they are more than --within.

With 0 seconds and --mbit the link is not cut but slow, and the program prints how many large tiles are done in 90 s.
Properties are librdkafka's. The environment variable BUILD names the folder of the programs, by default .build/debug.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

import child_processes

SPACE, NET = f"tw{os.getpid()}", f"10.99.{os.getpid() % 250}"
OUTSIDE, INSIDE = f"{NET}.1", f"{NET}.2"
CARD, PEER = f"twa{os.getpid() % 100000}", f"twb{os.getpid() % 100000}"
BUILD = os.environ.get("BUILD", ".build/debug")
NOWHERE = "02:00:00:00:00:99"
children = []


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def card(name, space=None):
    prefix = ["ip", "-n", space] if space else ["ip"]
    return json.loads(run(*prefix, "-j", "link", "show", name))[0]["address"]


def neighbours(lost):
    """Sends all packets to an address that no card has, or to the right one again."""
    ends = [(None, CARD, INSIDE, card(PEER, SPACE)), (SPACE, PEER, OUTSIDE, card(CARD))]
    for space, name, address, right in ends:
        prefix = ["ip", "-n", space] if space else ["ip"]
        run(*prefix, "neigh", "replace", address, "lladdr", NOWHERE if lost else right, "dev", name, "nud", "permanent")


def start(log, *command, inside=False, env=None):
    prefix = ["ip", "netns", "exec", SPACE] if inside else []
    child = subprocess.Popen([*prefix, *command], stdout=subprocess.PIPE, stderr=open(log, "w"), text=True,
                             env={**os.environ, **(env or {})})
    children.append(child)
    return child


def url_of(master):
    return next(line for line in master.stdout if "http://" in line).split()[-1].rstrip("/")


def ask(url, inside=False, *more):
    prefix = ["ip", "netns", "exec", SPACE] if inside else []
    return json.loads(run(*prefix, "curl", "-sS", "--max-time", "5", *more, url))


def wait(what, condition, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise SystemExit(f"{seconds} s went by before: {what}")


def main():
    who, seconds, rest = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
    mbit = rest.pop(1) if rest[:1] == ["--mbit"] else None
    within = float(rest.pop(1)) if rest[:1] == ["--within"] else None
    tile = "1024" if mbit else "64"
    settings = [each for each in rest if "=" in each]
    folder = tempfile.mkdtemp(prefix="network-cut-")
    # Only this process and its children see this folder.
    os.makedirs("/run/netns", exist_ok=True)
    run("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
    run("ip", "link", "set", "lo", "up")
    run("ip", "netns", "add", SPACE)
    run("ip", "link", "add", CARD, "type", "veth", "peer", "name", PEER, "netns", SPACE)
    for space, name, address in ((None, CARD, OUTSIDE), (SPACE, PEER, INSIDE)):
        prefix = ["ip", "-n", space] if space else ["ip"]
        run(*prefix, "addr", "add", f"{address}/24", "dev", name)
        run(*prefix, "link", "set", name, "up")
    run("ip", "-n", SPACE, "link", "set", "lo", "up")

    # This master provides the broker. If a worker is measured, it is also that worker's master.
    broker = start(f"{folder}/broker", f"{BUILD}/master-main", "serve", "--port", "0", "--local-workers", "0",
                   "--data-dir", f"{folder}/broker-data", "--min-size", "64", "--tile-size", tile)
    url = url_of(broker)
    cluster = ask(f"{url}/api/v1/cluster")
    proxy = start(f"{folder}/proxy", sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                  "kafka_proxy.py"), cluster["bootstrap_servers"], env={"KAFKA_PROXY_HOST": OUTSIDE})
    ports = json.loads(proxy.stdout.readline())
    if mbit:
        for space, name in ((None, CARD), (SPACE, PEER)):
            run("tc", *(["-n", space] if space else []), "qdisc", "add", "dev", name, "root", "tbf", "rate",
                f"{mbit}mbit", "burst", "64kb", "latency", "200ms")

    def options(brokers, own):
        properties = [f"{name}={value}" for name, value in cluster["properties"].items()] + own
        return ["--brokers", brokers] + [word for each in properties for word in ("--kafka-config", each)]

    slow = {"TILEWORK_FAULT_TILE_MS": "50"}
    if who == "worker":
        start(f"{folder}/worker", f"{BUILD}/worker-main", "worker-1", "--threads", "1",
              *options(ports["brokers"], settings), inside=True, env=slow)
    else:
        start(f"{folder}/worker", f"{BUILD}/worker-main", "worker-1", "--threads", "1",
              *options(cluster["bootstrap_servers"], []), env=slow)
        master = start(f"{folder}/master", f"{BUILD}/master-main", "serve", "--port", "0", "--data-dir",
                       f"{folder}/data", "--min-size", "64", "--tile-size", tile,
                       *options(ports["brokers"], settings), inside=True)
        url = url_of(master)
    inside = who == "master"

    sample = os.path.join(folder, "image.bmp")
    side, size = 2560, 2560 * 2560 * 3
    with open(sample, "wb") as file:
        file.write(b"BM" + (54 + size).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
                   + (40).to_bytes(4, "little") + side.to_bytes(4, "little") * 2 + b"\1\0\x18\0" + bytes(4)
                   + size.to_bytes(4, "little") + bytes(16))
        file.write(os.urandom(size))
    job = ask(f"{url}/api/v1/jobs?transforms=invert&format=bmp&filename=image.bmp", inside, "-H",
              "Content-Type: application/octet-stream", "--data-binary", f"@{sample}", "-H", "Expect:")["job_id"]

    def done():
        return ask(f"{url}/api/v1/jobs/{job}", inside)["progress"]["completed"]

    if seconds:
        wait("40 tiles are done", lambda: done() >= 40)
        neighbours(lost=True)
        cut = time.monotonic()
        time.sleep(seconds)
        before = done()
        neighbours(lost=False)
        back = time.monotonic()
        wait("another tile is done", lambda: done() > before)
        took = time.monotonic() - back
        print(f"{who}, {seconds:.0f} s without network, {' '.join(settings) or 'defaults'}: "
              f"the first tile {took:.1f} s after", flush=True)
        if within is not None and took > within:
            raise SystemExit(f"that is more than {within:.0f} s")
    else:
        time.sleep(90)
        print(f"{who}, {mbit} Mbit/s, {' '.join(settings) or 'defaults'}: {done()} tiles of 3 MB in 90 s", flush=True)


if __name__ == "__main__":
    try:
        main()
    finally:
        child_processes.end(children)
        subprocess.run(["ip", "netns", "del", SPACE])
        subprocess.run(["ip", "link", "del", CARD], capture_output=True)
