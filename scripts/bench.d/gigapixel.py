"""The long form: an image of a gigapixel from JPEG to JPEG, compared with libvips, and the memory that it takes.

The results are too large to be compared as a whole with the plain program's, so crops of them are compared.
"""

from statistics import median

import crops
import stages
import targets
import vips
from master import LONG_SAMPLE_SECONDS
from table import aligned, megabytes

SIDE, FORMAT = 32768, "jpeg"


def measure(args, plain, picture, folder, master, say):
    say(f"picture of {SIDE}×{SIDE}")
    large = plain.repeated(picture, SIDE, SIDE)
    measured = [{"transforms": transforms, "vips": [], "jobs": [], "identical": {}} for transforms in targets.GIGAPIXEL]
    for run in range(args.gigapixel_runs):
        for case in measured:
            text = ""
            if vips.is_there():
                case["vips"].append(vips.run(large, folder, case["transforms"], FORMAT))
                text = f"vips {case['vips'][-1]['process_ms'] / 1e3:.1f} s, "
            with large.open("rb") as file:
                job, figures = master.run_job(file, case["transforms"], FORMAT, args.timeout, sample_s=LONG_SAMPLE_SECONDS)
            if run == 0:
                case["identical"] = crops.compare(plain, large, SIDE, folder, master, job, case["transforms"])
            master.delete(job)
            case["jobs"].append(figures)
            say(f"run {run + 1} of {args.gigapixel_runs}, {case['transforms']} of {SIDE}×{SIDE}: "
                f"{text}job {figures['ms'] / 1e3:.1f} s")
    return [summarize(case) for case in measured]


def summarize(case):
    runs = case["jobs"]
    summary = {
        "s": median(run["ms"] for run in runs) / 1e3,
        "upload_s": median(run["upload_ms"] for run in runs) / 1e3,
        "cpu_s": median(sum(process["cpu_s"] for process in run["processes"].values()) for run in runs),
        "master_and_codecs_anonymous_bytes": max(run["master_and_codecs_anonymous_bytes"] for run in runs),
        "worker_anonymous_bytes": max(
            process["peak_anonymous_bytes"] for run in runs for name, process in run["processes"].items()
            if name not in ("master", "codecs")),
        "stages": stages.medians([run["stages"] for run in runs]),
    }
    if case["vips"]:
        summary["vips_s"] = median(run["process_ms"] for run in case["vips"]) / 1e3
        summary["vips_cpu_s"] = median(run["cpu_s"] for run in case["vips"])
        summary["vips_rss_bytes"] = max(run["peak_rss_bytes"] for run in case["vips"])
        summary["ratio"] = summary["s"] / summary["vips_s"]
    return {**case, "medians": summary}


def different(measured):
    return [f"{case['transforms']} of {SIDE}×{SIDE}, {crop}"
            for case in measured for crop, is_same in case["identical"].items() if not is_same]


def missed(measured):
    for case in measured:
        figures, transforms = case["medians"], case["transforms"]
        if "ratio" in figures:
            yield from targets.above(f"{transforms}: ratio to vips", figures["ratio"], targets.GIGAPIXEL[transforms])
        yield from targets.above(f"{transforms}: MB of master and codecs",
                                 figures["master_and_codecs_anonymous_bytes"] / 1e6, targets.MASTER_BYTES / 1e6)
        yield from targets.above(f"{transforms}: MB of a worker", figures["worker_anonymous_bytes"] / 1e6,
                                 targets.WORKER_BYTES / 1e6)


def tables(measured):
    yield f"{SIDE}×{SIDE}, JPEG to JPEG: seconds, medians; the ratio is to libvips. MB that no file backs, peaks"
    header = ["transforms", "vips", "CPU", "peak RSS", "submit to result", "of it upload", "CPU", "ratio",
              "master and codecs", "a worker", "crops identical"]
    rows = []
    for case in measured:
        figures = case["medians"]
        has_peer = "ratio" in figures
        rows.append([
            case["transforms"],
            *([f"{figures['vips_s']:.1f}", f"{figures['vips_cpu_s']:.1f}", megabytes(figures["vips_rss_bytes"])]
              if has_peer else ["–"] * 3),
            f"{figures['s']:.1f}", f"{figures['upload_s']:.1f}", f"{figures['cpu_s']:.1f}",
            targets.at_most(figures["ratio"], targets.GIGAPIXEL[case["transforms"]]) if has_peer else "–",
            targets.at_most(figures["master_and_codecs_anonymous_bytes"] / 1e6, targets.MASTER_BYTES / 1e6, digits=0),
            targets.at_most(figures["worker_anonymous_bytes"] / 1e6, targets.WORKER_BYTES / 1e6, digits=0),
            "yes" if all(case["identical"].values()) else "NO",
        ])
    yield from aligned(header, rows, words=1)
    yield ""
    yield "Its profile by stage, milliseconds of CPU / of wall"
    yield from aligned(["transforms", *stages.NAMES, "rest"], [
        [case["transforms"], *stages.row(case["medians"]["stages"])] for case in measured], words=1)
