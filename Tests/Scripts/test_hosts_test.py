"""scripts/hosts-test takes commands from the guide and times from maps of tiles. Failures end with status 1."""

import importlib
import pathlib
import re
import sys
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
FOLDER = TOP / "scripts" / "hosts-test.d"


def load(*names):
    """Modules of that folder. Modules of the same names from other scripts are put back afterwards."""
    paths = [str(FOLDER), str(FOLDER.parent / "package.d")]
    before = {name: module for name, module in sys.modules.items() if name in {"script_failure", "command", "host", "picture"}}
    for name in before:
        sys.modules.pop(name)
    sys.path[:0] = paths
    try:
        return [importlib.import_module(name) for name in names]
    finally:
        del sys.path[:len(paths)]
        for name in ["script_failure", "command", "host", "picture"]:
            sys.modules.pop(name, None)
        sys.modules.update(before)


guide, tile_log, outcome, script_failure, ansible = load("guide", "tile_log", "outcome", "script_failure", "ansible")

TEXT = """Words.

<!-- hosts-test: first -->

    one \\
        more
    two

    three

After it:

<!-- hosts-test: list -->

       indented as an item
"""


class GuideTest(unittest.TestCase):
    def test_blocks_follow_their_markers(self):
        self.assertEqual(guide.blocks(TEXT), {
            "first": "one \\\n    more\ntwo\n\nthree", "list": "indented as an item"})

    def test_a_marker_without_commands_is_refused(self):
        with self.assertRaisesRegex(script_failure.ScriptFailure, "no commands"):
            guide.blocks("<!-- hosts-test: first -->\n\nWords first.\n\n    one\n")

    def test_a_repeated_name_is_refused(self):
        with self.assertRaisesRegex(script_failure.ScriptFailure, "twice"):
            guide.blocks(TEXT + TEXT)

    def test_marked_blocks_are_those_that_the_script_runs(self):
        marked = set(guide.blocks((TOP / "deploy/README.md").read_text()))
        code = "\n".join(path.read_text() for path in FOLDER.glob("*.py"))
        code = code.replace('f"install-{kind}"', '"install-master" "install-worker"')
        self.assertEqual({name for name in marked if f'"{name}"' not in code}, set())
        done = re.findall(r'(?:\bdo\([\w.]+|run_here\(|play\(world, folder), "([\w.-]+)"|run_here\("([\w.-]+)"', code)
        self.assertEqual({name for pair in done for name in pair if name} - marked, set())

    def test_settings_replace_their_own_line_or_comment(self):
        text = "# Words.\n#TILEWORK_B=1\nTILEWORK_A=2\n#TILEWORK_BC=3\n"
        values = guide.settings("TILEWORK_A=new\nTILEWORK_B=x=y\nTILEWORK_D=4")
        self.assertEqual(
            guide.edited(text, values),
            "# Words.\nTILEWORK_B=x=y\nTILEWORK_A=new\n#TILEWORK_BC=3\nTILEWORK_D=4\n")

    def test_a_line_that_is_no_setting_is_refused(self):
        with self.assertRaisesRegex(script_failure.ScriptFailure, "systemctl start"):
            guide.settings("TILEWORK_A=1\nsystemctl start tilework-master")


def tiles(states, worker=None, job="j"):
    return {"job_id": job, "pass": 1, "states": states, "workers": ["render1-1", "render2-1"],
            "worker": worker or [-1] * len(states)}


class TileLogTest(unittest.TestCase):
    def setUp(self):
        self.log = tile_log.TileLog()

    def test_the_log_has_workers_and_waits_of_tiles(self):
        self.log.look(10, tiles("pp."))
        self.log.look(11, tiles("cpp", [0, -1, -1]))
        self.log.look(15, tiles("ccc", [0, 1, 1]))
        self.assertEqual(self.log.workers(0), {"render1-1", "render2-1"})
        self.assertEqual(self.log.first(9), 2)
        self.assertEqual(self.log.first(9, "render2-1"), 6)
        self.assertEqual(self.log.first(9, sent_after=10), 6)
        self.assertIsNone(self.log.first(15))
        self.assertEqual((self.log.longest_wait(9), self.log.longest_wait(9, until=12)), (5, 1))
        self.assertEqual(self.log.longest_pause(11), 4)

    def test_the_wait_of_a_resent_tile_includes_all_attempts(self):
        self.log.look(10, tiles("p"))
        self.log.look(12, tiles("."))
        self.log.look(13, tiles("p"))
        self.log.look(14, tiles("c", [0]))
        self.assertEqual(self.log.longest_wait(0), 4)

    def test_tiles_of_a_job_that_ended_between_two_looks_count(self):
        self.log.look(10, tiles("pp"))
        self.log.left(10, {"j"})
        self.log.left(17, set())
        self.assertEqual(self.log.longest_wait(0), 7)
        self.log.left(18, set())
        self.assertEqual(len(self.log.done), 2)


class OutcomeTest(unittest.TestCase):
    def complaints(self, **facts):
        return outcome.Outcome("fault", **{"results": 3, **facts}).complaints

    def test_right_bytes_in_time_pass(self):
        self.assertEqual(self.complaints(goes_on=3.0, limit=3, wait=2.9, wait_limit=3), [])

    def test_times_without_a_limit_are_only_reported(self):
        self.assertEqual(self.complaints(goes_on=99.0, wait=99.0), [])

    def test_wrong_bytes_late_tiles_and_missing_results_fail(self):
        self.assertEqual(self.complaints(wrong=("a job has other bytes",)), ["a job has other bytes"])
        self.assertIn("no result", self.complaints(results=0)[0])
        self.assertIn("3.1 s, more than 3 s", self.complaints(goes_on=3.1, limit=3)[0])
        self.assertIn("more than 3 s", self.complaints(wait=3.1, wait_limit=3)[0])
        # A missing time is not a short one.
        self.assertIn("–", self.complaints(limit=3)[0])

    def test_the_status_is_the_worst_of_all(self):
        well, bad = outcome.Outcome("a", 1), outcome.Outcome("b", 0)
        self.assertEqual((outcome.status([well]), outcome.status([well, bad])), (0, 1))
        self.assertEqual([row[1] for row in outcome.rows([well, bad])], ["ok", "FAILED"])


class AnsibleTest(unittest.TestCase):
    def test_changes_are_counted_for_each_host(self):
        said = "PLAY RECAP\nrender1 : ok=9  changed=2  unreachable=0\ntiles   : ok=14 changed=0  unreachable=0\n"
        self.assertEqual(ansible.changes(said), {"render1": 2, "tiles": 0})

    def test_a_missing_count_is_an_error(self):
        with self.assertRaises(script_failure.ScriptFailure):
            ansible.changes("ERROR! the playbook could not be found\n")


if __name__ == "__main__":
    unittest.main()
