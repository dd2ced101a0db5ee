"""A disk without space, and a clock that is wrong."""

import time

import world as hosts
from crashes import UNIT
from trouble import Trouble
from work import Work

# The master tries a job that waits for the disk at least so often (docs/architecture.md, "A full disk").
RETRY_SECONDS = 30
FAKETIME = "libfaketime"


def full_disk(world):
    data = world.master.folder / hosts.DATA
    with Work(world) as work:
        start = time.monotonic()
        end = start + 90
        while True:
            # What the master lets go of is taken, too.
            fill(data / "filler")
            if work.is_idle(4):
                break
            if time.monotonic() > end:
                raise Trouble("the master went on for 90 s on a disk that was filled")
        (data / "filler").unlink()
        back = time.monotonic()
        again = work.goes_on(back)
        yield work.outcome("the master's disk full", start, goes_on=again, limit=RETRY_SECONDS + 1,
                           note="the master looks every 30 s at the latest")


def fill(path):
    zeros = bytes(1 << 20)
    with path.open("ab", buffering=0) as file:
        try:
            while file.write(zeros) == len(zeros):
                pass
        except OSError:
            pass


def clock_off(world):
    """The kernel has one clock for all hosts, so a library of Debian tells the worker another time."""
    machine = world.workers[1]
    machine.must("apt-get", "install", "-y", "-qq", FAKETIME)
    library = machine.sh(f"dpkg -L {FAKETIME} | grep 'libfaketimeMT.so'").split()[0]
    drop_in = machine.folder / f"etc/systemd/system/{UNIT.replace('@1', '@')}.service.d/clock.conf"
    drop_in.parent.mkdir(parents=True)
    # With that library Swift programs do not see their arguments, so the instance is named here, too.
    drop_in.write_text(f'[Service]\nEnvironment="LD_PRELOAD={library}" FAKETIME=+1h FAKETIME_DONT_FAKE_MONOTONIC=1\n'
                       "Environment=TILEWORK_INSTANCE=1\n")
    try:
        with Work(world) as work:
            machine.sh(f"systemctl daemon-reload; systemctl restart {UNIT}")
            start = time.monotonic()
            if FAKETIME not in machine.sh(f"cat /proc/$(systemctl show --value -p MainPID {UNIT})/maps"):
                raise Trouble("the worker's clock is right")
            again = work.goes_on(start, worker=machine.worker)
            time.sleep(10)
            yield work.outcome("a worker's clock an hour ahead", start, goes_on=again,
                               note="its own first tile after it was restarted")
    finally:
        drop_in.unlink()
        machine.sh(f"systemctl daemon-reload; systemctl restart {UNIT}")
