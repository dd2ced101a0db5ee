"""The seeds. A Python that has the packages of Tests/Codecs/requirements.txt makes them."""

import shutil
import subprocess
import sys
from pathlib import Path

from build import FOLDER, ROOT

CODECS = ROOT / "Tests" / "Codecs"
LIST = CODECS / "requirements.txt"
VENV = CODECS / ".venv"


class NoPackages(Exception):
    pass


def has_packages(python):
    return subprocess.run([python, "-c", "import cv2, imagecodecs, numpy, PIL, pytest, tifffile"],
                          capture_output=True).returncode == 0


def python():
    """A Python with the packages. If there is none, they are installed into a folder of their own."""
    for candidate in (VENV / "bin" / "python", sys.executable):
        if Path(candidate).exists() and has_packages(candidate):
            return str(candidate)
    print(f"Installing the Python packages of {LIST.relative_to(ROOT)} …", file=sys.stderr)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if made.returncode == 0:
        made = subprocess.run([VENV / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "-r", LIST],
                              capture_output=True, text=True)
    if made.returncode or not has_packages(VENV / "bin" / "python"):
        raise NoPackages(f"the Python packages of {LIST.relative_to(ROOT)} cannot be installed: {made.stderr.strip()}")
    return str(VENV / "bin" / "python")


def seeds():
    """The folder with a folder of seeds for each format. It is made again if its sources have changed."""
    target, stamp = FOLDER / "seeds", FOLDER / "seeds-made"
    makers = [*CODECS.glob("*.py"), Path(__file__).with_name("seeds.py")]
    if stamp.exists() and stamp.stat().st_mtime > max(path.stat().st_mtime for path in makers):
        return target
    shutil.rmtree(target, ignore_errors=True)
    done = subprocess.run([python(), Path(__file__).with_name("seeds.py"), target, CODECS / "cases"],
                          capture_output=True, text=True)
    if done.returncode:
        raise NoPackages(f"the seeds cannot be made: {done.stderr.strip()}")
    print(done.stderr, end="", file=sys.stderr)
    stamp.touch()
    return target
