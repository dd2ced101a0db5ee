"""Masters, workers and browser tabs for the tests. Most tests share one master with two workers.

Two pytest processes may run at once, each with its own test files (`--dist=loadfile`). So each has its own folders, and
ports that the system picks.
"""

import images
import pytest
from browser import Tabs
from daemons import Master
from playwright.sync_api import expect, sync_playwright

expect.set_options(timeout=60_000)


def pytest_configure(config):
    config.addinivalue_line("markers", "measurement: compares times, which is meaningless while other work runs")


@pytest.fixture(scope="session")
def master(tmp_path_factory):
    running = Master(tmp_path_factory.mktemp("master"))
    running.wait_for_workers(2)
    yield running
    running.stop()


@pytest.fixture
def own_master(tmp_path):
    """Starts masters for a single test. Those still running afterwards are ended."""
    started = []

    def start(*arguments, folder=None, **options):
        started.append(Master(folder or tmp_path / f"master-{len(started)}", *arguments, **options))
        return started[-1]
    yield start
    for running in started:
        if running.process.poll() is None:
            running.stop()


@pytest.fixture
def start_worker(own_master):
    """Starts workers by hand. They end before their master does."""
    started = []

    def start(master, name, **options):
        started.append(master.worker(name, **options))
        return started[-1]
    yield start
    for running in started:
        if running.process.poll() is None:
            running.stop()


# One for each module, because other tests cannot run an event loop while it exists.
@pytest.fixture(scope="module")
def playwright():
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright):
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def tab(chromium, own_master, start_worker):
    """Opens tabs. The test fails on each error of a page that it does not expect. Tabs close before masters end."""
    tabs = Tabs(chromium)
    yield tabs
    tabs.close()


@pytest.fixture(scope="session")
def sample(master):
    """The bytes of the sample image."""
    status, _, body = master.request("GET", "/api/v1/sample")
    assert status == 200
    return body


@pytest.fixture(scope="session")
def picture():
    """A PNG and its pixels: three columns and three rows of tiles, the last ones narrow."""
    array = images.pixels(1300, 1100)
    return images.encoded(array), array


@pytest.fixture(scope="session")
def finished(master, picture):
    """A completed job that inverted `picture`."""
    return master.wait_for(master.submit(picture[0], "invert", filename="finished.png"))
