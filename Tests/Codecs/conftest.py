import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))


@pytest.fixture(scope="session")
def cases():
    """Small files of kinds that hurt other programs' users, with their right outcome; skipped where they are not.
    CODECS_CASES names their folder if it is not beside the project."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "cases"
    folder = Path(os.environ.get("CODECS_CASES") or beside)
    if not folder.is_dir():
        pytest.skip(f"the folder with the cases is missing: {folder}")
    return folder


def pytest_addoption(parser):
    parser.addoption("--write-matrix", action="store_true",
                     help="write the measured matrix of metadata to docs/formats.md")
