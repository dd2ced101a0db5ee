"""A full disk, and a wrong clock."""

import time

import world as hosts
from crashes import UNIT
from script_failure import ScriptFailure
from work import Work

# The longest time between retries of a job that waits for the disk (docs/architecture.md, "A full disk").
RETRY_SECONDS = 30
FAKETIME = "libfaketime"


def full_disk(world):
    data = world.master.folder / hosts.DATA
    with Work(world) as work:
        start = time.monotonic()
        end = start + 90
        while True:
            # Space that the master releases is filled, too.
            fill(data / "filler")
            if work.is_idle(4):
                break
            if time.monotonic() > end:
                raise ScriptFailure("the master still completed tiles after 90 s on a full disk")
        (data / "filler").unlink()
        back = time.monotonic()
        again = work.goes_on(back)
        yield work.outcome("the master's disk full", start, goes_on=again, limit=RETRY_SECONDS + 1,
                           note="the master retries every 30 s at the latest")


def fill(path):
    zeros = bytes(1 << 20)
    with path.open("ab", buffering=0) as file:
        try:
            while file.write(zeros) == len(zeros):
                pass
        except OSError:
            pass


def clock_off(world):
    """All hosts share the kernel's clock, so Debian's libfaketime gives the worker another time."""
    machine = world.workers[1]
    machine.must("apt-get", "install", "-y", "-qq", FAKETIME)
    library = machine.sh(f"dpkg -L {FAKETIME} | grep 'libfaketimeMT.so'").split()[0]
    drop_in = machine.folder / f"etc/systemd/system/{UNIT.replace('@1', '@')}.service.d/clock.conf"
    drop_in.parent.mkdir(parents=True)
    # With this library Swift programs do not get their arguments, so a variable names the instance, too.
    drop_in.write_text(f'[Service]\nEnvironment="LD_PRELOAD={library}" FAKETIME=+1h FAKETIME_DONT_FAKE_MONOTONIC=1\n'
                       "Environment=TILEWORK_INSTANCE=1\n")
    try:
        with Work(world) as work:
            machine.sh(f"systemctl daemon-reload; systemctl restart {UNIT}")
            start = time.monotonic()
            if FAKETIME not in machine.sh(f"cat /proc/$(systemctl show --value -p MainPID {UNIT})/maps"):
                raise ScriptFailure("libfaketime is not loaded: the worker's clock is right")
            again = work.goes_on(start, worker=machine.worker)
            time.sleep(10)
            yield work.outcome("a worker's clock an hour ahead", start, goes_on=again,
                               note="its own first tile after it was restarted")
    finally:
        drop_in.unlink()
        machine.sh(f"systemctl daemon-reload; systemctl restart {UNIT}")
