"""Runs all faults, one after another, inside the namespaces."""

import os
import time

import clusters
import faults
import guide
import namespaces
import network
import outcome
from oracle import Oracle
from script_failure import ScriptFailure
from table import aligned
from world import World


def run(root, parts, work, names, cluster, group):
    """Prints each outcome at once, then the table. Returns the exit status.

    - Parameter cluster: makes the cluster. It is called after the network is made.
    """
    namespaces.enter(group)
    network.make()
    brokers = cluster()
    blocks = guide.blocks((root / "deploy/README.md").read_text())
    world = World(work / "run", parts.base, parts.packages, blocks, brokers, Oracle(work / "oracle"), group)
    start = time.monotonic()
    try:
        world.set_up()
    except ScriptFailure:
        world.journals(work / "logs" / "set-up")
        raise
    print(f"{len(world.machines)} hosts are set up by the guide's commands, in {time.monotonic() - start:.0f} s; "
          f"{brokers.note}", flush=True)
    found = []
    all_of = faults.all_of(parts.later)
    for name in names or all_of:
        found += tried(world, name, all_of[name], work / "logs" / name)
    print()
    print("\n".join(aligned(outcome.HEADER, [cells for cells in outcome.rows(found)])))
    print(f"\nload {os.getloadavg()[1]:.1f} over the last five minutes, on {os.cpu_count()} processors; {brokers.note}")
    return outcome.status(found)


def tried(world, name, trial, logs):
    found = []
    try:
        for each in trial(world):
            found.append(each)
            tell(each)
    except (ScriptFailure, OSError) as reason:
        found.append(outcome.Outcome(name, 0, (f"the fault was not completed: {reason}",)))
        tell(found[-1])
    if any(each.complaints for each in found):
        world.journals(logs)
        print(f"   the journals are in {logs}", flush=True)
    return found


def tell(each):
    times = f"goes on after {outcome.seconds(each.goes_on)} s, longest wait {outcome.seconds(each.wait)} s"
    print(f"{'FAILED' if each.complaints else 'ok':6} {each.name}: {each.results} results, {times}"
          f"{'; ' + each.note if each.note else ''}", flush=True)
    for complaint in each.complaints:
        print(f"       {complaint}", flush=True)


def cluster_of(args, outside, folder):
    """A function that makes the requested cluster."""
    if not args.brokers:
        return lambda: clusters.TestCluster(args.binaries.resolve(), folder)
    properties = args.kafka_config.read_text() if args.kafka_config else ""
    return lambda: clusters.Cluster(args.brokers, properties, outside)
