"""All that is done to the hosts, in its order: the move and the upgrade change what the others stand on."""

import cables
import crashes
import keeping
import rolling
import shortages


def all_of(later):
    """Functions by name. Each is given the world and yields outcomes."""
    return {
        "three-hosts": crashes.three_hosts,
        "worker-killed": crashes.worker_killed,
        "worker-off": crashes.worker_host_off,
        "master-off": crashes.master_host_off,
        "worker-cable": cables.of_worker(30),
        "master-cable": cables.of_master(30),
        "worker-cable-long": cables.of_worker(300),
        "master-cable-long": cables.of_master(300),
        "disk": shortages.full_disk,
        "clock": shortages.clock_off,
        "restart": rolling.restart,
        "drain": rolling.drain,
        "ansible": rolling.set_up,
        "backup": keeping.restored,
        "move": keeping.moved,
        "upgrade": rolling.upgrade(later),
    }
