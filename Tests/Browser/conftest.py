"""Masters for the tests: one with two workers that most share, and others of their own."""

import pytest
from daemons import Master


@pytest.fixture(scope="session")
def master(tmp_path_factory):
    running = Master(tmp_path_factory.mktemp("master"))
    running.wait_for_workers(2)
    yield running
    running.stop()


@pytest.fixture
def own_master(tmp_path):
    """Starts masters that one test alone uses; what still runs afterwards is ended."""
    started = []

    def start(*arguments, **options):
        started.append(Master(tmp_path / f"master-{len(started)}", *arguments, **options))
        return started[-1]
    yield start
    for running in started:
        if running.process.poll() is None:
            running.stop()
