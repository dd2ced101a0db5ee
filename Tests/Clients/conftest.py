"""Masters for independent programs: generated clients, other Kafka clients, a worker in another language.

The daemons are started as in the tests of pages.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
sys.path[:0] = [str(HERE), str(TOP / "Tests" / "Browser"), str(TOP / "docs" / "examples")]

import pytest
from daemons import Master


@pytest.fixture(scope="module")
def start_master(tmp_path_factory):
    """Starts masters that the tests of one file share. They end after these tests."""
    started = []

    def start(*arguments):
        started.append(Master(tmp_path_factory.mktemp("master"), *arguments))
        return started[-1]
    yield start
    for running in started:
        if running.process.poll() is None:
            running.stop()
