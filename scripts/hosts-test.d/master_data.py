"""The master's data: moved to another host after its own was lost; backed up and restored."""

import http.client
import time

import world as hosts
from command import ask
from outcome import Outcome
from script_failure import ScriptFailure
from work import Work

JOBS_SECONDS = 120


def moved(world):
    """The old host does not come back. Its disk is mounted on a host that has only the packages."""
    new = world.machine(hosts.SPARE)
    world.give_packages(new, world.packages)
    world.do(new, "install-master")
    old = world.master
    with Work(world) as work:
        start = time.monotonic()
        old.power_off()
        ask("cp", "-a", "--parents", hosts.DATA, "etc/tilework", new.folder / "mnt", cwd=old.folder)
        begin = time.monotonic()
        world.do(new, "move")
        world.point_name_to(new)
        # Clients now reach the new host under the name.
        old.cable, world.master = new.cable, new
        del world.machines[old.name]
        again = work.goes_on(begin)
        yield work.outcome("the master moved to another host", start, goes_on=again,
                           note="after the disk was there")


def restored(world):
    """Jobs that were unfinished at the back-up are restored and complete with the right bytes."""
    with Work(world) as work:
        start = time.monotonic()
        world.do(world.master, "backup")
        again = work.goes_on(time.monotonic())
        kept = work.outcome("back-up under way", start, goes_on=again, note="after the master's start")
    yield kept
    begin = time.monotonic()
    world.do(world.master, "restore")
    yield finished(world, begin)


def finished(world, begin):
    client = world.client()
    wrong, compared, unfinished = [], 0, 0
    answered = None
    for job in ask_again(client, "/api/v1/jobs?limit=100")["jobs"]:
        answered = answered or time.monotonic() - begin
        unfinished += job["status"] in {"pending", "processing"}
        end = time.monotonic() + JOBS_SECONDS
        while job["status"] in {"pending", "processing"} and time.monotonic() < end:
            job = client.get(f"/api/v1/jobs/{job['job_id']}?wait=5")
        if job["status"] != "completed":
            wrong.append(f"job {job['job_id']} is {job['status']} after the restore: {job.get('error')}")
            continue
        status, result = client.ask("GET", f"/api/v1/jobs/{job['job_id']}/result")
        order = int(job["filename"].partition(".")[0])
        complaint = world.oracle.complaint(result, world.oracle.orders[order][2]) if status == 200 else f"{status}"
        compared += 1
        if complaint:
            wrong.append(f"job {job['job_id']} has other bytes after the restore: {complaint}")
    if not unfinished:
        wrong.append("the back-up had no unfinished job in it")
    return Outcome("restored", compared, tuple(wrong), goes_on=answered,
                   note=f"to the first answer; {unfinished} jobs were unfinished in the back-up")


def ask_again(client, path):
    end = time.monotonic() + 60
    while True:
        try:
            return client.get(path)
        except (OSError, http.client.HTTPException) as reason:
            if time.monotonic() > end:
                raise ScriptFailure(f"the master does not answer after its restore: {reason}") from None
            time.sleep(0.1)
