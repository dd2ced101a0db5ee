"""scripts/run: when it builds and when it does not. A stub replaces `swift`, so that a build takes a moment."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]

# Builds programs that say what they were built from. It resolves packages as the real one does, and counts its calls.
SWIFT = """#!/usr/bin/env bash
set -e
if [ "$1" = --version ]; then cat "$STUB/swift-version"; exit; fi
echo "$*" >>"$STUB/calls"
case " $* " in *" --show-bin-path "*) echo "$TOP/.build/release"; exit ;; esac
cd "$TOP"
[ -e Package.resolved ] || echo "resolved" >Package.resolved
if [ -e "$STUB/fails" ]; then echo "error: it does not compile" >&2; exit 1; fi
echo "[1/2] Compiling"
mkdir -p .build/x86_64/release
ln -sfn x86_64/release .build/release
for program in master-main worker-main; do
    { echo "#!/usr/bin/env bash"
      echo "# $program"
      echo "cat <<'END'"
      cat "$STUB/swift-version" Package.* $(find Sources -type f | sort)
      echo END
      echo 'echo "arguments: $*"'; } >".build/release/$program"
    chmod +x ".build/release/$program"
done
if [ -e "$STUB/during" ]; then bash "$STUB/during"; fi
"""
DPKG = """#!/usr/bin/env bash
shift 2
for package in "$@"; do
    echo "$package $(cat "$STUB/package-version") install ok installed"
done
"""


class RunTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tilework-run-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.top = self.folder / "top"
        self.stub = self.folder / "stub"
        (self.stub / "bin").mkdir(parents=True)
        for name, text in {"swift": SWIFT, "dpkg-query": DPKG}.items():
            path = self.stub / "bin" / name
            path.write_text(text)
            path.chmod(0o755)
        (self.stub / "swift-version").write_text("Swift 6\n")
        (self.stub / "package-version").write_text("1.0\n")
        (self.top / "scripts").mkdir(parents=True)
        for name in ["run", "packages.sh"]:
            shutil.copy(TOP / "scripts" / name, self.top / "scripts")
        self.write("Package.swift", "package\n")
        self.write("Sources/A/a.swift", "first\n")
        self.write("Sources/A/b.swift", "second\n")

    def write(self, name, text):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def environment(self):
        path = f"{self.stub / 'bin'}:{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "STUB": str(self.stub), "TOP": str(self.top)}

    def run_script(self, *arguments, status=0):
        result = subprocess.run(
            [self.top / "scripts/run", *arguments], env=self.environment(), capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    @property
    def builds(self):
        calls = self.stub / "calls"
        lines = calls.read_text().splitlines() if calls.exists() else []
        return sum(line.startswith("build") and "--show-bin-path" not in line for line in lines)

    def expect_build(self, change, says):
        """A run after the change builds once and runs the new build. The next run does not build."""
        self.run_script()
        before = self.builds
        change()
        self.assertIn(says, self.run_script().stdout)
        self.assertEqual(self.builds, before + 1, "builds after the change")
        self.assertIn(says, self.run_script().stdout)
        self.assertEqual(self.builds, before + 1, "builds after that")

    def git(self, *arguments):
        subprocess.run(
            ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *arguments], cwd=self.top, check=True,
            capture_output=True)

    def test_a_first_start_builds_once_and_the_next_ones_not_at_all(self):
        first = self.run_script("process", "a b")
        self.assertIn("Compiling", first.stderr, "progress is shown")
        self.assertTrue(first.stdout.endswith("arguments: process a b\n"), first.stdout)
        self.assertEqual(self.builds, 1)
        second = self.run_script()
        self.assertTrue(second.stdout.endswith("arguments: serve\n"), second.stdout)
        self.assertEqual(second.stderr, "")
        self.assertEqual(self.builds, 1)

    def test_a_changed_source_is_built(self):
        self.expect_build(lambda: self.write("Sources/A/a.swift", "changed\n"), "changed")

    def test_a_change_of_equal_length_and_time_is_built(self):
        path = self.top / "Sources/A/a.swift"

        def change():
            times = path.stat()
            path.write_text("fresh\n")
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

        self.expect_build(change, "fresh")

    def test_a_new_source_with_an_old_time_is_built(self):
        def change():
            self.write("Sources/A/c.swift", "third\n")
            os.utime(self.top / "Sources/A/c.swift", (1, 1))

        self.expect_build(change, "third")

    def test_a_removed_source_leads_to_a_build(self):
        self.run_script()
        (self.top / "Sources/A/b.swift").unlink()
        self.assertNotIn("second", self.run_script().stdout)
        self.assertEqual(self.builds, 2)

    def test_another_commit_is_built(self):
        self.git("init", "-q", "-b", "main")
        self.git("add", "Sources", "Package.swift", "scripts")
        self.git("commit", "-q", "-m", "one")
        self.git("checkout", "-q", "-b", "other")
        self.write("Sources/A/a.swift", "other\n")
        self.git("commit", "-q", "-a", "-m", "two")
        self.git("checkout", "-q", "main")
        self.expect_build(lambda: self.git("checkout", "-q", "other"), "other")
        self.expect_build(lambda: self.git("checkout", "-q", "main"), "first")

    def test_changed_dependencies_lead_to_a_build(self):
        self.expect_build(lambda: self.write("Package.resolved", "newer\n"), "newer")
        self.expect_build(lambda: self.write("Package.swift", "manifest\n"), "manifest")

    def test_another_toolchain_leads_to_a_build(self):
        self.expect_build(lambda: (self.stub / "swift-version").write_text("Swift 7\n"), "Swift 7")

    def test_changed_debian_packages_lead_to_a_build(self):
        self.expect_build(lambda: (self.stub / "package-version").write_text("2.0\n"), "first")

    def test_programs_built_by_hand_are_replaced(self):
        """Programs built by hand come from another state of the sources. The stamp fits the sources, but not these
        programs."""

        def change():
            self.write("Sources/A/a.swift", "by hand\n")
            subprocess.run(["swift", "build"], env=self.environment(), check=True, capture_output=True)
            self.write("Sources/A/a.swift", "first\n")
            (self.stub / "calls").write_text("build\n")

        self.expect_build(change, "first")

    def test_a_missing_program_leads_to_a_build(self):
        self.expect_build(lambda: (self.top / ".build/release/worker-main").unlink(), "first")

    def test_a_failed_build_runs_nothing(self):
        self.run_script()
        (self.stub / "fails").touch()
        self.write("Sources/A/a.swift", "broken\n")
        failed = self.run_script(status=1)
        self.assertIn("it does not compile", failed.stderr)
        self.assertEqual(failed.stdout, "", "no stale program is run")
        (self.stub / "fails").unlink()
        # The sources are those of the last good build, but the failed build may have changed the programs.
        self.write("Sources/A/a.swift", "first\n")
        builds = self.builds
        self.assertIn("first", self.run_script().stdout)
        self.assertEqual(self.builds, builds + 1)

    def test_a_source_changed_during_a_build_is_built_next_time(self):
        (self.stub / "during").write_text(f"echo late >'{self.top}/Sources/A/a.swift'; rm '{self.stub}/during'\n")
        self.run_script()
        self.assertIn("late", self.run_script().stdout)
        self.assertEqual(self.builds, 2)
        self.run_script()
        self.assertEqual(self.builds, 2)


if __name__ == "__main__":
    unittest.main()
