"""The closing lines of ./scripts/test name what failed. A program stands in for swift."""

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


class TestCommandTests(unittest.TestCase):
    def run_with(self, failing: str) -> subprocess.CompletedProcess:
        """Runs a copy of the command in a folder without packages to install and with a swift that fails at one word."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name in ("scripts", "Tests/Scripts", "bin"):
                (root / name).mkdir(parents=True)
            shutil.copy(ROOT / "scripts/test", root / "scripts/test")
            (root / "scripts/packages.sh").write_text("need_packages() { :; }\nneed_swift() { :; }\n")
            (root / "scripts/check-layers").write_text("")
            (root / "Tests/Scripts/test_nothing.py").write_text(
                "import unittest\n\n\nclass Tests(unittest.TestCase):\n    def test(self): pass\n")
            swift = root / "bin/swift"
            swift.write_text(SWIFT.format(failing=failing))
            swift.chmod(0o755)
            return subprocess.run(
                [root / "scripts/test", "--filter", "TileGridTests"], capture_output=True, text=True, timeout=60,
                env={"PATH": f"{root / 'bin'}:/usr/bin:/bin"})

    def test_failed_build_is_named_last_with_its_error(self):
        run = self.run_with("build")
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        closing = run.stdout.splitlines()[-2:]
        self.assertRegex(closing[0], r"^FAILED  build \(\d+ s\)$")
        self.assertEqual(closing[1], "        Sources/Grid.swift:7: error: cannot find 'tile' in scope")
        self.assertNotIn("unbound", run.stderr)

    def test_all_steps_are_named_where_none_failed(self):
        run = self.run_with("no such word")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertEqual(
            [line.split()[:2] for line in run.stdout.splitlines()[-5:]],
            [["ok", name] for name in ("formatting", "layers", "scripts", "build", "tests")])


if __name__ == "__main__":
    unittest.main()
