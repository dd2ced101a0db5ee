"""Many photographs at once, compared with two plain OpenCV programs at a time."""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import jobs
import targets
from table import aligned

PHOTOGRAPHS, AT_ONCE = 20, 2


def measure(args, plain, picture, folder, master, say):
    body = picture.read_bytes()
    measured = [{"transforms": case["transforms"], "format": case["format"], "plain_s": [], "jobs_s": []}
                for case in jobs.cases(args, [])]
    for run in range(args.runs):
        for case in measured:
            transforms, image_format = case["transforms"], case["format"]
            case["plain_s"].append(_plain(plain, picture, folder, transforms, jobs.FORMATS[image_format]))
            ids, seconds = master.run_together(body, PHOTOGRAPHS, transforms, image_format, args.timeout)
            case["jobs_s"].append(seconds)
            for job in ids:
                master.delete(job)
            say(f"run {run + 1} of {args.runs}, {PHOTOGRAPHS} times {transforms} to {image_format}: "
                f"plain {case['plain_s'][-1]:.1f} s, jobs {seconds:.1f} s")
    return [summarize(case) for case in measured]


def _plain(plain, picture, folder, transforms, ending):
    """The seconds for all of them, with `AT_ONCE` programs at a time."""
    def once(number):
        output = folder / f"plain-{number}.{ending}"
        # There are as many programs as cores, so threads of their own would only cost time.
        plain.run(picture, output, transforms, threads=1)
        output.unlink()

    start = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(once, range(PHOTOGRAPHS)))
    return time.perf_counter() - start


def summarize(case):
    plain, own = (PHOTOGRAPHS / median(case[key]) for key in ("plain_s", "jobs_s"))
    return {**case, "medians": {"plain_per_s": round(plain, 3), "per_s": round(own, 3), "ratio": round(own / plain, 3)}}


def missed(measured):
    for case in measured:
        yield from targets.below(f"{case['transforms']} to {case['format']}: ratio", case["medians"]["ratio"],
                                 targets.THROUGHPUT)


def tables(measured, label):
    yield f"{PHOTOGRAPHS} photographs at once: images a second, medians; the plain program runs {AT_ONCE} at a time"
    yield from aligned(["transforms", "format", "plain", label, "ratio"], [
        [case["transforms"], case["format"], f"{case['medians']['plain_per_s']:.2f}", f"{case['medians']['per_s']:.2f}",
         targets.at_least(case["medians"]["ratio"], targets.THROUGHPUT)] for case in measured])
