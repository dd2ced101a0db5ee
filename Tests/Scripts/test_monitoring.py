"""The alert rules, the dashboard and docs/operations.md fit together. Tests that need Prometheus are in
Tests/Monitoring."""

import json
import pathlib
import re
import sys
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "Tests/Monitoring"))

import monitoring  # noqa: E402


class MonitoringTest(unittest.TestCase):
    def setUp(self):
        self.page = monitoring.PAGE.read_text()
        self.dashboard = json.loads(monitoring.DASHBOARD.read_text())

    def test_alerts_and_their_sections_correspond(self):
        sections = re.findall(r"^### (Tilework\w+)$", self.page, re.M)
        self.assertEqual(sections, monitoring.alerts())
        for text in re.split(r"^### Tilework\w+$", self.page, flags=re.M)[1:]:
            self.assertIn("\n**Do:** ", text, "a section says what to do")

    def test_every_used_metric_is_documented(self):
        asked = monitoring.families(monitoring.RULES.read_text())
        asked |= monitoring.families(monitoring.DASHBOARD.read_text())
        self.assertEqual(asked - monitoring.families(self.page), set())

    def test_the_datasource_is_a_variable(self):
        names = [variable["name"] for variable in self.dashboard["templating"]["list"]]
        self.assertEqual(names, ["datasource", "instance"])
        for panel in monitoring.panels():
            for place in [panel, *panel["targets"]]:
                self.assertEqual(place["datasource"]["uid"], "${datasource}", panel["title"])

    def test_panels_have_names_and_do_not_overlap(self):
        panels = self.dashboard["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        self.assertEqual(len({panel["title"] for panel in panels}), len(panels))
        taken = set()
        for panel in panels:
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells
        for panel in monitoring.panels():
            self.assertTrue(panel["description"], panel["title"])
            self.assertTrue(all(target["legendFormat"] for target in panel["targets"]), panel["title"])


if __name__ == "__main__":
    unittest.main()
