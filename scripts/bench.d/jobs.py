"""The rows of the README: each pipeline to each format, as a job, as a whole command, and by other programs."""

from statistics import median

import command
import stages
import targets
import vips
from master import SHORT_SAMPLE_SECONDS
from table import aligned, megabytes

TRANSFORMS = ["invert", "blur", "grayscale,blur:ksize=31,sharpen"]
FORMATS = {"png": "png", "jpeg": "jpg"}  # the API's name, the ending by which imwrite knows it


def cases(args, masters):
    return [{"transforms": transforms, "format": image_format, "identical": {}, "plain": [], "command": [],
             "vips": [], "jobs": {master.label: [] for master in masters}}
            for transforms in args.transforms or TRANSFORMS for image_format in args.format or FORMATS]


def measure(args, plain, program, picture, folder, masters, say):
    """Runs every case several times, in turns, so that a slow phase of the machine affects everything that is
    compared.

    First, each case is run once to compare pixels and to measure memory. Both take time, so that run is not counted.
    """
    measured = cases(args, masters)
    body = picture.read_bytes()
    for run in range(args.runs + 1):
        for case in measured:
            times = _once(case, args, plain, program, picture, body, folder, masters, looks=run == 0)
            what = f"{case['transforms']} to {case['format']}"
            say((f"run {run} of {args.runs}" if run else "pixels and memory") + f", {what}: " + ", ".join(f"{name} {ms:.0f}" for name, ms in times.items()))
    return [summarize(case) for case in measured]


def _once(case, args, plain, program, picture, body, folder, masters, looks):
    """Runs everything once, one after the other. Returns the milliseconds of each."""
    transforms, image_format = case["transforms"], case["format"]
    expected, result = (folder / f"{name}.{FORMATS[image_format]}" for name in ("plain", "tilework"))
    times = {}

    case["plain"].append(plain.run(picture, expected, transforms))
    times["plain"] = case["plain"][-1]["total_ms"]
    result.unlink(missing_ok=True)
    case["command"].append(command.run([program, "process", picture, result, "--transforms", transforms])[1])
    times["process"] = case["command"][-1]["process_ms"]
    if looks:
        case["identical"]["process"] = plain.same_pixels(expected, result)
    if vips.is_there() and vips.can(transforms):
        case["vips"].append(vips.run(picture, folder, transforms, image_format))
        times["vips"] = case["vips"][-1]["process_ms"]
    for master in masters:
        job, figures = master.run_job(
            body, transforms, image_format, args.timeout, sample_s=SHORT_SAMPLE_SECONDS if looks else None)
        case["jobs"][master.label].append(figures)
        times[master.label] = figures["ms"]
        if looks:
            master.save_result(job, result)
            case["identical"][master.label] = plain.same_pixels(expected, result)
        master.delete(job)
    return times


def summarize(case):
    """Adds medians to a case that has raw runs. Ratios are to the plain program."""
    plain = _medians(case["plain"], ["total_ms", "read_ms", "transform_ms", "write_ms", "process_ms", "cpu_s", "bytes"])
    summary = {"plain": plain | {"threads": case["plain"][0]["threads"]}}
    for peer in ("command", "vips"):
        if case[peer]:
            figures = _medians(case[peer], ["process_ms", "cpu_s"])
            summary[peer] = figures | {"ratio": round(figures["process_ms"] / plain["process_ms"], 3)}
    summary["jobs"] = {label: _jobs(runs, plain) for label, runs in case["jobs"].items()}
    return {**case, "medians": summary}


def _medians(runs, keys):
    peak = {"peak_rss_bytes": max(run["peak_rss_bytes"] for run in runs)}
    return {key: round(median(run[key] for run in runs), 3) for key in keys} | peak


def _jobs(all_runs, plain):
    runs = [run for run in all_runs if not run["memory_was_sampled"]]
    ms = median(run["ms"] for run in runs)
    processes = {
        name: {
            "cpu_s": round(median(run["processes"][name]["cpu_s"] for run in runs), 3),
            "peak_rss_bytes": max(run["processes"][name]["peak_rss_bytes"] for run in all_runs),
            "peak_anonymous_bytes": max(run["processes"][name]["peak_anonymous_bytes"] for run in all_runs),
        }
        for name in runs[0]["processes"]
    }
    return {
        "ms": round(ms, 3), "ratio": round(ms / plain["total_ms"], 3),
        "size": round(median(run["bytes"] for run in runs) / plain["bytes"], 3),
        "tiles_per_s": round(median(run["tiles_per_s"] for run in runs), 2), "processes": processes,
        "stages": stages.medians([run["stages"] for run in runs]),
    }


def different(measured):
    """The results whose pixels differ from the plain program's."""
    return [f"{case['transforms']} to {case['format']} with {what}"
            for case in measured for what, is_same in case["identical"].items() if not is_same]


def missed(measured):
    """The rows that miss their targets, in words."""
    for case in measured:
        key = case["transforms"], case["format"]
        row, medians = " to ".join(key), case["medians"]
        for label, figures in medians["jobs"].items():
            yield from targets.above(f"{row} with {label}: ratio", figures["ratio"], _target(key, label))
            yield from targets.above(f"{row} with {label}: size", figures["size"], _size_target(case["format"]))
        yield from targets.above(f"{row} by process: ratio", medians["command"]["ratio"], targets.COMMAND)


def _target(key, label):
    return targets.JOBS.get(key) if label == "2 workers" else None


def _size_target(image_format):
    return targets.PNG_SIZE if image_format == "png" else None


def tables(measured):
    labels = list(measured[0]["jobs"])
    yield from _times(measured, labels)
    yield ""
    yield from _commands(measured)
    yield ""
    yield from _processes(measured, labels)
    yield ""
    yield from _profile(measured, labels)


def _times(measured, labels):
    threads = measured[0]["medians"]["plain"]["threads"]
    yield "Milliseconds from submit to result, medians; ratio and size are to the plain OpenCV program"
    header = ["transforms", "format", f"plain, {threads} thr."]
    for label in labels:
        header += [label, "ratio", "size", "tiles/s"]
    rows = []
    for case in measured:
        key = case["transforms"], case["format"]
        row = [*key, f"{case['medians']['plain']['total_ms']:.0f}"]
        for label in labels:
            jobs = case["medians"]["jobs"][label]
            row += [f"{jobs['ms']:.0f}", targets.at_most(jobs["ratio"], _target(key, label)),
                    targets.at_most(jobs["size"], _size_target(case["format"])), f"{jobs['tiles_per_s']:.0f}"]
        rows.append(row + ["yes" if all(case["identical"].values()) else "NO"])
    yield from aligned(header + ["identical"], rows)


def _commands(measured):
    yield "Whole commands: milliseconds, CPU seconds, peak RSS in MB; ratios are to the plain program's whole command"
    header = ["transforms", "format", "plain", "CPU", "MB", "process", "ratio", "CPU", "MB", "vips", "ratio", "CPU", "MB"]
    rows = []
    for case in measured:
        row = [case["transforms"], case["format"]]
        for name, target in ("plain", None), ("command", targets.COMMAND), ("vips", None):
            figures = case["medians"].get(name)
            if not figures:
                row += ["–"] * 4
                continue
            row.append(f"{figures['process_ms']:.0f}")
            if name != "plain":
                row.append(targets.at_most(figures["ratio"], target))
            row += [f"{figures['cpu_s']:.2f}", megabytes(figures["peak_rss_bytes"])]
        rows.append(row)
    yield from aligned(header, rows)


def _processes(measured, labels):
    yield "CPU seconds (medians) and peak RSS in MB, in brackets the part that no file backs"
    header = ["transforms", "format", "with", "CPU plain", "master", "codecs", "workers", "RSS plain", "master", "codecs",
              "each worker"]
    rows = []
    for case in measured:
        plain = case["medians"]["plain"]
        for label in labels:
            processes = dict(case["medians"]["jobs"][label]["processes"])
            master, codecs = processes.pop("master"), processes.pop("codecs")
            workers = list(processes.values())
            rows.append([
                case["transforms"], case["format"], label,
                f"{plain['cpu_s']:.2f}", f"{master['cpu_s']:.2f}", f"{codecs['cpu_s']:.2f}",
                " + ".join(f"{worker['cpu_s']:.2f}" for worker in workers), megabytes(plain["peak_rss_bytes"]),
                _memory(master), _memory(codecs), ", ".join(map(_memory, workers)),
            ])
    yield from aligned(header, rows, words=3)


def _memory(process):
    return f"{megabytes(process['peak_rss_bytes'])} ({megabytes(process['peak_anonymous_bytes'])})"


def _profile(measured, labels):
    yield "Profile by stage, milliseconds of CPU / of wall, medians. Stages overlap; the wall of tiles is the sum over all"
    header = ["transforms", "format", "with", *stages.NAMES, "rest"]
    yield from aligned(header, [
        [case["transforms"], case["format"], label, *stages.row(case["medians"]["jobs"][label]["stages"])]
        for case in measured for label in labels], words=3)
