"""scripts/package: versions sort correctly, man accepts the manual pages, and shells accept the scripts. A package
refuses a database that its version cannot read."""

import importlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from typing import NamedTuple

TOP = pathlib.Path(__file__).resolve().parents[2]
FOLDER = TOP / "scripts" / "package.d"
DEBIAN = TOP / "deploy" / "debian"


def load(*names):
    """Modules of that folder. Modules of the same names from other scripts are put back afterwards."""
    sys.path.insert(0, str(FOLDER))
    names_of_others = ["script_failure", "command", "libraries", "manual"]
    shadowed = {name: sys.modules.pop(name) for name in names_of_others if name in sys.modules}
    try:
        return [importlib.import_module(name) for name in names]
    finally:
        sys.path.remove(str(FOLDER))
        for name in names_of_others:
            sys.modules.pop(name, None)
        sys.modules.update(shadowed)


manual, version, tree, repack, picture, script_failure = load(
    "manual", "version", "tree", "repack", "picture", "script_failure")


class Release(NamedTuple):
    version: str = "0.1.0"
    current: str = "0.1.0"
    schema: int = 4
    epoch: int = 1_700_000_000


class VersionTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        for path, text in [
            (version.VERSION, 'public static let current = "1.2.3"\n'),
            (version.SCHEMA, 'registerMigration("0001 jobs")\nregisterMigration("0002 owners")\n'),
        ]:
            (self.root / path).parent.mkdir(parents=True)
            (self.root / path).write_text(text)

    def git(self, *arguments, time="2026-01-01T00:00:00Z"):
        subprocess.run(
            ["git", "-C", str(self.root), "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments], check=True,
            capture_output=True, env={**os.environ, "GIT_AUTHOR_DATE": time, "GIT_COMMITTER_DATE": time})

    def commit(self, time):
        self.git("commit", "--allow-empty", "-m", "A change", time=time)
        return version.package(self.root, "1.2.3")

    def assertSorted(self, *versions):
        for lower, higher in zip(versions, versions[1:]):
            done = subprocess.run(["dpkg", "--compare-versions", lower, "lt", higher])
            self.assertEqual(done.returncode, 0, f"{lower} is not lower than {higher}")

    def test_version_and_schema_are_read(self):
        self.assertEqual(version.program(self.root), "1.2.3")
        self.assertEqual(version.schema(self.root), 2)

    def test_a_gap_in_migration_numbers_is_refused(self):
        (self.root / version.SCHEMA).write_text('registerMigration("0001 jobs")\nregisterMigration("0003 owners")\n')
        with self.assertRaises(script_failure.ScriptFailure):
            version.schema(self.root)

    def test_version_and_schema_of_this_repository_are_read(self):
        self.assertRegex(version.program(TOP), r"^\d+\.\d+\.\d+$")
        self.assertGreaterEqual(version.schema(TOP), 4)

    def test_commits_sort_by_time_around_the_release(self):
        self.assertEqual(version.package(self.root, "1.2.3"), "1.2.3")
        self.git("init")
        first = self.commit("2026-01-01T00:00:00Z")
        second = self.commit("2026-01-01T00:00:01Z")
        self.git("tag", "v1.2.3")
        release = version.package(self.root, "1.2.3")
        self.assertEqual(release, "1.2.3")
        after = self.commit("2026-01-02T00:00:00Z")
        self.assertSorted("1.2.2", first, second, release, after, "1.2.4~git20260103000000.abc")

    def test_the_time_is_the_commits_unless_it_is_given(self):
        with self.assertRaises(script_failure.ScriptFailure):
            version.epoch(self.root, {})
        self.git("init")
        self.commit("2026-01-01T00:00:00Z")
        self.assertEqual(version.epoch(self.root, {}), 1_767_225_600)
        self.assertEqual(version.epoch(self.root, {"SOURCE_DATE_EPOCH": "5"}), 5)
        with self.assertRaises(script_failure.ScriptFailure):
            version.epoch(self.root, {"SOURCE_DATE_EPOCH": "now"})


def argument(kind, name, **more):
    names = {} if kind == "positional" else {"names": [{"kind": "long", "name": name}]}
    return {"kind": kind, "valueName": name, "isOptional": True, "isRepeating": False, "shouldDisplay": True, **names, **more}


COMMAND = {
    "commandName": "tool", "abstract": "Does this and that.", "defaultSubcommand": "make",
    "arguments": [argument("flag", "help", names=[{"kind": "short", "name": "h"}, {"kind": "long", "name": "help"}])],
    "subcommands": [
        {"commandName": "make", "abstract": "HTTP for all.", "discussion": (
            "First paragraph, to\nits end.\n\n  tool make --loud 'a\\b'\n  .hidden >out\n\n'Quoted' at first.\n\n.dot at first."),
         "arguments": [
             argument("positional", "paths", isOptional=False, isRepeating=True, abstract="The files."),
             argument("option", "size", abstract="From 1 to 9.", sectionTitle="Results"),
             argument("option", "secret", abstract="Not for users.", shouldDisplay=False),
             argument("flag", "loud", abstract="~loud~", sectionTitle="Other things")]},
        {"commandName": "help", "abstract": "Show help."}],
}


class ManualTest(unittest.TestCase):
    def setUp(self):
        dump = json.dumps({"serializationVersion": 0, "command": COMMAND})
        self.pages = manual.pages(dump, 1_700_000_000, "1.2.3")

    def shown(self, name):
        """The rendered page, made with man's own formatter. Its warnings are errors."""
        done = subprocess.run(
            ["groff", "-man", "-Tutf8", "-Kutf8", "-ww", "-P-cbou", "-rLL=200n"], input=self.pages[name], capture_output=True,
            text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_each_command_has_a_page(self):
        self.assertEqual(set(self.pages), {"tool", "tool-make"})

    def test_examples_and_lines_that_look_like_commands_are_shown(self):
        shown = self.shown("tool-make")
        self.assertRegex(shown, r"(?m)^ +tool make --loud 'a\\b'\n +\.hidden >out$")
        for line in ["First paragraph, to its end.", "'Quoted' at first.", ".dot at first.", "~loud~"]:
            self.assertIn(line, shown)

    def test_options_stand_in_their_sections(self):
        shown = self.shown("tool-make")
        self.assertRegex(shown, r"(?s)Results\n +--size size\n +From 1 to 9\..*Other things\n +--loud")
        self.assertNotIn("secret", shown)
        self.assertIn("tool make [options] paths ...", shown)

    def test_the_name_line_fits_whatis(self):
        self.assertIn("tool - does this and that\n", self.shown("tool"))
        self.assertIn("tool-make - HTTP for all\n", self.shown("tool-make"))

    def test_a_command_names_its_parts(self):
        shown = self.shown("tool")
        self.assertIn("HTTP for all. (if none is named)", shown)
        self.assertIn("-h, --help", shown)
        self.assertIn("tool-make(1)", shown)
        self.assertIn("tool(1)", self.shown("tool-make"))

    def test_a_description_of_another_version_is_refused(self):
        with self.assertRaises(script_failure.ScriptFailure):
            manual.pages('{"serializationVersion": 1, "command": {}}', 0, "1")


class MaintainerTest(unittest.TestCase):
    text = "Source: tilework\nMaintainer: Tilework contributors <tilework@example.org>\nSection: graphics\n"

    def test_debians_variables_name_the_maintainer(self):
        made = tree.maintained(self.text, {"DEBFULLNAME": "Ann \\1 Example", "DEBEMAIL": "ann@tiles.example"})
        self.assertEqual(made, "Source: tilework\nMaintainer: Ann \\1 Example <ann@tiles.example>\nSection: graphics\n")

    def test_the_contributors_are_the_default_maintainer(self):
        self.assertEqual(tree.maintained(self.text, {"DEBFULLNAME": "Ann"}), self.text)


class CopyrightTest(unittest.TestCase):
    def test_each_named_license_has_its_text(self):
        text = (DEBIAN / "copyright").read_text()
        files, *_ = text.split("\nLicense: Expat\n Permission", 1)
        named = {name for line in re.findall(r"^License: (.*)$", files, re.M) for name in line.split(" and ")}
        texts = set(re.findall(r"^License: (.*)\n ", text, re.M))
        self.assertEqual(named - texts, set())


class ScriptsTest(unittest.TestCase):
    """The maintainers' scripts, run without Debian's tools."""

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        self.database, self.record = self.root / "tilework.sqlite3", self.root / "schema"

    def preinst(self, *arguments, schema=4):
        text = tree.fill((DEBIAN / "shared" / "preinst").read_text(), Release(schema=schema), "")
        text = text.replace("/var/lib/tilework/tilework.sqlite3", str(self.database))
        text = text.replace("/var/lib/misc/tilework-schema", str(self.record))
        return subprocess.run(["sh", "-c", text, "preinst", *arguments], capture_output=True, text=True)

    def store(self, path, text, time):
        path.write_text(text)
        os.utime(path, (time, time))

    def test_a_newer_database_is_refused_with_the_reason(self):
        self.store(self.record, "5\n", 1000)
        self.store(self.database, "pages", 2000)
        for arguments in [("upgrade", "0.2.0"), ("install",), ("install", "0.2.0")]:
            done = self.preinst(*arguments)
            self.assertEqual(done.returncode, 1)
            self.assertIn("has schema 5", done.stderr)
            self.assertIn("schemas up to 4", done.stderr)

    def test_a_database_with_a_newer_log_is_refused(self):
        self.store(self.record, "5\n", 1000)
        self.store(self.database, "pages", 500)
        self.store(self.root / "tilework.sqlite3-wal", "frames", 2000)
        self.assertEqual(self.preinst("upgrade", "0.2.0").returncode, 1)

    def test_a_readable_database_is_accepted(self):
        self.assertEqual(self.preinst("install").returncode, 0)  # nothing is there
        self.store(self.record, "5\n", 1000)
        self.assertEqual(self.preinst("upgrade", "0.2.0").returncode, 0)  # no database
        self.store(self.database, "pages", 500)
        self.assertEqual(self.preinst("upgrade", "0.2.0").returncode, 0)  # the newer version never ran
        self.store(self.database, "pages", 2000)
        self.assertEqual(self.preinst("upgrade", "0.2.0", schema=5).returncode, 0)
        self.assertEqual(self.preinst("abort-upgrade", "0.2.0").returncode, 0)
        self.store(self.record, "", 1000)
        self.assertEqual(self.preinst("upgrade", "0.2.0").returncode, 0)  # a record that says nothing

    def test_shells_accept_all_scripts(self):
        scripts = sorted([*DEBIAN.glob("*.p*inst"), *DEBIAN.glob("*.p*rm"), DEBIAN / "shared" / "preinst"])
        self.assertEqual(len(scripts), 8)
        for script in scripts:
            text = tree.fill(script.read_text(), Release(), (DEBIAN / "shared" / "purge-etc").read_text())
            self.assertNotRegex(text, r"@[A-Z_]+@")
            done = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), script)

    def test_an_unknown_placeholder_is_an_error(self):
        with self.assertRaises(KeyError):
            tree.fill("echo @NOTHING@", Release(), "")

    def test_the_later_test_version_has_the_next_schema(self):
        for path, has in [("shared/preinst", '"$number" -gt 5 ]'), ("tilework-master.postinst", "echo 5 >")]:
            text = tree.fill((DEBIAN / path).read_text(), Release(), "")
            name = path.rpartition("/")[2].rpartition(".")[2]
            later = repack.moved_on(text, name, Release())
            self.assertIn(has, later)
            self.assertNotRegex(later, r"(-gt|!=|echo|up to) 4\b")


class FilesTest(unittest.TestCase):
    def test_installed_files_exist(self):
        """Each path in the lists of files is in the repository, or scripts/package makes it."""
        made = ("programs/", "completions/", "man/", "swift/")
        for path in [*DEBIAN.glob("*.install"), *DEBIAN.glob("*.docs")]:
            for line in path.read_text().splitlines():
                name = line.split()[0]
                self.assertTrue(name.startswith(made) or (TOP / "deploy" / name).exists(), f"{path.name}: {name}")

    def test_units_run_installed_programs(self):
        for unit in (TOP / "deploy").glob("*.service"):
            package = unit.name.split("@")[0].removesuffix(".service")
            links = dict(reversed(line.split()) for line in (DEBIAN / f"{package}.links").read_text().splitlines())
            program = next(line for line in unit.read_text().splitlines() if line.startswith("ExecStart=/"))
            self.assertIn(program.removeprefix("ExecStart=/").split()[0], links, unit.name)

    def test_the_masters_unit_allows_the_codec_sandbox(self):
        """No group of system calls in systemd 252 has these. Without seccomp the master does not start."""
        unit = (TOP / "deploy" / "tilework-master.service").read_text()
        allowed = next(line for line in unit.splitlines() if line.startswith("SystemCallFilter=")).partition("=")[2].split()
        calls = {"seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"}
        self.assertLessEqual(calls, set(allowed))

    def test_a_picture_survives_a_round_trip(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a.bmp"
            picture.write(path, 4)
            width, height, pixels = picture.pixels(path)
        self.assertEqual((width, height, len(pixels), len(set(pixels)) > 20), (4, 4, 48, True))


if __name__ == "__main__":
    unittest.main()
