"""All faults, in their order. The move and the upgrade change the hosts for the others, so they come late. Faults that are
measured in seconds come first, because a worker reads back the heartbeats at its start: the tests' cluster returns one batch
for each fetch, so a start takes longer the longer the cluster has run."""

import broker_lookup
import cables
import crashes
import master_data
import rolling
import disk_and_clock


def all_of(later):
    """The functions by name. Each takes the world and yields outcomes."""
    return {
        "three-hosts": crashes.three_hosts,
        "restart": rolling.restart,
        "drain": rolling.drain,
        "asking": broker_lookup.trial,
        "worker-killed": crashes.worker_killed,
        "worker-off": crashes.worker_host_off,
        "master-off": crashes.master_host_off,
        "worker-cable": cables.of_worker(30),
        "master-cable": cables.of_master(30),
        "disk": disk_and_clock.full_disk,
        "clock": disk_and_clock.clock_off,
        "ansible": rolling.set_up,
        "backup": master_data.restored,
        "move": master_data.moved,
        "upgrade": rolling.upgrade(later),
        "worker-cable-long": cables.of_worker(300),
        "master-cable-long": cables.of_master(300),
    }
