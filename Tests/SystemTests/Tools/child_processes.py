"""Ends processes that a tool has started."""

import subprocess


def end(children, patience=10):
    """Terminates all, the last started ones first. Kills those that do not end within some seconds."""
    for child in reversed(children):
        child.terminate()
    for child in children:
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
