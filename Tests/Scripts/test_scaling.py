"""scripts/scaling: rates, efficiency, what bounds them, and the plan derived from them."""

import importlib.machinery
import pathlib
import sys
import types
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path[:0] = [str(SCRIPTS / "scaling.d"), str(SCRIPTS / "bench.d")]

import costs
import limiter
from failure import BenchFailure


def script():
    """scripts/scaling itself, as a module."""
    sys.dont_write_bytecode = True
    module = types.ModuleType("scaling")
    module.__file__ = str(SCRIPTS / "scaling")
    importlib.machinery.SourceFileLoader("scaling", module.__file__).exec_module(module)
    return module


def sample(tiles, seconds, worker_cpu, codec_cpu=1.0, master_cpu=1.5, others=0.0):
    def statistics(tiles):
        stages = {"cut": {"bytes": 4e6 * tiles}, "kernel": {"bytes": 3e6 * tiles}}
        return {"tiles": {"completed": tiles}, "stages": stages}

    return {
        "seconds": seconds, "busy_s": codec_cpu + master_cpu + sum(worker_cpu) + others, "before": statistics(5), "after": statistics(5 + tiles),
        "processes": {
            "master": {"cpu_s": master_cpu, "broker_cpu_s": 0.5}, "codecs": {"cpu_s": codec_cpu},
            **{f"worker-{number}": {"cpu_s": cpu} for number, cpu in enumerate(worker_cpu)}},
    }


class TablesTest(unittest.TestCase):
    def test_lost_rates_are_marked_and_the_plan_is_printed(self):
        one = costs.of(sample(50, 10, [2.0]), 1e6, 1)
        two = costs.of(sample(60, 10, [1.0, 1.0]), 1e6, 2)
        lines = list(script().tables({("blur", "png"): [one, two]}, cores=2, planned=16, gigabits=10))
        first, second = (line for line in lines if line.endswith(("workers", "LOST")) and line.startswith("blur"))
        self.assertTrue(first.endswith(" workers"))
        self.assertTrue(second.endswith(" waits LOST"))
        # A megapixel takes 16.7 ms of codecs, 16.7 of the master, 8.3 of the broker and 33.3 of workers.
        self.assertRegex(lines[-1], " 27 +4.4 +312 +network +52 +10.4$")


class CostsTest(unittest.TestCase):
    def test_costs_are_for_a_megapixel(self):
        cost = costs.of(sample(100, 10, [2.0, 2.0]), 1e6, workers=2)
        self.assertEqual(cost["mp_per_s"], 10)
        self.assertEqual((cost["codec_ms"], cost["master_ms"], cost["broker_ms"], cost["worker_ms"]), (10, 10, 5, 40))
        self.assertEqual((cost["out_mb"], cost["back_mb"]), (4, 3))
        self.assertEqual(cost["master_cores"], 0.25)
        self.assertEqual(cost["workers_busy"], 1)

    def test_a_sample_without_tiles_is_an_error(self):
        with self.assertRaisesRegex(BenchFailure, "more --seconds"):
            costs.of(sample(0, 10, [2.0]), 1e6, workers=1)

    def test_efficiency_is_relative_to_one_worker(self):
        one, four = costs.of(sample(20, 10, [2.0]), 1e6, 1), costs.of(sample(76, 10, [2.0] * 4), 1e6, 4)
        self.assertAlmostEqual(costs.efficiency(four, one), 0.95)
        self.assertEqual(costs.efficiency(one, one), 1)

    def test_workers_that_use_their_share_are_the_bound(self):
        self.assertEqual(costs.bound(costs.of(sample(10, 10, [1.96] * 4), 1e6, 4), cores=2), "workers")

    def test_a_full_processor_makes_the_master_the_bound(self):
        full = costs.of(sample(10, 10, [1.5] * 4, codec_cpu=9, master_cpu=4), 1e6, 4)
        self.assertEqual(costs.bound(full, cores=2), "master")

    def test_idle_workers_mean_waits(self):
        self.assertEqual(costs.bound(costs.of(sample(10, 10, [1.0]), 1e6, 1), cores=2), "waits")

    def test_other_programs_make_a_sample_useless(self):
        shared = costs.of(sample(10, 10, [1.0], others=15), 1e6, 1)
        self.assertEqual(costs.bound(shared, cores=2), "others")
        self.assertFalse(costs.is_lost(shared, shared, cores=2))

    def test_workers_lose_if_they_wait_while_the_processor_idles(self):
        one = costs.of(sample(10, 10, [2.0]), 1e6, 1)
        waiting = costs.of(sample(20, 10, [1.0, 1.0]), 1e6, 2)
        self.assertEqual(costs.efficiency(waiting, one), 1)
        self.assertTrue(costs.is_lost(waiting, one, cores=2))

    def test_workers_lose_if_they_are_slower_together(self):
        one = costs.of(sample(100, 10, [2.0]), 1e6, 1)
        self.assertTrue(costs.is_lost(costs.of(sample(188, 10, [2.0] * 2), 1e6, 2), one, cores=2))
        self.assertFalse(costs.is_lost(costs.of(sample(192, 10, [2.0] * 2), 1e6, 2), one, cores=2))

    def test_workers_do_not_lose_on_a_full_processor(self):
        one = costs.of(sample(100, 10, [2.0]), 1e6, 1)
        full = costs.of(sample(200, 10, [1.5] * 4, codec_cpu=9, master_cpu=4), 1e6, 4)
        self.assertFalse(costs.is_lost(full, one, cores=2))

    def test_workers_with_a_delay_are_as_busy_as_their_rate(self):
        # Delayed workers sleep, and use hardly any processor time.
        busy = costs.of(sample(128, 10, [0.1] * 2), 1e6, 2, tile_s=0.15)
        self.assertAlmostEqual(busy["workers_busy"], 0.96)
        self.assertEqual(costs.bound(busy, cores=2), "workers")
        waiting = costs.of(sample(100, 10, [0.1] * 2), 1e6, 2, tile_s=0.15)
        self.assertAlmostEqual(waiting["workers_busy"], 0.75)
        self.assertEqual(costs.bound(waiting, cores=2), "waits")

    def test_only_processor_time_of_delayed_workers_fills_a_processor(self):
        cost = costs.of(sample(100, 10, [0.5] * 4, codec_cpu=9, master_cpu=7.5), 1e6, 4, tile_s=0.15)
        self.assertEqual(costs.bound(cost, cores=2), "master")

    def test_the_number_of_workers_that_fill_a_machine(self):
        # A megapixel takes 10 ms of codecs, 10 of the master, 5 of the broker and 40 of workers.
        cost = costs.of(sample(100, 10, [2.0, 2.0]), 1e6, 2)
        rate = costs.full_rate(cost, cores=2)
        self.assertAlmostEqual(rate, 2000 / 65)
        self.assertAlmostEqual(costs.workers_to_fill(cost, rate), 2000 / 65 * 0.04 / 0.2)

    def test_a_plan_is_bounded_by_cores_or_network(self):
        cost = costs.of(sample(100, 10, [2.0, 2.0]), 1e6, 2)
        plan = costs.plan(cost, cores=4, gigabits=10)
        # Master and codecs take 20 ms a megapixel on 4 cores. The broker's 5 ms are on another machine.
        self.assertEqual((plan["mp_per_s"], plan["bound"]), (200, "cores"))
        self.assertEqual(plan["worker_cores"], 8)
        plan = costs.plan(cost, cores=16, gigabits=10)
        # 1250 MB/s out, at 4 MB a megapixel.
        self.assertEqual((plan["mp_per_s"], plan["bound"]), (312.5, "network"))

    def test_there_is_always_a_limit(self):
        self.assertIn(type(limiter.best()).__name__, ("ControlGroups", "SystemdRun", "Delay"))

    def test_workers_get_the_delay_of_the_limiter(self):
        _, environment = limiter.Delay().command("worker-1", ["true"])
        self.assertEqual(environment, {"TILEWORK_FAULT_TILE_MS": "150"})
        self.assertEqual(limiter.Delay.tile_s, 0.15)


if __name__ == "__main__":
    unittest.main()
