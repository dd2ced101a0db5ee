"""The commands of deploy/README.md: code blocks after a comment with their name.

    <!-- hosts-test: start-worker -->

        systemctl enable --now tilework-worker@1
"""

import re
import textwrap

from script_failure import ScriptFailure

MARKER = re.compile(r"^ *<!-- hosts-test: (\S+) -->$")


def blocks(text):
    """The indented lines after each marker, by the marker's name.

    - Throws: `ScriptFailure` if a name occurs twice, or if no block follows.
    """
    found = {}
    lines = text.splitlines()
    for number, line in enumerate(lines):
        marker = MARKER.match(line)
        if not marker:
            continue
        name = marker.group(1)
        if name in found:
            raise ScriptFailure(f"the guide has the marker {name} twice")
        block = following(lines[number + 1:])
        if not block:
            raise ScriptFailure(f"the guide has no commands after the marker {name}")
        found[name] = block
    return found


def following(lines):
    """The first block, if no other text precedes it."""
    block = []
    for line in lines:
        if line.startswith("    ") or (block and not line.strip()):
            block.append(line)
        elif line.strip() or block:
            break
    return textwrap.dedent("\n".join(block)).strip("\n")


def settings(block):
    """The variables of a block of an env file."""
    pairs = [line.partition("=") for line in block.splitlines() if line.strip()]
    for name, is_set, _ in pairs:
        if not is_set or not re.fullmatch(r"[A-Z][A-Z0-9_]*", name):
            raise ScriptFailure(f"the guide has an invalid setting: {name}")
    return {name: value for name, _, value in pairs}


def edited(text, values):
    """An env file with these settings: each in the line that sets it or has it as a comment, or else at the end."""
    lines = text.splitlines()
    for name, value in values.items():
        places = [at for at, line in enumerate(lines) if re.match(rf"#?{name}=", line)]
        if places:
            lines[places[-1]] = f"{name}={value}"
        else:
            lines.append(f"{name}={value}")
    return "\n".join(lines) + "\n"
