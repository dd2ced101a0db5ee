"""A switch and its cables: a bridge in this network namespace, and a veth pair for each host."""

import contextlib
import ctypes
import os
import subprocess

from command import ask

BRIDGE = "tw-switch"
BRIDGE_ADDRESS = "10.80.0.254"
CLONE_NEWNET = 0x40000000


def make():
    """Makes the bridge. Brokers listen at its address."""
    os.makedirs("/run/netns", exist_ok=True)
    ask("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
    ask("ip", "link", "set", "lo", "up")
    ask("ip", "link", "add", BRIDGE, "type", "bridge")
    ask("ip", "addr", "add", f"{BRIDGE_ADDRESS}/24", "dev", BRIDGE)
    ask("ip", "link", "set", BRIDGE, "up")


class Cable:
    """From the switch to a host."""

    def __init__(self, host, address):
        self.space, self._card, self._address = host, f"to-{host}"[:15], address

    @property
    def path(self):
        return f"/run/netns/{self.space}"

    def plug(self):
        """Makes the host's network again, as a boot does."""
        subprocess.run(["ip", "netns", "del", self.space], capture_output=True)
        subprocess.run(["ip", "link", "del", self._card], capture_output=True)
        ask("ip", "netns", "add", self.space)
        ask("ip", "link", "add", self._card, "type", "veth", "peer", "name", "eth0", "netns", self.space)
        ask("ip", "link", "set", self._card, "master", BRIDGE, "up")
        ask("ip", "-n", self.space, "link", "set", "lo", "up")
        ask("ip", "-n", self.space, "addr", "add", f"{self._address}/24", "dev", "eth0")
        ask("ip", "-n", self.space, "link", "set", "eth0", "up")
        ask("ip", "-n", self.space, "route", "add", "default", "via", BRIDGE_ADDRESS)

    def pull(self):
        ask("ip", "link", "set", self._card, "down")

    def put_back(self):
        ask("ip", "link", "set", self._card, "up")


@contextlib.contextmanager
def inside(path):
    """Inside the block, this thread's new sockets belong to that network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(path, os.O_RDONLY)
    try:
        enter(libc, there)
        yield
    finally:
        enter(libc, before)
        os.close(there)
        os.close(before)


def enter(libc, namespace):
    if libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
