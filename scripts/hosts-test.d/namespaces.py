"""Separate namespaces for a run. Their processes, mounts and networks end when it ends, in whatever way."""

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
    """Runs a command in new namespaces, then removes the folder and the control group. Returns the exit status.

    The command gets one more argument: the number of an open file for this process's network namespace, to which it can
    connect its own network.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    outside = os.open("/proc/self/ns/net", os.O_RDONLY)
    inside = None
    try:
        # With --fork, unshare stays as the parent. Its end kills all processes inside.
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
    """The command's first call: in its namespace, control groups of version 2 replace those of version 1."""
    if not (CGROUPS / "cgroup.procs").exists():
        subprocess.run(["umount", "--recursive", str(CGROUPS)], capture_output=True)
        ask("mount", "-t", "cgroup2", "cgroup2", CGROUPS)
    (CGROUPS / group).mkdir(exist_ok=True)


def remove_group(group):
    """Removes the control group, the inner groups first. A group can be removed once its processes have ended."""
    mounts = [line.split() for line in open("/proc/mounts")]
    top = next((Path(mount[1]) / group for mount in mounts if mount[2] == "cgroup2"), None)
    end = time.monotonic() + END_SECONDS
    while top and top.exists() and time.monotonic() < end:
        for folder, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                time.sleep(0.1)
