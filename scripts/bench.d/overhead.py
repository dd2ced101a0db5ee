"""`process` with an image of one tile, as a whole command: the cost apart from the pixels."""

from statistics import median

import command
import targets
from table import aligned

SIDE, TRANSFORMS = 64, "invert"


def measure(args, plain, program, folder, say):
    picture, result = plain.picture(SIDE, SIDE), folder / "overhead.png"
    runs = []
    for run in range(-1, args.runs):  # the first one reads the program from the disk, and is not counted
        result.unlink(missing_ok=True)
        taken = command.run([program, "process", picture, result, "--transforms", TRANSFORMS])[1]
        if run >= 0:
            runs.append(taken)
            say(f"run {run + 1} of {args.runs}, {SIDE}×{SIDE}: process {taken['process_ms']:.0f}")
    return summarize(runs)


def summarize(runs):
    return {"runs": runs, "medians": {key: round(median(run[key] for run in runs), 3) for key in ("process_ms", "cpu_s")}}


def missed(measured):
    return targets.above("milliseconds", measured["medians"]["process_ms"], targets.OVERHEAD_MS)


def tables(measured):
    figures = measured["medians"]
    yield f"process of {SIDE}×{SIDE}, {TRANSFORMS} to png, whole command: milliseconds, medians"
    yield from aligned(["start to end", "CPU"], [[
        targets.at_most(figures["process_ms"], targets.OVERHEAD_MS, digits=0), f"{figures['cpu_s'] * 1000:.0f}"]], words=0)
