"""The hosts of a fleet, set up as deploy/README.md says."""

import shutil
import subprocess
import threading

import guide
from client import Client
from machine import Machine
from script_failure import ScriptFailure

MASTER, SPARE, WORKERS, NEW = "tiles", "tiles2", ["render1", "render2", "render3"], "render4"
ADDRESSES = {MASTER: "10.80.0.1", SPARE: "10.80.0.2", "render1": "10.80.0.11", "render2": "10.80.0.12",
             "render3": "10.80.0.13", "render4": "10.80.0.14"}
DATA, DATA_SIZE = "var/lib/tilework", "700m"
# Each tile takes the same time on every worker, so that the speed of this machine does not change the times.
PACE = {"TILEWORK_THREADS": "1", "TILEWORK_FAULT_TILE_MS": "100"}
BROKERS = ["kafka-1:9093,kafka-2:9093", "kafka-1:9093"]


class World:
    def __init__(self, folder, base, packages, blocks, cluster, oracle, group):
        self.folder, self.oracle, self.packages, self.blocks = folder, oracle, packages, blocks
        self._base, self._cluster, self._group = base, cluster, group
        self.machines, self.master, self.workers, self.key = {}, None, [], None
        # The working folder on the operator's own machine.
        self.desk = folder / "desk"

    # Making hosts

    def set_up(self):
        """Sets up a master and three workers at the same time."""
        self.desk.mkdir(parents=True)
        self.run_here("ca")
        self.master = self.machine(MASTER)
        self.workers = [self.machine(name) for name in WORKERS]
        together([lambda: self.install(self.master, "master"),
                  *(lambda machine=machine: self.install(machine, "worker") for machine in self.workers)])
        self.do(self.master, "topics")
        self.give(self.master, "tls.pem", "tls.key", "ca.pem")
        self.do(self.master, "certificate")
        self.do(self.master, "trust")
        self.edit(self.master, "master.env", {"TILEWORK_TILE_SIZE": str(self._cluster.tile_size)})
        self.key = self.do(self.master, "first-key").split()[-1]
        self.do(self.master, "start-master")
        self.do(self.master, "program-key")
        for machine in self.workers:
            self.edit(machine, "worker.env", PACE)
        together([lambda machine=machine: self.do(machine, "start-worker") for machine in self.workers])
        self.do(self.master, "workers")

    def machine(self, name):
        """Makes and starts a host without Tilework."""
        made = Machine(name, ADDRESSES[name], self.folder / name, self._base, self._group, self.names())
        made.worker = f"{name}-1"
        if name in {MASTER, SPARE}:
            made.disk(DATA, DATA_SIZE)
        self.machines[name] = made
        made.start()
        return made

    def install(self, machine, kind):
        self.give_packages(machine, self.packages)
        self.do(machine, f"install-{kind}")
        (machine.folder / "root/kafka.properties").write_text(self._cluster.properties)
        self.do(machine, "kafka")

    def names(self, master=MASTER):
        lines = [f"{address} {name}" for name, address in ADDRESSES.items()]
        return "\n".join([*lines, f"{ADDRESSES[master]} tiles.example.org"]) + "\n"

    # Commands

    def do(self, machine, name):
        """Runs commands of the guide on a host."""
        return machine.sh(self.commands(name))

    def run_here(self, name, folder=None, environment=None):
        """Runs commands of the guide on the operator's own machine."""
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", self.commands(name)], cwd=folder or self.desk,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment)
        if done.returncode:
            said = (done.stdout + done.stderr)[-3000:]
            raise ScriptFailure(f"the commands {name} of the guide ended with {done.returncode}:\n{said}")
        return done.stdout

    def commands(self, name):
        if name not in self.blocks:
            raise ScriptFailure(f"the guide has no commands {name}")
        return self.with_brokers(self.blocks[name])

    def with_brokers(self, text):
        for example in BROKERS:
            text = text.replace(example, self._cluster.brokers)
        return text

    def edit(self, machine, name, more, block=None):
        """Edits an env file as an operator does: sets the settings of the guide, and `more` for the tests."""
        path = machine.folder / "etc/tilework" / name
        values = {**guide.settings(self.commands(block or name)), **more}
        path.write_text(guide.edited(path.read_text(), values))

    def give(self, machine, *names):
        for name in names:
            shutil.copy(self.desk / name, machine.folder / "root" / name)

    def give_packages(self, machine, packages):
        for old in (machine.folder / "root").glob("tilework-*.deb"):
            old.unlink()
        for path in packages:
            shutil.copy(path, machine.folder / "root")

    def point_name_to(self, machine):
        for each in self.machines.values():
            each.write_hosts(self.names(machine.name))

    def client(self):
        return Client(self.master, self.desk / "ca.pem", self.key)

    def journals(self, folder):
        """Saves the journals of the running hosts."""
        folder.mkdir(parents=True, exist_ok=True)
        for machine in self.machines.values():
            if machine.runs:
                said = machine.run("journalctl", "--boot", "--no-pager", "--output", "short-precise")[1]
                (folder / f"{machine.name}.log").write_text(said)


def together(works):
    """Runs functions at the same time. Throws the first error."""
    reasons = []

    def caught(work):
        try:
            work()
        except (ScriptFailure, OSError) as reason:
            reasons.append(reason)

    threads = [threading.Thread(target=caught, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if reasons:
        raise reasons[0]
