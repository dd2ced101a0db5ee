"""A Debian system in a folder, used as a chroot or started with its own systemd and network."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from command import ask
from script_failure import ScriptFailure

START_SECONDS = 90
# These mounts end with the command.
INSIDE = """
mount -t proc proc "$0/proc"
mount --rbind /dev "$0/dev"
mount -t tmpfs tmp "$0/tmp"
exec chroot "$0" "$@"
"""
# Folders whose content Debian's own programs change.
CHANGING = {"proc", "sys", "dev", "run", "tmp", "packages", "var/cache", "var/log", "var/lib/dpkg", "var/lib/apt"}


def base(folder, mirror, include=()):
    """Makes a minimal Debian of this host's release with these additional packages, once."""
    done = folder.with_suffix(".done")
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        release = next(line.strip().partition("=")[2] for line in open("/etc/os-release")
                       if line.startswith("VERSION_CODENAME="))
        named = [f"--include={','.join(include)}"] if include else []
        ask("debootstrap", "--variant=minbase", *named, release, folder, mirror)
        done.touch()
    return folder


class Host:
    """Commands return a pair: the exit status, and the whole output."""

    def __init__(self, folder, base):
        self.folder, self._machine = folder, None
        self.fill(base)
        (self.folder / "packages").mkdir(exist_ok=True)

    def fill(self, base):
        """Fills the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        ask("cp", "-a", base, self.folder)
        shutil.copyfile("/etc/resolv.conf", self.folder / "etc/resolv.conf")

    def add(self, paths):
        """Copies packages into the system. Returns their names for `install`."""
        return [f"./packages/{Path(shutil.copy(path, self.folder / 'packages')).name}" for path in paths]

    def run(self, *command):
        if self._machine:
            entered = ["nsenter", "--target", str(self.leader()), "--all", "--root", "--wd"]
        else:
            entered = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", INSIDE, str(self.folder)]
        done = subprocess.run(
            [*entered, *map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace",
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"})
        return done.returncode, done.stdout

    def must(self, *command):
        status, said = self.run(*command)
        if status:
            raise ScriptFailure(f"{' '.join(map(str, command))} ended with {status}:\n{said[-3000:]}")
        return said

    def update(self):
        self.must("apt-get", "update", "-qq")

    def install(self, *names):
        return self.must("apt-get", "install", "-y", "-qq", *names)

    def start(self):
        log = (self.folder.parent / f"{self.folder.name}.boot.log").open("wb")
        command, settings = self.nspawn()
        # In a new session, so that Ctrl-C reaches this script only.
        self._machine = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **settings)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self._machine.poll() is not None:
                break
            if self.leader() and self.run("systemctl", "is-system-running")[1].strip() in {"running", "degraded"}:
                return
            time.sleep(0.5)
        self.stop()
        raise ScriptFailure(f"the system in {self.folder} did not start; {log.name} says why")

    def nspawn(self):
        """The command that starts the system, and the settings of its process.

        It has its own network, so that this host's ports cannot conflict. The container forbids no system calls. Only
        the units do, as on a real host.
        """
        command = ["systemd-nspawn", "--directory", str(self.folder), "--boot", "--private-network", "--register=no",
                   "--keep-unit", "--machine", f"tilework-{os.getpid()}"]
        return command, {"env": {**os.environ, "SYSTEMD_SECCOMP": "0"}}

    def stop(self):
        if self._machine:
            leader = self.leader()
            # systemd treats this signal as the power button.
            if leader:
                os.kill(leader, signal.SIGRTMIN + 4)
            try:
                self._machine.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                self._machine.kill()
                self._machine.wait()
            self._machine = None

    def fetch(self, *arguments):
        """Runs this host's curl in the system's network, because a new system has no curl."""
        return ask("nsenter", "--target", self.leader(), "--net", "curl", "-sS", "--max-time", "60", *arguments)

    def leader(self):
        """The first process inside."""
        children = Path(f"/proc/{self._machine.pid}/task/{self._machine.pid}/children").read_text().split()
        return int(children[0]) if children else None

    def files(self):
        """All paths, except those in `CHANGING`."""
        found = set()
        for folder, folders, names in os.walk(self.folder):
            here = os.path.relpath(folder, self.folder)
            folders[:] = [name for name in folders if os.path.normpath(f"{here}/{name}") not in CHANGING]
            found.update(os.path.normpath(f"{here}/{name}") for name in [*folders, *names])
        return found
