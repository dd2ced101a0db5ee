import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))


@pytest.fixture(scope="session")
def cases():
    """The folder of small files that some programs read wrongly. Its README lists the right outcomes."""
    return Path(__file__).resolve().parent / "cases"


def pytest_addoption(parser):
    parser.addoption("--write-matrix", action="store_true",
                     help="write the measured tables to docs/formats.md")
