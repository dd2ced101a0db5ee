"""The version of the packages, and the number of the database's schema."""

import re
import subprocess
from datetime import datetime, timezone

from trouble import Trouble

VERSION = "Sources/TileCore/Settings/TileworkVersion.swift"
SCHEMA = "Sources/MasterDaemon/Store/Schema.swift"


def program(root):
    """That of the programs, as in `0.1.0`."""
    found = re.search(r'static let current = "([^"]+)"', (root / VERSION).read_text())
    if not found:
        raise Trouble(f"{VERSION} does not say the version")
    return found.group(1)


def schema(root):
    """The number of the last migration."""
    numbers = [int(number) for number in re.findall(r'registerMigration\("(\d+) ', (root / SCHEMA).read_text())]
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        raise Trouble(f"{SCHEMA} does not number its migrations from 1")
    return numbers[-1]


def git(root, *arguments):
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def package(root, current):
    """A Debian version. A commit with the release's tag has that of the release. Other builds sort by the time of their
    commits, before or after the release, so that any can be upgraded to a later one."""
    commit = git(root, "log", "-1", "--format=%ct %h")
    if not commit:
        return current
    if f"v{current}" in (git(root, "tag", "--points-at", "HEAD") or "").split():
        return current
    seconds, name = commit.split()
    time = datetime.fromtimestamp(int(seconds), timezone.utc).strftime("%Y%m%d%H%M%S")
    released = git(root, "merge-base", "--is-ancestor", f"v{current}", "HEAD") is not None
    return f"{current}{'+' if released else '~'}git{time}.{name}"


def epoch(root, environment):
    """The seconds that stand in the packages for their time: those of the commit, unless SOURCE_DATE_EPOCH is set."""
    text = environment.get("SOURCE_DATE_EPOCH") or git(root, "log", "-1", "--format=%ct")
    if not text:
        raise Trouble("SOURCE_DATE_EPOCH is not set, and there is no commit to take the time from")
    if not text.isdigit():
        raise Trouble(f"SOURCE_DATE_EPOCH is {text}, which is not a number of seconds")
    return int(text)
