"""A worker without brokers in its settings asks the master for them, with the key and the CA of the guide."""

import re
import shutil
import time

from crashes import UNIT
from work import Work


def trial(world):
    machine = world.workers[2]
    settings = machine.folder / "etc/tilework/worker.env"
    before = settings.read_text()
    world.do(world.master, "worker-key")
    shutil.copy(world.master.folder / "root/worker.key", machine.folder / "root")
    world.give(machine, "ca.pem")
    world.do(machine, "worker-key-there")
    settings.write_text(re.sub(r"^TILEWORK_BROKERS=", "#TILEWORK_BROKERS=", before, flags=re.M))
    world.edit(machine, "worker.env", {}, block="worker.env-asking")
    try:
        with Work(world) as work:
            machine.must("systemctl", "restart", UNIT)
            start = time.monotonic()
            again = work.goes_on(start, worker=machine.worker)
            yield work.outcome("a worker that asks the master", start, goes_on=again,
                               note="its own first tile after it was restarted")
    finally:
        settings.write_text(before)
        machine.must("systemctl", "restart", UNIT)
