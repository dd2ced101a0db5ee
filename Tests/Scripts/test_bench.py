"""scripts/bench: medians, ratios and targets from made-up runs. Costs of commands and processes from real ones."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "bench.d"))

import command
import crops
import formats
import gigapixel
import jobs
import overhead
import procfs
import scrape
import small
import stages
import targets
import throughput
import usage
import vips
from failure import BenchFailure
from master import label
from table import aligned


def plain_run(ms, size=1000):
    return {"total_ms": ms, "read_ms": ms / 4, "transform_ms": ms / 4, "write_ms": ms / 2, "process_ms": ms + 20,
            "cpu_s": ms / 1e3, "peak_rss_bytes": 100e6, "threads": 2, "bytes": size}


def whole_command(ms):
    return {"process_ms": ms, "cpu_s": ms / 500, "peak_rss_bytes": 50e6}


def statistics(scale):
    return {name: {"count": scale, "bytes": 10 * scale, "wall_s": 0.3 * scale} |
            ({} if name == "transport" else {"cpu_s": 0.1 * scale}) for name in stages.NAMES}


def processes(cpu=0.4):
    def one(megabytes):
        return {"cpu_s": cpu, "peak_rss_bytes": 2 * megabytes * 1e6, "peak_anonymous_bytes": megabytes * 1e6,
                "transport_cpu_s": 0.05}

    found = {"master": one(100), "codecs": one(60), "worker-1": one(40), "worker-2": one(50)}
    del found["codecs"]["transport_cpu_s"]
    return found


def job_run(ms, size=1100, is_sampled=False):
    return {"memory_was_sampled": is_sampled, "ms": ms, "upload_ms": 5, "tiles": 60, "tiles_per_s": 60e3 / ms, "bytes": size, "processes": processes(),
            "master_and_codecs_anonymous_bytes": 160e6,
            "stages": stages.between(statistics(1), statistics(3), processes())}


def case(transforms="invert", image_format="png"):
    return jobs.summarize({
        "transforms": transforms, "format": image_format, "identical": {"process": True, "2 workers": True},
        "plain": [plain_run(ms) for ms in (400, 500, 900)], "command": [whole_command(ms) for ms in (260, 300, 250)],
        "vips": [whole_command(ms) for ms in (1000, 1040, 2000)],
        # A run with memory samples is left out of the medians.
        "jobs": {"2 workers": [job_run(9e3, is_sampled=True), *(job_run(ms) for ms in (150, 600, 160))]},
    })


class JobsTest(unittest.TestCase):
    def test_ratios_are_of_medians(self):
        medians = case()["medians"]
        self.assertEqual(medians["plain"]["total_ms"], 500)
        self.assertEqual(medians["jobs"]["2 workers"]["ratio"], 0.32)  # 160 to 500
        self.assertEqual(medians["command"]["ratio"], 0.5)  # whole commands: 260 to 520
        self.assertEqual(medians["vips"]["ratio"], 2.0)
        self.assertEqual(medians["jobs"]["2 workers"]["size"], 1.1)

    def test_every_row_has_its_target_beside_the_ratio(self):
        lines = list(jobs.tables([case(), case("blur", "jpeg")]))
        row = next(line for line in lines if line.startswith("invert"))
        self.assertIn("0.32 (≤ 0.35)", row)
        self.assertIn("1.10 (≤ 1.15)", row)
        self.assertTrue(row.endswith("yes"))
        row = next(line for line in lines if line.startswith("blur"))
        self.assertIn("0.32 (≤ 0.60)", row)
        self.assertNotIn("1.15", row)  # no limit for a JPEG's size
        self.assertTrue(any("0.50 (≤ 1.00)" in line for line in lines))

    def test_targets_are_for_two_workers(self):
        other = case()
        other["jobs"] = {"1 worker": other["jobs"]["2 workers"]}
        lines = list(jobs.tables([jobs.summarize({key: value for key, value in other.items() if key != "medians"})]))
        self.assertFalse(any("0.35" in line for line in lines))

    def test_every_row_has_a_target(self):
        self.assertEqual(
            {(transforms, image_format) for transforms in jobs.TRANSFORMS for image_format in jobs.FORMATS}, set(targets.JOBS))

    def test_different_pixels_are_shown(self):
        other = case()
        other["identical"]["process"] = False
        self.assertTrue(next(line for line in jobs.tables([other]) if line.startswith("invert")).endswith("NO"))

    def test_a_missing_peer_leaves_its_columns_empty(self):
        without = case()
        del without["medians"]["vips"]
        table = list(jobs.tables([without]))
        self.assertEqual(sum("–" in line for line in table), 1)

    def test_different_pixels_and_missed_targets_are_named(self):
        slow = case("blur", "jpeg")
        slow["medians"]["jobs"]["2 workers"]["ratio"] = 0.614
        slow["medians"]["command"]["ratio"] = 1.2
        large = case()
        large["medians"]["jobs"]["2 workers"]["size"] = 1.16
        self.assertEqual(list(jobs.missed([case(), slow, large])), [
            "blur to jpeg with 2 workers: ratio 0.614, at most 0.6", "blur to jpeg by process: ratio 1.2, at most 1",
            "invert to png with 2 workers: size 1.16, at most 1.15"])
        slow["identical"]["process"] = False
        self.assertEqual(jobs.different([case(), slow]), ["blur to jpeg with process"])

    def test_targets_are_not_for_pixels_through_kafka(self):
        other = case()
        other["medians"]["jobs"] = {label(2, lends=False): {"ratio": 9, "size": 1}}
        self.assertEqual(list(jobs.missed([other])), [])
        self.assertEqual(label(2, lends=False), "2 workers, by Kafka")
        self.assertEqual(label(1, tile_size=256), "1 worker, 256 px")

    def test_raw_runs_can_be_written(self):
        self.assertEqual(json.loads(json.dumps(case())), case())


class StagesTest(unittest.TestCase):
    def test_transport_has_the_time_of_librdkafkas_threads(self):
        taken = stages.between(statistics(1), statistics(3), processes())
        self.assertAlmostEqual(taken["decode"]["cpu_s"], 0.2)
        self.assertAlmostEqual(taken["decode"]["wall_s"], 0.6)
        self.assertEqual((taken["cut"]["count"], taken["cut"]["bytes"]), (2, 20))
        # Three processes have threads of librdkafka: the master and both workers.
        self.assertAlmostEqual(taken["transport"]["cpu_s"], 0.15)
        self.assertAlmostEqual(sum(stage["cpu_s"] for stage in taken.values()), 4 * 0.4)

    def test_medians_are_milliseconds(self):
        summary = stages.medians([stages.between(statistics(1), statistics(end), processes()) for end in (2, 3, 9)])
        self.assertEqual(summary["kernel"], {"cpu_ms": 200, "wall_ms": 600, "bytes": 20})
        self.assertEqual(stages.row(summary)[0], "200 / 600")
        self.assertEqual(len(stages.row(summary)), len(stages.NAMES) + 1)


class OtherPartsTest(unittest.TestCase):
    def test_small_images_have_targets(self):
        measured = small.summarize([{"plain": plain_run(ms), "job": job_run(3 * ms)} for ms in (20, 25, 22)])
        self.assertEqual(measured["medians"]["ratio"], 3.0)
        row = list(small.tables(measured))[-1]
        self.assertIn("66 (≤ 60)", row)
        self.assertIn("3.00 (≤ 2.00)", row)
        self.assertEqual(small.missed(measured), ["milliseconds 66, at most 60", "ratio 3, at most 2"])

    def test_scrapes_are_measured_by_the_processor_time_of_the_master(self):
        def run(cpu):
            return {"ms": 2 * cpu, "cpu_ms": cpu, "bytes": 30_000}

        measured = scrape.summarize([run(4), run(9), run(6)])
        self.assertEqual(measured["medians"], {"ms": 12, "cpu_ms": 6, "bytes": 30_000})
        self.assertIn("6.0 (≤ 5.0)", list(scrape.tables(measured))[-1])
        self.assertEqual(scrape.missed(measured), ["milliseconds of the master's CPU 6, at most 5"])
        self.assertEqual(scrape.missed(scrape.summarize([run(5)])), [])

    def test_overhead_is_absolute(self):
        measured = overhead.summarize([whole_command(ms) for ms in (90, 170, 160)])
        self.assertEqual(measured["medians"], {"process_ms": 160, "cpu_s": 0.32})
        self.assertIn("160 (≤ 150)", list(overhead.tables(measured))[-1])
        self.assertEqual(overhead.missed(measured), ["milliseconds 160, at most 150"])
        self.assertEqual(overhead.missed(overhead.summarize([whole_command(150)])), [])

    def test_throughput_is_images_a_second(self):
        measured = throughput.summarize(
            {"transforms": "blur", "format": "png", "plain_s": [10, 8, 30], "jobs_s": [5, 4, 5]})
        self.assertEqual(measured["medians"], {"plain_per_s": 2.0, "per_s": 4.0, "ratio": 2.0})
        self.assertIn("2.00 (≥ 1.50)", list(throughput.tables([measured], "2 workers"))[-1])
        self.assertEqual(list(throughput.missed([measured])), [])
        measured["medians"]["ratio"] = 1.4
        self.assertEqual(list(throughput.missed([measured])), ["blur to png: ratio 1.4, at least 1.5"])

    def test_gigapixel_images_have_targets(self):
        measured = gigapixel.summarize({
            "transforms": "blur", "vips": [whole_command(70e3), whole_command(80e3), whole_command(75e3)],
            "jobs": [job_run(30e3), job_run(33e3), job_run(31e3)], "identical": {"crop at 0, 0": True, "crop at 9, 9": False}})
        row = next(line for line in gigapixel.tables([measured]) if line.startswith("blur"))
        self.assertIn("0.41 (≤ 0.40)", row)
        self.assertIn("160 (≤ 300)", row)
        self.assertIn("50 (≤ 120)", row)  # the worker that has most
        self.assertTrue(row.endswith("NO"))
        self.assertEqual(gigapixel.different([measured]), ["blur of 32768×32768, crop at 9, 9"])
        measured["medians"]["master_and_codecs_anonymous_bytes"] = 301e6
        self.assertEqual(list(gigapixel.missed([measured])),
                         ["blur: ratio to vips 0.4133, at most 0.4", "blur: MB of master and codecs 301, at most 300"])

    def test_a_gigapixel_without_a_peer_has_an_empty_column(self):
        measured = gigapixel.summarize({"transforms": "invert", "vips": [], "jobs": [job_run(10e3)], "identical": {}})
        self.assertIn("–", list(gigapixel.tables([measured]))[3])

    def test_memory_has_a_target_for_each_pair_of_formats(self):
        measured = [{"source": "tiff", "source_bytes": 2e9, "format": "tiff", "job": job_run(40e3, size=1e9),
                     "options": {"tiled": "true", "compression": "zstd"}}]
        lines = list(formats.tables(measured))
        self.assertEqual(list(formats.missed(measured)), [])
        measured[0]["job"]["master_and_codecs_anonymous_bytes"] = 400e6
        self.assertEqual(list(formats.missed(measured)), ["tiff to tiff: MB of master and codecs 400, at most 300"])
        self.assertRegex(lines[-1], r"^tiled BigTIFF +2000 +tiff, tiled=true, compression=zstd +1000 +40.0 +160 \(≤ 300\) +60$")
        self.assertEqual(list(formats.tables([])), [])

    def test_columns_are_aligned(self):
        lines = list(aligned(["name", "of", "ms"], [["a", "b", "1"], ["long name", "c", "1000"]]))
        self.assertEqual(lines, ["name       of    ms", "---------  --  ----", "a          b      1", "long name  c   1000"])


class CropsTest(unittest.TestCase):
    SIDE = 32768

    def test_crops_begin_with_a_block_and_are_inside(self):
        for x, y in crops.places(self.SIDE):
            self.assertEqual((x % crops.BLOCK, y % crops.BLOCK), (0, 0))
            self.assertTrue(0 <= min(x, y) and max(x, y) + crops.SIDE <= self.SIDE)
        self.assertEqual(len(set(crops.places(self.SIDE))), 6)

    def test_a_margin_is_wide_and_ends_with_the_image(self):
        self.assertEqual(crops.MARGIN % crops.BLOCK, 0)
        self.assertEqual(crops.with_margin((1024, 2048), self.SIDE), (928, 1952, 704, 704))
        self.assertEqual(crops.with_margin((0, self.SIDE - 512), self.SIDE), (0, self.SIDE - 608, 608, 608))


class CommandTest(unittest.TestCase):
    def test_a_command_is_measured_as_a_whole(self):
        burn = "import time\nstart = time.process_time()\nmemory = b'x' * 64_000_000\n" \
               "while time.process_time() - start < 0.3: pass\nprint('done')"
        text, taken = command.run([sys.executable, "-c", burn])
        self.assertEqual(text.strip(), "done")
        self.assertGreaterEqual(taken["cpu_s"], 0.29)
        self.assertGreaterEqual(taken["process_ms"], 290)
        self.assertGreaterEqual(taken["peak_rss_bytes"], 64e6)

    def test_a_failed_command_reports_its_output(self):
        with self.assertRaisesRegex(BenchFailure, "ended with 3:\nno such picture"):
            command.run(["sh", "-c", "echo no such picture >&2; exit 3"])
        self.assertEqual(command.run(["sh", "-c", "exit 3"], accept=(0, 3))[0], "")

    def test_missing_programs_are_noticed(self):
        with self.assertRaisesRegex(BenchFailure, "is not installed"):
            command.run(["tilework-no-such-program"])

    def test_libvips_runs_single_operations_only(self):
        self.assertEqual([vips.can(transforms) for transforms in jobs.TRANSFORMS], [True, True, False])


class UsageTest(unittest.TestCase):
    """Python processes stand in for a master, its codec process and a worker."""

    def test_codecs_are_the_children_except_workers(self):
        parent = """
import subprocess, sys
children = [subprocess.Popen([sys.executable, "-c", text]) for text in sys.argv[1:]]
print(*(child.pid for child in children), flush=True)
children[0].wait()
print("waited", flush=True)
children[1].wait()
"""
        codec = "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])\n" \
                "print('ready', flush=True)\nsignal.sigwait([signal.SIGUSR1])\nend = time.process_time() + 0.2\n" \
                "while time.process_time() < end: pass"
        master = subprocess.Popen([sys.executable, "-c", parent, codec, "import time; time.sleep(600)"],
                                  stdout=subprocess.PIPE, text=True)
        try:
            # Both processes write to one pipe, so the lines come in any order.
            words = (master.stdout.readline() + master.stdout.readline()).replace("ready", "").split()
            codec, worker = map(int, words)
            self.assertEqual(procfs.children(master.pid), sorted([codec, worker]))
            counted = usage.Usage(master.pid, {"worker-1": worker})
            os.kill(codec, signal.SIGUSR1)
            self.assertEqual(master.stdout.readline(), "waited\n")
            # The codec process has ended, so its time is among that of its parent's children.
            self.assertEqual(procfs.children(master.pid), [worker])
            found, anonymous = counted.finish()
        finally:
            os.kill(worker, signal.SIGKILL)
            master.communicate(timeout=60)
        self.assertEqual(list(found), ["master", "worker-1", "codecs"])
        self.assertGreaterEqual(found["codecs"]["cpu_s"], 0.17)
        self.assertLess(found["worker-1"]["cpu_s"], 0.1)
        self.assertGreater(anonymous, found["master"]["peak_anonymous_bytes"])

    def test_processor_time_is_finer_than_ticks(self):
        start = procfs.cpu_seconds(os.getpid())
        end = time.process_time() + 0.003
        while time.process_time() < end:
            pass
        self.assertTrue(0.002 < procfs.cpu_seconds(os.getpid()) - start < 0.5)

    def test_threads_are_found_by_name(self):
        name = pathlib.Path("/proc/self/comm").read_text().strip()
        self.assertIn(str(os.getpid()), procfs.thread_seconds(os.getpid(), name))
        self.assertEqual(procfs.thread_seconds(os.getpid(), "rdk:"), {})


if __name__ == "__main__":
    unittest.main()
