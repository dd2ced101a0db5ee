"""The guide's playbooks, run on the hosts by SSH."""

import os
import re
import shutil
from pathlib import Path

import world as hosts
from command import ask
from script_failure import ScriptFailure

PLAYBOOKS = Path(__file__).resolve().parents[2] / "deploy/ansible"


def prepare(world, packages):
    """Copies deploy/ansible and adds the files that an operator adds. Returns the copy."""
    folder = world.folder / "ansible"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PLAYBOOKS, folder)
    for path in packages:
        shutil.copy(path, folder / "files")
    for name in ["tls.pem", "tls.key", "ca.pem"]:
        shutil.copy(world.desk / name, folder / "files")
    (folder / "files/kafka.properties").write_text(
        (world.master.folder / "etc/tilework/kafka.properties").read_text())
    settings = folder / "group_vars/all.yml"
    settings.write_text(world.with_brokers(settings.read_text()))
    inventory = folder / "inventory.ini"
    text = re.sub(rf"^{hosts.MASTER}$", world.master.name, inventory.read_text(), flags=re.M)
    # The workers come last.
    inventory.write_text(text + "".join(
        f"{machine.name}\n" for machine in world.workers if machine.name not in hosts.WORKERS))
    allow_ssh(world, folder)
    return folder


def allow_ssh(world, folder):
    """Lets Ansible connect to the hosts by SSH, with a new key for this run."""
    key = folder / "ssh-key"
    ask("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    lines = [f"IdentityFile {key}", "StrictHostKeyChecking no", "UserKnownHostsFile /dev/null", "LogLevel ERROR",
             "User root"]
    for machine in world.machines.values():
        inside = machine.folder / "root/.ssh"
        inside.mkdir(mode=0o700, exist_ok=True)
        (inside / "authorized_keys").write_text(key.with_suffix(".pub").read_text())
        lines += [f"Host {machine.name}", f"  HostName {machine.address}"]
    (folder / "ssh-config").write_text("\n".join(lines) + "\n")


def play(world, folder, name):
    """Runs the playbook of a block of the guide. Returns Ansible's output."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    environment = {
        **os.environ, "HOME": str(home), "ANSIBLE_HOME": str(home), "ANSIBLE_LOCAL_TEMP": str(home / "tmp"),
        "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8",
        "ANSIBLE_SSH_ARGS": f"-F {folder}/ssh-config -o ControlMaster=auto -o ControlPersist=60s"}
    return world.run_here(name, folder, environment)


def changes(said):
    """The number of changes on each host, from the last lines of Ansible's output."""
    found = {host: int(number) for host, number in re.findall(r"^(\S+)\s*: ok=\d+\s+changed=(\d+)", said, re.M)}
    if not found:
        raise ScriptFailure(f"ansible-playbook printed no summary of its changes:\n{said[-2000:]}")
    return found
