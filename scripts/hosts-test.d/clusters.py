"""The brokers that hosts talk to."""

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import network
from command import ask
from script_failure import ScriptFailure

START_SECONDS = 60
PROXY = Path(__file__).resolve().parents[2] / "Tests/SystemTests/Tools/kafka_proxy.py"
OUTSIDE, INSIDE = "10.81.0.1", "10.81.0.2"


class TestCluster:
    """librdkafka's mock cluster in a master, behind the proxy of the tests at the switch's address. The proxy lets topics grow
    and coordinates the groups, as Kafka does."""

    note = "the tests' cluster"
    # A partition of the mock cluster keeps 5 MiB, so tiles have to be small.
    tile_size = 256

    def __init__(self, binaries, folder):
        folder.mkdir(parents=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TILEWORK_")}
        broker = start(
            folder / "broker.log", environment, binaries / "master-main", "serve", "--port", "0", "--local-workers",
            "0", "--data-dir", folder / "data")
        url = line_of(broker, "http://", folder / "broker.log").split()[-1].rstrip("/")
        with urlopen(f"{url}/api/v1/cluster", timeout=10) as answer:
            cluster = json.load(answer)
        proxy = start(
            folder / "proxy.log", {**environment, "KAFKA_PROXY_HOST": network.BRIDGE_ADDRESS, "KAFKA_PROXY_GROUPS": "1"},
            sys.executable, "-B", PROXY, cluster["bootstrap_servers"], "tasks=2", "results=2")
        self.brokers = json.loads(line_of(proxy, "brokers", folder / "proxy.log"))["brokers"]
        # Without this each fetch takes half a second. Sessions are as long as with Kafka.
        self.properties = f"fetch.wait.max.ms={cluster['properties']['fetch.wait.max.ms']}\n"


class Cluster:
    """A Kafka cluster that this machine serves or routes to."""

    note = "the cluster named with --brokers"
    tile_size = 256

    def __init__(self, brokers, properties, outside):
        """- Parameter properties: the text of a file of librdkafka's properties."""
        self.brokers, self.properties = brokers, properties
        uplink(outside)
        # This namespace passes packets between the hosts and the outside.
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1\n")


def uplink(outside):
    """Connects the switch to this machine's network by a cable, whose outer end has the address 10.81.0.1.

    - Parameter outside: the open file of that network's namespace.
    """
    there = f"/proc/self/fd/{outside}"
    ask("ip", "link", "add", "tw-inside", "type", "veth", "peer", "name", "tw-outside", pass_fds=[outside])
    ask("ip", "addr", "add", f"{INSIDE}/24", "dev", "tw-inside")
    ask("ip", "link", "set", "tw-inside", "up")
    ask("ip", "link", "set", "tw-outside", "netns", there, pass_fds=[outside])
    ask("ip", "route", "add", "default", "via", OUTSIDE)
    for words in [("addr", "add", f"{OUTSIDE}/24", "dev", "tw-outside"), ("link", "set", "tw-outside", "up"),
                  ("route", "add", "10.80.0.0/24", "via", INSIDE)]:
        ask("nsenter", f"--net={there}", "ip", *words, pass_fds=[outside])


def start(log, environment, *command):
    return subprocess.Popen(
        [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log.open("w"),
        bufsize=0, env=environment, start_new_session=True)


def line_of(process, word, log):
    while select.select([process.stdout], [], [], START_SECONDS)[0]:
        line = process.stdout.readline().decode()
        if word in line:
            return line
        if not line:
            break
    raise ScriptFailure(f"{process.args[0]} did not start; its log ends:\n{log.read_text()[-1000:]}")
