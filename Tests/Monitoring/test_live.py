"""A real Prometheus reads a real master and workers while jobs run. The rules and the dashboard find all their metrics,
and alerts fire when they should."""

import json
import math
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse
import urllib.request

import monitoring
from monitoring import PROGRAMS, eventually, get

# Alerts fire after one second in these tests.
SHORT = re.sub(r"(?m)^(\s+)for: \S+$", r"\1for: 1s", monitoring.RULES.read_text())

TRANSFORMS = ["blur:ksize=31,invert,brightness", "grayscale,sharpen", "median", "invert"]


class LivePrometheusTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="tilework-monitoring-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.programs = monitoring.Programs(cls.folder)
        cls.addClassCleanup(cls.programs.end)
        # Nothing listens at this address, so spans are counted as dropped.
        otlp = ["--otlp-endpoint", f"http://127.0.0.1:{monitoring.free_port()}"]
        cls.master = cls.programs.start(
            "master", PROGRAMS / "master-main", "serve", "--port", "0", "--local-workers", "0",
            "--data-dir", f"{cls.folder}/data", "--tile-size", "256", *otlp)
        cls.url = eventually("the master is ready", cls.ready)
        cls.worker_pages = []
        cls.workers = []
        for number in range(1, 4):
            port = monitoring.free_port()
            cls.worker_pages.append(f"127.0.0.1:{port}")
            cls.workers.append(cls.programs.start(
                f"worker-{number}", PROGRAMS / "worker-main", f"worker-{number}", "--master", cls.url,
                "--metrics-port", str(port), *otlp))
        cls.start_prometheus()
        eventually("the workers have partitions", cls.all_have_partitions)
        for transforms in TRANSFORMS:
            cls.do_job(transforms)

    @classmethod
    def ready(cls):
        found = re.search(r"Tilework is (?:ready )?at (http://\S+?)[;\s]", cls.programs.output("master"))
        return found and found.group(1)

    @classmethod
    def all_have_partitions(cls):
        workers = json.loads(get(f"{cls.url}/api/v1/workers"))["workers"]
        return len([worker for worker in workers if worker["partitions"]]) == 3

    @classmethod
    def start_prometheus(cls):
        with open(f"{cls.folder}/short.rules.yml", "w") as file:
            file.write(SHORT)
        with open(f"{cls.folder}/prometheus.yml", "w") as file:
            json.dump({
                "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                "rule_files": [f"{cls.folder}/short.rules.yml"],
                "scrape_configs": [
                    {"job_name": "tilework", "static_configs": [{"targets": [cls.url.removeprefix("http://")]}]},
                    {"job_name": "tilework-workers", "static_configs": [{"targets": cls.worker_pages}]},
                ],
            }, file)
        port = monitoring.free_port()
        cls.prometheus = f"http://127.0.0.1:{port}"
        cls.programs.start(
            "prometheus", "prometheus", f"--config.file={cls.folder}/prometheus.yml",
            f"--storage.tsdb.path={cls.folder}/tsdb", f"--web.listen-address=127.0.0.1:{port}")
        eventually("Prometheus answers", cls.prometheus_is_ready)

    @classmethod
    def prometheus_is_ready(cls):
        try:
            return get(f"{cls.prometheus}/-/ready")
        except OSError:
            return None

    @classmethod
    def do_job(cls, transforms):
        with urllib.request.urlopen(f"{cls.url}/api/v1/sample") as answer:
            image = answer.read()
        request = urllib.request.Request(
            f"{cls.url}/api/v1/jobs?{urllib.parse.urlencode({'transforms': transforms})}", data=image,
            headers={"Content-Type": "image/jpeg"})
        with urllib.request.urlopen(request) as answer:
            job = json.load(answer)["job_id"]
        assert json.loads(get(f"{cls.url}/api/v1/jobs/{job}?wait=50", timeout=60))["status"] == "completed"

    @classmethod
    def query(cls, expression):
        text = get(f"{cls.prometheus}/api/v1/query?{urllib.parse.urlencode({'query': expression})}")
        answer = json.loads(text)
        assert answer["status"] == "success", text
        return [float(sample["value"][1]) for sample in answer["data"]["result"]]

    def shows(self, expression):
        if any(not math.isnan(value) for value in self.query(expression)):
            return True
        # A rate needs an increase after the first scrape that has its series.
        self.do_job(TRANSFORMS[0])
        return False

    def firing(self):
        found = json.loads(get(f"{self.prometheus}/api/v1/alerts"))["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in found if alert["state"] == "firing"}

    def test_1_promtool_accepts_all_metrics_pages(self):
        for page in [f"{self.url}/metrics", *(f"http://{place}/metrics" for place in self.worker_pages)]:
            text = get(page)
            run = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
            self.assertEqual((run.returncode, run.stdout + run.stderr), (0, ""), page)
            documented = monitoring.families(monitoring.PAGE.read_text())
            here = set(re.findall(r"^# TYPE (\S+) ", text, re.M))
            self.assertEqual(here - documented, set(), f"families of {page} that docs/operations.md does not name")

    def test_2_every_panel_has_data(self):
        # Rates need two scrapes after the jobs.
        eventually("the end of the last job is read", lambda: self.query(
            'sum(tilework_jobs{status="completed"}) == 4 and sum(tilework_worker_tiles_total) > 0'))
        count = 0
        for title, expression in monitoring.expressions():
            with self.subTest(panel=title, expression=expression):
                # Some figures come seconds late: the lag, and what heartbeats report.
                eventually(f"'{title}' shows something", lambda: self.shows(expression))
                count += 1
        self.assertGreater(count, 40)

    def test_3_every_rule_is_evaluated_and_none_fires(self):
        groups = json.loads(get(f"{self.prometheus}/api/v1/rules"))["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        self.assertEqual([rule["name"] for rule in rules], monitoring.alerts())
        for rule in rules:
            self.assertEqual((rule["health"], rule.get("lastError", "")), ("ok", ""), rule["name"])
        # The disk of the machine that runs the tests may be full.
        self.assertLessEqual(self.firing(), {"TileworkDiskFull"})

    def test_4_alerts_fire_without_workers_and_without_the_master(self):
        for worker in self.workers:
            worker.kill()
        eventually("alerts of no workers and of three lost ones fire", lambda: self.firing() >= {
            "TileworkNoWorkers", "TileworkWorkersLost"})
        self.master.terminate()
        eventually("the alert of a master that is away fires", lambda: "TileworkDown" in self.firing())


if __name__ == "__main__":
    unittest.main()
