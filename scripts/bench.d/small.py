"""A small image on a warm service: the cost of a job apart from its pixels."""

from statistics import median

import targets
from table import aligned

SIDE, TRANSFORMS, FORMAT = 1024, "invert", "jpeg"


def measure(args, plain, folder, master, say):
    picture = plain.picture(SIDE, SIDE)
    body = picture.read_bytes()
    output = folder / "small.jpg"
    runs = []
    for run in range(-1, args.runs):  # the first one warms the service, and is not counted
        expected = plain.run(picture, output, TRANSFORMS)
        job, figures = master.run_job(body, TRANSFORMS, FORMAT, args.timeout)
        master.delete(job)
        if run >= 0:
            runs.append({"plain": expected, "job": figures})
            say(f"run {run + 1} of {args.runs}, {SIDE}×{SIDE}: plain {expected['total_ms']:.0f}, job {figures['ms']:.0f}")
    return summarize(runs)


def summarize(runs):
    plain, job, upload = (median(run[side][key] for run in runs) for side, key in
                          [("plain", "total_ms"), ("job", "ms"), ("job", "upload_ms")])
    return {"runs": runs, "medians": {"plain_ms": plain, "ms": job, "upload_ms": upload, "ratio": round(job / plain, 3)}}


def missed(measured):
    figures = measured["medians"]
    return [*targets.above("milliseconds", figures["ms"], targets.SMALL_MS),
            *targets.above("ratio", figures["ratio"], targets.SMALL)]


def tables(measured):
    figures = measured["medians"]
    yield f"A {SIDE}×{SIDE} JPEG, {TRANSFORMS} to {FORMAT}, warm service: milliseconds from submit to result, medians"
    yield from aligned(["plain", "submit to result", "of it upload", "ratio"], [[
        f"{figures['plain_ms']:.1f}", targets.at_most(figures["ms"], targets.SMALL_MS, digits=0),
        f"{figures['upload_ms']:.1f}", targets.at_most(figures["ratio"], targets.SMALL)]], words=0)
