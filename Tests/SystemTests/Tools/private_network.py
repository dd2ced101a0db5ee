#!/usr/bin/env python3
"""Tests a master on a private network: who reaches it by which address, and what other hosts can read.

    unshare --user --map-root-user --net --mount private_network.py BUILD FOLDER

Three hosts share one public network: the master, a peer and a stranger. Each is a network namespace. The master and the
peer also have a private network between them: WireGuard of the kernel, or Debian's wireguard-go. Without either, it is a
separate link, and the first line of the output says so. The nftables rules are those of docs/security.md. BUILD is the
folder of the programs, FOLDER one for data and logs.

The exit status is 0 if everything is as that page says. Otherwise it is 1, and the output has the reasons.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import child_processes

PAGE = Path(__file__).resolve().parents[3] / "docs" / "security.md"
PUBLIC = {"master": "192.0.2.1", "peer": "192.0.2.2", "stranger": "192.0.2.3"}
PRIVATE = {"master": "10.80.0.1", "peer": "10.80.0.2"}
# curl's exit statuses: 7 means that no program listens there, 28 that no answer came.
REFUSED, TIMED_OUT = 7, 28
PORT = 5000
children = []
failures = []


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def on(host, *command, **options):
    return run("ip", "netns", "exec", host, *command, **options)


def start(host, log, *command, stdin=None):
    with open(log, "w") as file:
        child = subprocess.Popen(["ip", "netns", "exec", host, *map(str, command)], stdin=stdin, stdout=file, stderr=file)
    children.append(child)
    return child


def wait(what, condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"{seconds} s went by before: {what}")
        time.sleep(0.05)


def check(what, found, expected):
    good = found in expected if isinstance(expected, (set, tuple)) else found == expected
    print(f"{'ok' if good else 'FAILED'}: {what}{'' if good else f': {found}, not {expected}'}", flush=True)
    if not good:
        failures.append(what)


def ask(host, url, *options, patience=10):
    """The HTTP status that a host gets, or the negative exit status of curl."""
    done = subprocess.run(
        ["ip", "netns", "exec", host, "curl", "-sS", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code}", "--max-time",
         str(patience), *options, url], capture_output=True, text=True)
    return -done.returncode if done.returncode else int(done.stdout)


def make_public_network():
    # Only this process and its children see these folders.
    for folder in ("/run/netns", "/run/wireguard"):
        os.makedirs(folder, exist_ok=True)
        run("mount", "-t", "tmpfs", "tmpfs", folder)
    run("ip", "link", "add", "public", "type", "bridge")
    run("ip", "link", "set", "public", "up")
    for host, address in PUBLIC.items():
        run("ip", "netns", "add", host)
        run("ip", "link", "add", f"to-{host}", "type", "veth", "peer", "name", "eth0", "netns", host)
        run("ip", "link", "set", f"to-{host}", "master", "public", "up")
        run("ip", "-n", host, "addr", "add", f"{address}/24", "dev", "eth0")
        for card in ("lo", "eth0"):
            run("ip", "-n", host, "link", "set", card, "up")


def kernel_has_wireguard():
    made = subprocess.run(["ip", "link", "add", "trial", "type", "wireguard"], capture_output=True).returncode == 0
    if made:
        run("ip", "link", "del", "trial")
    return made


def make_private(folder):
    """Joins master and peer. Returns the method, and whether the traffic is encrypted."""
    in_kernel = kernel_has_wireguard()
    if not shutil.which("wg") or not (in_kernel or shutil.which("wireguard-go") and os.path.exists("/dev/net/tun")):
        run("ip", "-n", "master", "link", "add", "wg-master", "type", "veth", "peer", "name", "wg-peer", "netns", "peer")
        for host, address in PRIVATE.items():
            run("ip", "-n", host, "addr", "add", f"{address}/24", "dev", f"wg-{host}")
            run("ip", "-n", host, "link", "set", f"wg-{host}", "up")
        return "by addresses alone, because there is no WireGuard here", False
    keys = {}
    for host in PRIVATE:
        path = folder / f"{host}.wireguard"
        path.write_text(run("wg", "genkey"))
        path.chmod(0o600)
        keys[host] = (path, run("wg", "pubkey", input=path.read_text()).strip())
    for host, address in PRIVATE.items():
        card = f"wg-{host}"
        if in_kernel:
            run("ip", "-n", host, "link", "add", card, "type", "wireguard")
        else:
            start(host, folder / f"{card}.log", "wireguard-go", "-f", card)
            wait(f"{card} is there", lambda: os.path.exists(f"/run/wireguard/{card}.sock"))
        other = next(name for name in PRIVATE if name != host)
        on(host, "wg", "set", card, "listen-port", 51820, "private-key", keys[host][0], "peer", keys[other][1],
           "endpoint", f"{PUBLIC[other]}:51820", "allowed-ips", f"{PRIVATE[other]}/32")
        run("ip", "-n", host, "addr", "add", f"{address}/24", "dev", card)
        run("ip", "-n", host, "link", "set", card, "up")
    return "by the kernel's WireGuard" if in_kernel else "by wireguard-go", True


def firewall():
    """The rules of the page, with this network's addresses."""
    rules = re.search(r"^    (table inet tilework \{\n.*?\n    \})$", PAGE.read_text(), re.S | re.M)
    if not rules:
        raise SystemExit(f"{PAGE} has no rules for nftables")
    return rules.group(1).replace('"wg0"', '"wg-master"').replace("10.80.0.1", PRIVATE["master"])


def listen():
    """A socket that receives all packets between the master and the public network."""
    ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
    ear.bind(("to-master", 0))
    ear.setblocking(False)
    return ear


def heard(ear):
    packets = []
    while True:
        try:
            packets.append(ear.recv(65536))
        except BlockingIOError:
            return packets


# Holds open connections with one answered request each, until its standard input ends.
HOLDER = """
import socket, sys
host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
held = []
for _ in range(count):
    one = socket.create_connection((host, port), 10)
    one.sendall(b"GET /livez HTTP/1.1\\r\\nHost: " + host.encode() + b"\\r\\n\\r\\n")
    print(one.recv(4096).split(b" ")[1].decode(), flush=True)
    held.append(one)
sys.stdin.read()
"""


def try_connections(folder, program):
    """How many connections an address may have. The limit applies to every address except loopback."""
    most, address, port = 3, PUBLIC["master"], PORT + 1
    url = f"http://{address}:{port}/livez"
    master = start("master", folder / "counting.log", program, "serve", "--host", address, "--port", port, "--insecure",
                   "--data-dir", folder / "counting", "--local-workers", 0, "--max-connections-per-address", most)
    # A request that the master's own host sends to this address counts as well, so another host asks here.
    wait("the counting master is there", lambda: ask("stranger", url, patience=2) == 200 or master.poll() is not None)
    told = folder / "holder.log"
    holder = start("peer", told, sys.executable, "-c", HOLDER, address, port, most, stdin=subprocess.PIPE)
    wait("the peer has its connections", lambda: len(told.read_text().split()) == most or holder.poll() is not None)
    check(f"an address has its {most} connections", told.read_text().split(), ["200"] * most)
    check("a further connection is refused", ask("peer", url), 503)
    check("other addresses are served", ask("stranger", url), 200)
    holder.stdin.close()
    wait("the holder has ended", lambda: holder.poll() is not None)
    wait("the address may connect again", lambda: ask("peer", url) == 200)
    check("closed connections no longer count", ask("peer", url), 200)


def main():
    os.umask(0o077)
    build, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    make_public_network()
    how, is_encrypted = make_private(folder)
    print(f"The private network is made {how}.", flush=True)
    data, program = folder / "data", build / "master-main"
    serve = [program, "serve", "--host", PRIVATE["master"], "--port", PORT, "--data-dir", data, "--local-workers", 0]
    private, public = (f"http://{addresses['master']}:{PORT}" for addresses in (PRIVATE, PUBLIC))

    refused = subprocess.run(["ip", "netns", "exec", "master", *map(str, serve)], capture_output=True, text=True, timeout=60)
    check("a master on the private address does not start without keys", refused.returncode, 1)
    check("it names the command to make a key", "keys create" in refused.stderr, True)

    def key(name, role):
        return run(program, "keys", "create", name, "--role", role, "--data-dir", data).strip()

    def bearing(secret):
        # From a file, so that the list of processes does not show it.
        path = folder / f"header-{secret[-6:]}"
        path.write_text(f"Authorization: Bearer {secret}\n")
        return "-H", f"@{path}"

    viewer, worker = key("viewer", "viewer"), key("worker", "worker")
    master = start("master", folder / "master.log", *serve)
    wait("the master is there", lambda: ask("master", f"{private}/livez", patience=2) == 200 or master.poll() is not None)

    check("the peer reaches the master by the private address", ask("peer", f"{private}/livez"), 200)
    check("the peer needs a key", ask("peer", f"{private}/api/v1/jobs"), 401)
    ear = listen()
    check("the peer has access with a key", ask("peer", f"{private}/api/v1/jobs", *bearing(viewer)), 200)
    packets = heard(ear)
    if is_encrypted:
        check("encrypted packets went through the public network", len(packets) > 0, True)
    check("the public network shows no key", any(viewer.encode() in each for each in packets), False)
    check("a worker's key gives access to the cluster's settings", ask("peer", f"{private}/api/v1/cluster", *bearing(worker)), 200)
    check("a worker's key gives no other access", ask("peer", f"{private}/api/v1/jobs", *bearing(worker)), 403)
    try_connections(folder, program)
    check("a name that is not the master's is refused", ask("peer", f"{private}/api/v1/jobs", "-H", "Host: other.example"), 421)

    check("the peer does not reach the master by the public address", ask("peer", f"{public}/livez"), -REFUSED)
    check("the stranger does not reach the master by the public address", ask("stranger", f"{public}/livez"), -REFUSED)
    check("the stranger has no route to the private address", ask("stranger", f"{private}/livez", patience=3), (-REFUSED, -TIMED_OUT))

    # Linux accepts packets for any of its addresses on any of its cards.
    run("ip", "-n", "stranger", "route", "add", PRIVATE["master"], "via", PUBLIC["master"])
    check("a neighbour that adds a route reaches the private address", ask("stranger", f"{private}/livez"), 200)
    check("the neighbour needs a key", ask("stranger", f"{private}/api/v1/jobs"), 401)
    if shutil.which("nft"):
        on("master", "nft", "-f", "-", input=firewall())
        check("with the page's rules the neighbour gets no answer", ask("stranger", f"{private}/livez", patience=3), -TIMED_OUT)
        check("with the page's rules the peer is answered", ask("peer", f"{private}/livez"), 200)
        check("with the page's rules the master's own host is answered", ask("master", f"{private}/livez"), 200)
    else:
        print("SKIPPED: nft is not installed, so the page's rules were not tested", flush=True)
        if os.environ.get("CI"):
            failures.append("nft is not installed")


if __name__ == "__main__":
    try:
        main()
    finally:
        child_processes.end(children)
    sys.exit(1 if failures else 0)
