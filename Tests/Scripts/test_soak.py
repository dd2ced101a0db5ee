"""scripts/soak tells growth from noise, on made-up series. Its images are valid files."""

import importlib.util
import pathlib
import random
import struct
import unittest
import zlib

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "soak.d"


def load(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


growth = load("growth")
pictures = load("pictures")


def series(minutes, value, every=10):
    return [(seconds, value(seconds)) for seconds in range(0, minutes * 60, every)]


class GrowthTest(unittest.TestCase):
    def test_the_first_minutes_are_warm_up(self):
        """Memory was seen to grow by 25 MiB between the first two minutes, and not afterwards."""
        self.assertEqual(growth.after_warm_up(series(5, lambda _: 0))[0][0], 180)
        self.assertEqual(growth.after_warm_up(series(2, lambda _: 0)), [])

    def test_the_first_third_is_warm_up(self):
        late = growth.after_warm_up(series(60, lambda _: 0))
        self.assertEqual((late[0][0], late[-1][0]), (1200, 3590))
        self.assertEqual(growth.after_warm_up([]), [])

    def test_a_straight_line_is_known_exactly(self):
        line = series(60, lambda seconds: 200 + 30 * seconds / 3600)
        self.assertAlmostEqual(growth.per_hour(line), 30)
        self.assertAlmostEqual(growth.sure_per_hour(line), 30)

    def test_a_constant_series_does_not_grow(self):
        flat = series(60, lambda _: 200)
        self.assertEqual((growth.per_hour(flat), growth.sure_per_hour(flat)), (0, 0))

    def test_a_shrinking_series_does_not_grow(self):
        self.assertEqual(growth.sure_per_hour(series(60, lambda seconds: 200 - seconds / 60)), 0)

    def test_noise_is_no_growth(self):
        """Of a hundred runs hardly one is reported, although the least-squares lines of many are steep."""
        generator = random.Random(1)
        runs = [growth.after_warm_up(series(5, lambda _: generator.gauss(200, 10))) for _ in range(100)]
        self.assertGreater(sum(growth.per_hour(run) > 15 for run in runs), 30)
        # Five minutes are too short to prove growth. That takes more samples.
        self.assertEqual([growth.sure_per_hour(run) for run in runs], [0] * 100)
        runs = [growth.after_warm_up(series(30, lambda _: generator.gauss(200, 10))) for _ in range(100)]
        self.assertLess(sum(growth.sure_per_hour(run) > 15 for run in runs), 5)

    def test_growth_is_found_in_noise(self):
        generator = random.Random(2)
        runs = [growth.after_warm_up(series(60, lambda seconds: generator.gauss(200 + seconds / 100, 8)))
                for _ in range(100)]
        self.assertGreater(sum(growth.sure_per_hour(run) > 15 for run in runs), 95)

    def test_growth_has_to_be_seen_within_the_run(self):
        """Three more files in five minutes are about 40 an hour, and still no finding."""
        def exceeds(run):
            return growth.exceeds(run, limit=20, least=10)

        self.assertFalse(exceeds(series(5, lambda seconds: 100 + seconds // 100)))
        self.assertFalse(exceeds(series(60, lambda seconds: 100 + 19 * seconds / 3600)))
        self.assertTrue(exceeds(series(60, lambda seconds: 100 + 21 * seconds / 3600)))
        self.assertTrue(exceeds(series(5, lambda seconds: 100 + seconds / 10)))

    def test_a_single_peak_is_no_growth(self):
        self.assertEqual(growth.sure_per_hour(series(60, lambda seconds: 500 if seconds == 3500 else 200)), 0)

    def test_growth_during_the_warm_up_does_not_count(self):
        filling = series(60, lambda seconds: min(300, 100 + seconds / 4))
        self.assertEqual(growth.sure_per_hour(growth.after_warm_up(filling)), 0)

    def test_too_few_samples_show_nothing(self):
        self.assertEqual(growth.sure_per_hour([(0, 1), (10, 99)]), 0)
        self.assertEqual(growth.per_hour([(0, 1)]), 0)


class PictureTest(unittest.TestCase):
    def test_pictures_are_valid_files(self):
        generator = random.Random(3)
        sizes, media = set(), set()
        for _ in range(40):
            picture = pictures.make(generator)
            media.add(picture.media_type)
            size = self.png(picture) if picture.media_type == "image/png" else self.bmp(picture)
            self.assertTrue(all(pictures.SHORTEST <= side <= pictures.LONGEST for side in size), size)
            sizes.add(size)
        self.assertEqual(media, {"image/png", "image/bmp"})
        self.assertGreater(len(sizes), 30)

    def png(self, picture):
        body = picture.body
        self.assertEqual(body[:8], b"\x89PNG\r\n\x1a\n")
        length, = struct.unpack_from(">I", body, 33)
        width, height, depth, colour = struct.unpack_from(">IIBB", body, 16)
        channels = {0: 1, 2: 3, 6: 4}[colour]
        self.assertEqual(depth, picture.depth)
        rows = zlib.decompress(body[41:41 + length])
        self.assertEqual(len(rows), height * (1 + width * channels * depth // 8))
        return width, height

    def bmp(self, picture):
        width, height = struct.unpack_from("<ii", picture.body, 18)
        self.assertEqual(len(picture.body), 54 + height * (width * 3 + -width * 3 % 4))
        return width, height


if __name__ == "__main__":
    unittest.main()
