"""Installs, upgrades, downgrades, removes and purges the packages on new hosts."""

import json
import os
import re
import time

import picture
import repack
from command import ask
from host import Host
from script_failure import ScriptFailure

# Libraries of image files, which only the master needs.
CODECS = ["libjpeg62-turbo", "libpng16-16", "libtiff6", "libwebp7", "liblcms2-2", "libexiv2-27", "libisal2"]
# A job long enough for an upgrade in its middle: 7 s for each pair of steps on 2 cores.
SLOW = ",".join(["median:ksize=31,blur:ksize=31"] * 8)
ADDRESS = "http://127.0.0.1:5000"
JOB_SECONDS = 600


def parts(base, packages, release, work):
    """The trials: names, and functions that return findings."""
    trials = Trials(base, packages, release, work)
    return [
        ("a host of workers", trials.workers_host),
        ("purge leaves nothing", trials.leaves_nothing),
        ("process of an image", trials.processes),
        ("the services of a master's host", trials.services),
    ]


class Trials:
    def __init__(self, base, packages, release, work):
        self.base, self.packages, self.release, self.work = base, packages, release, work

    def named(self, *names):
        return [path for path in self.packages if path.name.split("_")[0] in names]

    def workers_host(self):
        host = Host(self.work / "worker", self.base)
        host.update()
        host.install(*host.add(self.named("tilework-common", "tilework-worker")))
        installed = host.must("dpkg-query", "-W", "-f=${Package}\n").split()
        found = [f"{name} was installed, which a worker does not need" for name in CODECS if name in installed]
        found += wrong("worker-main --version", host.run("worker-main", "--version"), self.release.current)
        found += libraries(host, "worker-main")
        return found

    def leaves_nothing(self):
        """Compares the lists of all files before installing and after purging, on a host with all dependencies."""
        host = Host(self.work / "purged", self.base)
        host.update()
        host.install(*dependencies(self.packages))
        before = host.files()
        host.install(*host.add(self.packages))
        host.must(
            "runuser", "-u", "tilework", "--", "master-main", "keys", "create", "ann", "--role", "admin", "--data-dir",
            "/var/lib/tilework")
        (host.folder / "etc/tilework/tls.key").write_text("made by hand\n")
        host.must("systemctl", "enable", "tilework-worker@2")
        found = [f"{path} has no {kind}" for path, kind in EXPECTED.items() if not os.path.lexists(host.folder / path)]
        host.must("apt-get", "remove", "-y", "-qq", "tilework-*")
        for path in ["var/lib/tilework/keys.json", "etc/tilework/master.env", "etc/tilework/tls.key"]:
            if not (host.folder / path).exists():
                found.append(f"removal deleted {path}, which only purging may")
        if (host.folder / "usr/lib/tilework").exists():
            found.append("removal left /usr/lib/tilework")
        host.must("apt-get", "purge", "-y", "-qq", "tilework-*")
        after = host.files()
        return found + [f"purging left /{path}" for path in sorted(after - before)] + [
            f"purging removed /{path}, which is not ours" for path in sorted(before - after)]

    def processes(self):
        host = Host(self.work / "master", self.base)
        host.update()
        host.install(*host.add(self.packages))
        found = wrong("master-main --version", host.run("master-main", "--version"), self.release.current)
        found += libraries(host, "master-main") + libraries(host, "worker-main")
        picture.write(host.folder / "root/in.bmp", 1200)
        host.must("master-main", "process", "/root/in.bmp", "/root/out.bmp", "--transforms", "invert")
        width, height, before = picture.pixels(host.folder / "root/in.bmp")
        if picture.pixels(host.folder / "root/out.bmp") != (width, height, bytes(255 - byte for byte in before)):
            found.append("process does not give the pixels of 'invert'")
        for kind in ["png", "jpg", "tiff", "webp"]:
            host.must("master-main", "process", "/root/in.bmp", f"/root/out.{kind}", "--transforms", "invert")
        found += [f"there is no page {name}" for name in ["master-main", "master-main-serve", "worker-main"]
                  if not (host.folder / f"usr/share/man/man1/{name}.1.gz").exists()]
        return found

    def services(self):
        """Uses the host of the previous trial, which has the packages and was never started."""
        host = Host(self.work / "running", self.work / "master")
        later = repack.later(self.packages, self.work / "later", self.release)
        names, later_names = host.add(self.packages), host.add(later)
        settings(host)
        host.start()
        try:
            return [
                *self.enabled(host), *self.upgraded(host, later_names), *self.refused(host, names),
                *self.downgraded(host, names), *self.removed(host)]
        finally:
            host.stop()

    def enabled(self, host):
        found = wrong("is-enabled tilework-master", host.run("systemctl", "is-enabled", "tilework-master"), "enabled")
        host.must("systemctl", "enable", "--now", "tilework-worker@1")
        # The master is enabled, so the start of the host has started it.
        wait_for("the master is ready", lambda: ready(host), 60)
        return found

    def upgraded(self, host, names):
        picture.write(host.folder / "root/slow.bmp", 4800)
        answer = json.loads(host.fetch("-F", f"file=@{host.folder}/root/slow.bmp", "-F", f"transforms={SLOW}", "-F",
                                       "format=bmp", f"{ADDRESS}/api/v1/jobs"))
        job = f"{ADDRESS}/api/v1/jobs/{answer['job_id']}"
        wait_for("the first tile is done", lambda: status(host, job)["progress"]["completed"] > 0, 120)
        pids = processes(host)
        host.install("-o", "Dpkg::Options::=--force-confold", *names)
        wait_for("the master is ready", lambda: ready(host), 60)
        # A job that ended before the upgrade would not test it.
        found = [] if status(host, job)["status"] == "processing" else ["the job was done before the upgrade"]
        now = processes(host)
        found += [f"{unit} was not restarted by the upgrade" for unit in pids if now[unit] in {pids[unit], "0"}]
        for name, line in [("master.env", MASTER_LINE), ("worker.env", WORKER_LINE)]:
            path = host.folder / "etc/tilework" / name
            if line not in path.read_text():
                found.append(f"the upgrade changed {name}")
            if path.stat().st_mode & 0o777 != 0o640:
                found.append(f"{name} has the mode {path.stat().st_mode & 0o777:o} after the upgrade")
        end = time.monotonic() + JOB_SECONDS
        while status(host, job)["status"] in {"pending", "processing"} and time.monotonic() < end:
            time.sleep(1)
        if status(host, job)["status"] != "completed":
            return found + [f"the job that was under way is {status(host, job)}"]
        host.fetch("-o", host.folder / "root/job.bmp", f"{job}/result")
        host.must("master-main", "process", "/root/slow.bmp", "/root/whole.bmp", "--transforms", SLOW)
        if picture.pixels(host.folder / "root/job.bmp") != picture.pixels(host.folder / "root/whole.bmp"):
            found.append("the job that was under way has other pixels than the same without an upgrade")
        return found

    def refused(self, host, names):
        before = versions(host)
        ended, said = host.run("apt-get", "install", "-y", "-qq", "--allow-downgrades", *names)
        found = [] if ended else ["a version that cannot read the database was installed"]
        if f"has schema {self.release.schema + 1}" not in said:
            found.append(f"the refusal does not say why:\n{said}")
        if versions(host) != before:
            found.append(f"the refusal left {versions(host)}, and there was {before}")
        wait_for("the master is ready", lambda: ready(host), 60)
        return found + [f"{unit} does not run after the refusal" for unit, pid in processes(host).items() if pid == "0"]

    def downgraded(self, host, names):
        """Follows the instructions of the refusal."""
        host.must("systemctl", "stop", "tilework-master")
        host.must("mv", "/var/lib/tilework", "/root/kept")
        host.install("--allow-downgrades", "-o", "Dpkg::Options::=--force-confold", *names)
        expected = f"{self.release.version} ii"
        found = [f"{name} is {version}" for name, version in versions(host).items() if version != expected]
        host.must("systemctl", "start", "tilework-master")
        wait_for("the master is ready", lambda: ready(host), 60)
        return found

    def removed(self, host):
        host.must("apt-get", "remove", "-y", "-qq", "tilework-*")
        found = [f"{unit} runs after the removal" for unit, pid in processes(host).items() if pid != "0"]
        host.must("apt-get", "purge", "-y", "-qq", "tilework-*")
        left = host.must("find", "/etc", "/usr", "/lib", "/opt", "/var/lib", "-name", "*tilework*").split()
        # The account stays, as is usual in Debian, because it can own other files.
        return found + [f"purging left {path}" for path in left]


EXPECTED = {
    "usr/bin/master-main": "program", "usr/bin/worker-main": "program", "var/lib/tilework/keys.json": "key",
    "etc/systemd/system/multi-user.target.wants/tilework-worker@2.service": "link",
    "usr/share/bash-completion/completions/master-main": "completions",
    "usr/share/zsh/vendor-completions/_worker-main": "completions",
    "usr/share/fish/vendor_completions.d/worker-main.fish": "completions",
}
MASTER_LINE = "TILEWORK_PORT=5000"
WORKER_LINE = "TILEWORK_MASTER=http://127.0.0.1:5000"


def settings(host):
    """Settings for a master on this host only, and for one worker in addition to its local ones."""
    (host.folder / "etc/tilework/master.env").write_text(
        f"TILEWORK_HOST=127.0.0.1\n{MASTER_LINE}\n")
    (host.folder / "etc/tilework/worker.env").write_text(f"{WORKER_LINE}\nTILEWORK_THREADS=1\n")


def dependencies(packages):
    names = set()
    for path in packages:
        for alternatives in ask("dpkg-deb", "--field", path, "Depends").strip().split(","):
            name = alternatives.split("|")[0].split("(")[0].strip()
            names.add(name)
    return sorted(name for name in names if not name.startswith("tilework-"))


def wrong(what, answer, expected):
    ended, said = answer
    return [] if ended == 0 and said.strip() == expected else [f"{what} ended with {ended} and said: {said.strip()}"]


def libraries(host, program):
    """Checks that all loaded libraries belong to a package or to Tilework."""
    said = host.must("env", "LD_TRACE_LOADED_OBJECTS=1", f"/usr/lib/tilework/{program}")
    paths = re.findall(r"=> (\S+)", said)
    strange = [path for path in paths if not path.startswith(("/lib/", "/lib64/", "/usr/lib/"))]
    if "not found" in said or strange or not any("/usr/lib/tilework/libswiftCore.so" in path for path in paths):
        return [f"{program} finds its libraries elsewhere:\n{said}"]
    return []


def versions(host):
    said = host.must("dpkg-query", "-W", "-f=${Package} ${Version} ${db:Status-Abbrev}\n", "tilework-*")
    return {line.split()[0]: " ".join(line.split()[1:]) for line in said.splitlines() if len(line.split()) == 3}


def processes(host):
    units = ["tilework-master", "tilework-worker@1"]
    return {unit: host.must("systemctl", "show", "--value", "-p", "MainPID", unit).strip() for unit in units}


def ready(host):
    try:
        host.fetch("--fail", f"{ADDRESS}/readyz")
        return True
    except ScriptFailure:
        return False


def status(host, job):
    return json.loads(host.fetch(job))


def wait_for(what, condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise ScriptFailure(f"after {seconds} s this was still not true: {what}")
        time.sleep(0.3)
