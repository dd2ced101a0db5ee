"""The version of the packages, and the number of the database's schema."""

import re
import subprocess
from datetime import datetime, timezone

from script_failure import ScriptFailure

VERSION = "Sources/TileCore/Settings/TileworkVersion.swift"
SCHEMA = "Sources/MasterDaemon/Store/Schema.swift"


def program(root):
    """The version of the programs, such as `0.1.0`."""
    found = re.search(r'static let current = "([^"]+)"', (root / VERSION).read_text())
    if not found:
        raise ScriptFailure(f"{VERSION} has no version")
    return found.group(1)


def schema(root):
    """The number of the last migration."""
    numbers = [int(number) for number in re.findall(r'registerMigration\("(\d+) ', (root / SCHEMA).read_text())]
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        raise ScriptFailure(f"the migrations of {SCHEMA} are not numbered from 1")
    return numbers[-1]


def git(root, *arguments):
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def package(root, current):
    """A Debian version. A commit with the release's tag has the version of the release. Other builds sort by the times of
    their commits, before or after the release, so that each can be upgraded to a later one."""
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
    """The time in the packages, in seconds since 1970: that of the commit, unless SOURCE_DATE_EPOCH is set."""
    text = environment.get("SOURCE_DATE_EPOCH") or git(root, "log", "-1", "--format=%ct")
    if not text:
        raise ScriptFailure("SOURCE_DATE_EPOCH is not set, and there is no commit whose time could be used")
    if not text.isdigit():
        raise ScriptFailure(f"SOURCE_DATE_EPOCH is not a number of seconds: {text}")
    return int(text)
