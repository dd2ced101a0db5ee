"""A host that can be powered off: a Debian on an overlay, started by systemd-nspawn, with its own network cable."""

import os
import signal
from pathlib import Path

from command import ask
from host import Host
from network import Cable

CGROUPS = Path("/sys/fs/cgroup")


class Machine(Host):
    def __init__(self, name, address, folder, base, group, names):
        """- Parameter names: lines of /etc/hosts."""
        self.name, self.address = name, address
        self.cable = Cable(name, address)
        self._parts, self._group, self._names = folder, CGROUPS / group / name, names
        super().__init__(folder / "root", base)

    def fill(self, base):
        for part in ["upper", "work", "root"]:
            (self._parts / part).mkdir(parents=True)
        ask("mount", "-t", "overlay", "overlay", "-o",
            f"lowerdir={base},upperdir={self._parts}/upper,workdir={self._parts}/work", self.folder)
        etc = self.folder / "etc"
        (etc / "hostname").write_text(f"{self.name}\n")
        (etc / "machine-id").write_text("")
        self.write_hosts(self._names)
        # An operator would answer yes.
        (etc / "apt/apt.conf.d/90hosts-test").write_text('APT::Get::Assume-Yes "true";\n')
        # The disk is not under test, so dpkg need not sync.
        (etc / "dpkg/dpkg.cfg.d").mkdir(exist_ok=True)
        (etc / "dpkg/dpkg.cfg.d/hosts-test").write_text("force-unsafe-io\n")

    def write_hosts(self, names):
        """Writes /etc/hosts in place, because running systems have the file open."""
        (self.folder / "etc/hosts").write_text("127.0.0.1 localhost\n" + names)

    def disk(self, path, size):
        """Mounts a separate file system. Call it before the host starts."""
        (self.folder / path).mkdir(parents=True, exist_ok=True)
        ask("mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", self.folder / path)

    def nspawn(self):
        self._group.mkdir(parents=True, exist_ok=True)
        command = ["systemd-nspawn", "--quiet", "--boot", "--directory", str(self.folder), "--machine", self.name,
                   "--register=no", "--keep-unit", f"--network-namespace-path={self.cable.path}", "--link-journal=no",
                   "--resolv-conf=off", "--timezone=off", "--console=pipe"]
        environment = {**os.environ, "SYSTEMD_SECCOMP": "0", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        return command, {
            "env": environment, "preexec_fn": lambda: (self._group / "cgroup.procs").write_text(str(os.getpid()))}

    def start(self):
        self.cable.plug()
        super().start()

    def sh(self, script):
        """Runs a block of the guide as root in /root, and returns its output."""
        return self.must("bash", "-euo", "pipefail", "-c", f"export HOME=/root; cd /root\n{script}")

    def power_off(self):
        """Kills the host. The cable is pulled first, so that no connection is closed in order."""
        self.cable.pull()
        os.kill(self.leader(), signal.SIGKILL)
        self._machine.wait()
        self._machine = None

    @property
    def runs(self):
        return self._machine is not None
