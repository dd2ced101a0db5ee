import pathlib
import subprocess
import unittest

import monitoring

HERE = pathlib.Path(__file__).parent


class RulesTest(unittest.TestCase):
    def run_promtool(self, *arguments):
        run = subprocess.run(["promtool", *arguments], capture_output=True, text=True, cwd=HERE)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout

    def test_rules_are_well_formed(self):
        self.assertIn(f"{len(monitoring.alerts())} rules found", self.run_promtool("check", "rules", monitoring.RULES))

    def test_each_alert_fires_only_on_its_condition(self):
        self.run_promtool("test", "rules", "rules_test.yml")

    def test_each_alert_is_tested(self):
        text = (HERE / "rules_test.yml").read_text()
        for name in monitoring.alerts():
            self.assertIn(f"- alertname: {name}\n", text, "no test lets it fire")
            self.assertIn(f"{{alertname: {name}, ", text, "no test keeps it from firing")


if __name__ == "__main__":
    unittest.main()
