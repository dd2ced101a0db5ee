"""What deploy/README.md tells an operator to do: blocks behind a comment with their name.

    <!-- hosts-test: start-worker -->

        systemctl enable --now tilework-worker@1
"""

import re
import textwrap

from trouble import Trouble

MARKER = re.compile(r"^ *<!-- hosts-test: (\S+) -->$")


def blocks(text):
    """The indented lines behind each marker, by the marker's name.

    - Throws: `Trouble` if a name is there twice, or if no block follows.
    """
    found = {}
    lines = text.splitlines()
    for number, line in enumerate(lines):
        marker = MARKER.match(line)
        if not marker:
            continue
        name = marker.group(1)
        if name in found:
            raise Trouble(f"the guide has {name} twice")
        block = following(lines[number + 1:])
        if not block:
            raise Trouble(f"the guide has no commands behind the marker {name}")
        found[name] = block
    return found


def following(lines):
    """The first block, which has to come before anything else."""
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
            raise Trouble(f"the guide has a setting that is none: {name}")
    return {name: value for name, _, value in pairs}


def edited(text, values):
    """An env file after an operator has set these: in the line of the setting, or of its comment, or at the end."""
    lines = text.splitlines()
    for name, value in values.items():
        places = [at for at, line in enumerate(lines) if re.match(rf"#?{name}=", line)]
        if places:
            lines[places[-1]] = f"{name}={value}"
        else:
            lines.append(f"{name}={value}")
    return "\n".join(lines) + "\n"
