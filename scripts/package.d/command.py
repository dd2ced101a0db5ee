"""Runs other programs."""

import os
import subprocess

from script_failure import ScriptFailure


def ask(*command, env=os.environ, **settings):
    """Runs a program, and returns its standard output.

    - Throws: `ScriptFailure` with the program's output, if it cannot be run or fails.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            env={**env, "LC_ALL": "C.UTF-8"}, **settings)
    except FileNotFoundError:
        raise ScriptFailure(f"{words[0]} is missing") from None
    if done.returncode:
        raise ScriptFailure(f"{' '.join(words)} failed:\n{(done.stdout + done.stderr).strip()}")
    return done.stdout
