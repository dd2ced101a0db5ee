"""What hosts are made of, before any is: packages, a Debian with all that these depend on, and the expected results."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import host
import repack
import version
from oracle import Oracle
from trouble import Trouble

SCRIPTS = Path(__file__).resolve().parents[1]
# What a host of Debian has before Tilework comes: an operator gets in by SSH, and Ansible wants Python.
INCLUDE = ["systemd", "systemd-sysv", "dbus", "iproute2", "ca-certificates", "curl", "openssh-server", "python3",
           "python3-apt"]
# Downloaded beside the packages' own dependencies, for one of the faults.
MORE = ["libfaketime"]
NEEDED = ["debootstrap", "systemd-container", "iproute2", "g++", "libopencv-dev", "openssl", "openssh-client",
          "ansible-core"]


class Base(host.Host):
    """The folder that all hosts are laid over, itself. Nothing of Tilework is installed there."""

    def lay(self, base):
        (self.folder / "etc/resolv.conf").write_bytes(Path("/etc/resolv.conf").read_bytes())


class Parts(NamedTuple):
    base: Path
    packages: list
    later: list


class Release(NamedTuple):
    """What `repack` wants to know."""

    version: str
    schema: int


def everything(root, binaries, packages, work, mirror):
    """Makes it all, for `found` to find."""
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
        raise Trouble("scripts/package failed")
    return list(paths(folder))


def paths(folder):
    """The packages to install: those with debug symbols are not."""
    found = sorted(path for path in folder.glob("tilework-*.deb") if "-dbgsym_" not in path.name)
    if len(found) != 3:
        raise Trouble(f"{folder} does not have the three packages of Tilework")
    return found
