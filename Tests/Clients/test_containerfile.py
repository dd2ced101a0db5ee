"""hadolint has no complaint about the Containerfile."""

import pathlib
import subprocess
import sys

CONTAINERFILE = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "Containerfile"
HADOLINT = pathlib.Path(sys.executable).parent / "hadolint"


def hadolint(path):
    return subprocess.run([HADOLINT, "--no-color", path], capture_output=True, text=True)


def test_the_containerfile_has_no_faults():
    done = hadolint(CONTAINERFILE)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_a_fault_would_be_found(tmp_path):
    """An image without a version is a fault (DL3006)."""
    broken = tmp_path / "Containerfile"
    broken.write_text(CONTAINERFILE.read_text().replace("docker.io/library/debian:12-slim", "docker.io/library/debian"))
    done = hadolint(broken)
    assert done.returncode == 1 and "DL3006" in done.stdout, done.stdout + done.stderr
