"""Processes that a tool has started, and how it ends them."""

import subprocess


def end(children, patience=10):
    """Asks all to end, those that were started last first, and kills those that do not within some seconds."""
    for child in reversed(children):
        child.terminate()
    for child in children:
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
