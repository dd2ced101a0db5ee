"""All workers restarted or upgraded, one after another, while jobs are under way."""

import time

import ansible
import world as hosts
from crashes import UNIT
from script_failure import ScriptFailure
from work import Work

WAIT_LIMIT = 3
DRAIN_SECONDS = 60


def restart(world):
    with Work(world) as work:
        start = time.monotonic()
        longest = 0
        for machine in world.workers:
            begin = time.monotonic()
            machine.must("systemctl", "restart", UNIT)
            # Earlier tiles are those of the old process.
            began = time.monotonic()
            again = work.goes_on(began, worker=machine.worker)
            if again is None:
                raise ScriptFailure(f"the worker {machine.worker} did no tile after its restart")
            longest = max(longest, began + again - begin)
        yield work.outcome("rolling restart of all workers", start, goes_on=longest, wait_limit=WAIT_LIMIT,
                           note="the slowest worker's first tile after its restart began")


def drain(world):
    """One worker is stopped on its host, another one is drained by the master. Both are started again."""
    stopped, drained = world.workers[:2]
    with Work(world) as work:
        start = time.monotonic()
        world.do(stopped, "stop-worker")
        world.do(world.master, "drain")
        end = start + DRAIN_SECONDS
        while drained.run("systemctl", "is-active", UNIT)[0] == 0:
            if time.monotonic() > end:
                raise ScriptFailure(f"the worker {drained.worker} still runs {DRAIN_SECONDS} s after its drain")
            time.sleep(0.2)
        gone = time.monotonic() - start
        back = time.monotonic()
        for machine in [drained, stopped]:
            machine.must("systemctl", "start", UNIT)
        again = work.goes_on(back, worker=stopped.worker, sent_after=start)
        yield work.outcome("one worker stopped, one drained", start, goes_on=again, wait_limit=WAIT_LIMIT,
                           note=f"its own first tile after the start; both had ended after {gone:.1f} s")


def upgrade(later):
    """Upgrades by the guide's playbook, with packages of a higher version."""
    def trial(world):
        folder = ansible.prepare(world, later)
        with Work(world) as work:
            start = time.monotonic()
            ansible.play(world, folder, "ansible-upgrade")
            done = time.monotonic()
            again = work.goes_on(done)
            outcome = work.outcome("rolling upgrade of all hosts", start, goes_on=again,
                                   note=f"after the end of the upgrade, which took {done - start:.0f} s")
        world.packages = later
        version = later[0].name.split("_")[1]
        for machine in [*world.workers, world.master]:
            said = machine.must("dpkg-query", "-W", "-f=${Version} ", "tilework-*")
            if set(said.split()) != {version}:
                outcome = outcome._replace(wrong=(*outcome.wrong, f"{machine.name} has the versions {said}, not {version}"))
        yield outcome
    return trial


def set_up(world):
    """The guide's playbook sets up a new host and leaves the others as they are. A second run changes nothing."""
    with Work(world) as work:
        start = time.monotonic()
        new = world.machine(hosts.NEW)
        world.workers.append(new)
        folder = ansible.prepare(world, world.packages)
        begin = time.monotonic()
        ansible.play(world, folder, "ansible-site")
        took = time.monotonic() - begin
        again = work.goes_on(begin, worker=new.worker)
        said = ansible.play(world, folder, "ansible-site")
        outcome = work.outcome("a worker's host by Ansible", start, goes_on=again,
                               note=f"its first tile; the playbook took {took:.0f} s for all hosts")
    changed = ansible.changes(said)
    if any(changed.values()):
        outcome = outcome._replace(wrong=(*outcome.wrong, f"the second run changed {changed}"))
    yield outcome
