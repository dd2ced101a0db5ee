"""Namespaces of this run alone: processes, mounts and networks in them end with it, however it ends."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from command import ask

CGROUPS = Path("/sys/fs/cgroup")
END_SECONDS = 15


def run(command, folder, group):
    """Runs a command in there, and removes the folder and the control group afterwards. Its exit status.

    The command's last argument is the number of an open file: this network's namespace, for a cable to the outside.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    outside = os.open("/proc/self/ns/net", os.O_RDONLY)
    inside = None
    try:
        # --fork keeps unshare as the parent, whose end kills all that is inside.
        inside = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "--net", "--pid", "--fork", "--kill-child",
             "--mount-proc", *map(str, command), str(outside)], pass_fds=[outside])
        return inside.wait()
    finally:
        if inside and inside.poll() is None:
            inside.kill()
            inside.wait()
        os.close(outside)
        shutil.rmtree(folder, ignore_errors=True)
        remove_group(group)


def enter(group):
    """What the command does first: the machine's control groups of version 1 give way to those of version 2 here."""
    if not (CGROUPS / "cgroup.procs").exists():
        subprocess.run(["umount", "--recursive", str(CGROUPS)], capture_output=True)
        ask("mount", "-t", "cgroup2", "cgroup2", CGROUPS)
    (CGROUPS / group).mkdir(exist_ok=True)


def remove_group(group):
    """Groups can be removed once their processes have ended, which takes a moment; those below first."""
    mounts = [line.split() for line in open("/proc/mounts")]
    top = next((Path(mount[1]) / group for mount in mounts if mount[2] == "cgroup2"), None)
    end = time.monotonic() + END_SECONDS
    while top and top.exists() and time.monotonic() < end:
        for folder, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                time.sleep(0.1)
