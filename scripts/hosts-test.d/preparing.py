"""Prepares the parts of hosts: packages, a Debian with their dependencies, and the expected results."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import host
import repack
import version
from oracle import Oracle
from script_failure import ScriptFailure

SCRIPTS = Path(__file__).resolve().parents[1]
# The packages of a host before Tilework is installed. Operators use SSH, and Ansible needs Python.
INCLUDE = ["systemd", "systemd-sysv", "dbus", "iproute2", "ca-certificates", "curl", "openssh-server", "python3",
           "python3-apt"]
# Downloaded in addition, for one of the faults.
MORE = ["libfaketime"]
NEEDED = ["debootstrap", "systemd-container", "iproute2", "g++", "libopencv-dev", "openssl", "openssh-client",
          "ansible-core"]


class Base(host.Host):
    """The folder under the overlays of all hosts. Tilework is not installed in it."""

    def fill(self, base):
        (self.folder / "etc/resolv.conf").write_bytes(Path("/etc/resolv.conf").read_bytes())


class Parts(NamedTuple):
    base: Path
    packages: list
    later: list


class Release(NamedTuple):
    """The arguments of `repack`."""

    version: str
    schema: int


def everything(root, binaries, packages, work, mirror):
    """Makes all parts. `found` returns them."""
    made = list(paths(packages)) if packages else built(binaries, work / "packages")
    inside = Base(host.base(work / "base", mirror, INCLUDE), None)
    inside.update()
    names = inside.add(made)
    inside.must("apt-get", "install", "-y", "-qq", "--download-only", *names, *MORE)
    repack.later(made, work / "later", Release(made[0].name.split("_")[1], version.schema(root)))
    Oracle(work / "oracle")


def found(packages, work):
    return Parts(work / "base", paths(packages or work / "packages"), paths(work / "later"))


def built(binaries, folder):
    command = [sys.executable, str(SCRIPTS / "package"), "--binaries", str(binaries), "--output", str(folder)]
    if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
        raise ScriptFailure("scripts/package failed")
    return list(paths(folder))


def paths(folder):
    """The packages to install, without those of debug symbols."""
    found = sorted(path for path in folder.glob("tilework-*.deb") if "-dbgsym_" not in path.name)
    if len(found) != 3:
        raise ScriptFailure(f"the three packages of Tilework are not in {folder}")
    return found
