"""All that is done to the hosts, in its order. The move and the upgrade change what the others stand on. The tests' cluster
brings one batch with each fetch, so a worker that looks back at the heartbeats starts the slower the longer it has run: what
is measured in seconds comes first."""

import asking
import cables
import crashes
import keeping
import rolling
import shortages


def all_of(later):
    """Functions by name. Each is given the world and yields outcomes."""
    return {
        "three-hosts": crashes.three_hosts,
        "restart": rolling.restart,
        "drain": rolling.drain,
        "asking": asking.trial,
        "worker-killed": crashes.worker_killed,
        "worker-off": crashes.worker_host_off,
        "master-off": crashes.master_host_off,
        "worker-cable": cables.of_worker(30),
        "master-cable": cables.of_master(30),
        "disk": shortages.full_disk,
        "clock": shortages.clock_off,
        "ansible": rolling.set_up,
        "backup": keeping.restored,
        "move": keeping.moved,
        "upgrade": rolling.upgrade(later),
        "worker-cable-long": cables.of_worker(300),
        "master-cable-long": cables.of_master(300),
    }
