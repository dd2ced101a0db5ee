"""Other programs."""

import os
import subprocess

from trouble import Trouble


def ask(*command, env=os.environ, **settings):
    """What a program writes to standard output.

    - Throws: `Trouble` with what it says, if it cannot be run or fails.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            env={**env, "LC_ALL": "C.UTF-8"}, **settings)
    except FileNotFoundError:
        raise Trouble(f"{words[0]} is missing") from None
    if done.returncode:
        raise Trouble(f"{' '.join(words)} failed:\n{(done.stdout + done.stderr).strip()}")
    return done.stdout
