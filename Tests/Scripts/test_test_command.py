"""The closing lines of ./scripts/test name what failed. Other programs stand in for swift and Python."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

SWIFT = """#!/bin/sh
case "$*" in
    *"{failing}"*) echo "Sources/Grid.swift:7: error: cannot find 'tile' in scope"; exit 1 ;;
esac
"""


# Stands in for the Python of a folder's tests.
PYTHON = """#!/bin/sh
case "$PWD $*" in
    *"{failing}"*) echo "FAILED test_colors.py::test_gray - assert 7 == 8"; exit 1 ;;
esac
"""
# The command waits for a quiet machine before it measures, but not here. It also waits some tenths of a second for output.
SLEEP = """#!/bin/sh
case $1 in 0.*) exec /bin/sleep "$1" ;; esac
"""


class TestCommandTests(unittest.TestCase):
    def run_with(self, failing: str, *arguments: str) -> subprocess.CompletedProcess:
        """Runs a copy of the command in a folder without packages to install. Programs that stand in for swift and
        Python fail if their folder or arguments contain `failing`."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name in ("scripts", "Tests/Scripts", "Tests/Monitoring", "bin"):
                (root / name).mkdir(parents=True)
            shutil.copy(ROOT / "scripts/test", root / "scripts/test")
            (root / "scripts/packages.sh").write_text("need_packages() { :; }\nneed_swift() { :; }\n")
            (root / "scripts/check-layers").write_text("")
            for name in ("Scripts", "Monitoring"):
                (root / "Tests" / name / "test_nothing.py").write_text(
                    "import unittest\n\n\nclass Tests(unittest.TestCase):\n    def test(self): pass\n")
            programs = {root / "bin/swift": SWIFT, root / "bin/sleep": SLEEP, root / "scripts/fuzz": "#!/bin/sh\n"}
            for name in ("Browser", "Codecs", "Clients"):
                environment = root / "Tests" / name / ".venv"
                (environment / "bin").mkdir(parents=True)
                for path in (environment.parent / "requirements.txt", environment / "installed.txt"):
                    path.write_text("pytest\n")
                programs[environment / "bin/python"] = PYTHON
            for path, text in programs.items():
                path.write_text(text.replace("{failing}", failing))
                path.chmod(0o755)
            return subprocess.run(
                [root / "scripts/test", *arguments], capture_output=True, text=True, timeout=120,
                env={"PATH": f"{root / 'bin'}:/usr/bin:/bin"})

    def closing(self, run: subprocess.CompletedProcess):
        """The summary: the state and the name of each step."""
        lines = run.stdout.rpartition("\n\n")[2].splitlines()
        return [tuple(line.split(" (")[0].split(maxsplit=1)) for line in lines if not line.startswith(" ")]

    def test_failed_build_is_named_last_with_its_error(self):
        run = self.run_with("build", "--filter", "TileGridTests")
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertEqual(self.closing(run)[-1], ("FAILED", "build"))
        self.assertEqual(
            run.stdout.splitlines()[-1], "        Sources/Grid.swift:7: error: cannot find 'tile' in scope")
        self.assertNotIn("unbound", run.stderr)

    def test_chosen_tests_are_run_after_the_build(self):
        run = self.run_with("no such word", "--filter", "TileGridTests")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertEqual(
            self.closing(run), [("ok", name) for name in ("formatting", "layers", "scripts", "build", "tests")])

    def test_failure_of_a_step_beside_others_is_named(self):
        run = self.run_with("Tests/Codecs")
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        steps = self.closing(run)
        self.assertIn(("FAILED", "codec tests"), steps)
        self.assertIn("        FAILED test_colors.py::test_gray - assert 7 == 8", run.stdout.splitlines())
        names = [name for state, name in steps if state == "ok"]
        for name in ("unit tests", "system tests", "monitoring tests", "client tests", "fuzzing", "browser tests"):
            self.assertIn(name, names)


if __name__ == "__main__":
    unittest.main()
