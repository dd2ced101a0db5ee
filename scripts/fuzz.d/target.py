"""Runs the fuzz target of one format, and keeps its finds."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field

from build import FOLDER, TESTS

# The longest input in bytes. Longer ones are slower, and find no more.
LONGEST = {"metadata": 1024}
LIMITS = ["-rss_limit_mb=2048", "-malloc_limit_mb=256", "-timeout=60"]


@dataclass
class Result:
    executions: int = 0
    rate: int = 0
    # Edges of the C target that were reached, by the compiler's counters.
    coverage: int = 0
    edges: int = 0
    corpus: int = 0
    finds: int = 0
    reports: list = field(default_factory=list)

    def __str__(self):
        if not self.corpus:
            return f"{self.executions:,} inputs, {self.finds} finds"
        return (f"{self.executions:,} executions, {self.rate:,} a second, {self.coverage:,} of {self.edges:,} edges, "
                f"{self.corpus:,} inputs kept, {self.finds} finds")


def run(program, *arguments, thorough=False, limit=None):
    environment = dict(os.environ)
    environment.pop("FUZZ_THOROUGH", None)
    if thorough:
        environment["FUZZ_THOROUGH"] = "1"
    try:
        done = subprocess.run([str(program), *map(str, arguments)], env=environment, capture_output=True, cwd=FOLDER,
                              timeout=limit)
    except subprocess.TimeoutExpired as expired:
        return -1, (expired.stderr or b"").decode(errors="replace")
    return done.returncode, done.stderr.decode(errors="replace")


def number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def why(log):
    """The lines of a log that state the error."""
    lines = log.splitlines()
    starts = [index for index, line in enumerate(lines)
              if re.search(r"BROKEN PROMISE|runtime error|ERROR: (Address|Leak|lib)", line)]
    return lines[starts[0]:starts[0] + 20] if starts else lines[-20:]


def kept(program, format, artifact, log):
    """Minimises a find, and copies it to the finds. Returns the report."""
    smaller = artifact.with_name("smaller")
    smaller.unlink(missing_ok=True)
    if not artifact.name.startswith(("timeout", "oom")):
        run(program, "-minimize_crash=1", "-max_total_time=60", f"-exact_artifact_path={smaller}", *LIMITS, artifact,
            thorough=True, limit=300)
    folder = TESTS / "finds" / format
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / artifact.name[:artifact.name.index("-") + 13]
    shutil.copyfile(smaller if smaller.exists() else artifact, target)
    return [f"FOUND in {format}: {target}", *why(log)]


def fuzz(program, format, seeds, seconds, runs=None):
    corpus, artifacts = FOLDER / "corpus" / format, FOLDER / "artifacts" / format
    shutil.rmtree(artifacts, ignore_errors=True)
    for folder in (corpus, artifacts):
        folder.mkdir(parents=True, exist_ok=True)
    more = [folder for folder in (seeds / format, TESTS / "finds" / format) if folder.is_dir()]
    status, log = run(
        program, f"-max_total_time={int(seconds)}", *([f"-runs={runs}"] if runs else []), "-print_final_stats=1",
        f"-max_len={LONGEST.get(format, 8192)}", f"-artifact_prefix={artifacts}/", *LIMITS, corpus, *more)
    result = Result(
        executions=number(r"stat::number_of_executed_units: (\d+)", log),
        rate=number(r"stat::average_exec_per_sec: +(\d+)", log), coverage=number(r" cov: (\d+)", log),
        edges=number(r"Loaded 1 PC tables \((\d+) PCs", log), corpus=number(r" corp: (\d+)", log))
    found = [path for path in sorted(artifacts.iterdir()) if not path.name.startswith("slow-unit")]
    result.finds = len(found)
    for artifact in found:
        result.reports += kept(program, format, artifact, log)
    if status and not found:
        result.reports += [f"FAILED in {format}, status {status}", *why(log)]
    return result


def replay(program, format, seeds):
    """Runs each seed and find once, including the work that is normally done for a part of the inputs only."""
    files = [path for folder in (seeds / format, TESTS / "finds" / format) if folder.is_dir()
             for path in sorted(folder.iterdir())]
    result = Result(executions=len(files))
    status, log = run(program, "-runs=1", f"-artifact_prefix={FOLDER}/", *LIMITS, *files, thorough=True)
    result.edges = number(r"Loaded 1 PC tables \((\d+) PCs", log)
    if status:
        # Each file is named before it is run.
        started = re.findall(r"Running: (\S+)", log)
        result.finds = 1
        result.reports = [f"FOUND in {format}: {started[-1] if started else 'before the first file'}", *why(log)]
    return result
