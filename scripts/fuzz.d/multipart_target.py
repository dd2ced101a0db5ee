"""Builds a fuzz target from the parser of forms and its harness, in a package of its own, and runs it with libFuzzer.
"""

import shutil
import subprocess

import http_seeds
import target
from build import FOLDER, ROOT, BuildFailure

PLACE = FOLDER / "multipart"
PARSER = ROOT / "Sources" / "MasterDaemon" / "HTTP" / "Multipart"
HARNESS = ROOT / "Tests" / "Fuzz" / "multipart"
# The project's Package.swift requires the same version of swift-nio.
PACKAGE = """// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "multipart-fuzz",
    products: [.library(name: "MultipartFuzz", type: .static, targets: ["MultipartFuzz"])],
    dependencies: [.package(url: "https://github.com/apple/swift-nio", from: "2.80.0")],
    targets: [.target(name: "MultipartFuzz", dependencies: [.product(name: "NIOCore", package: "swift-nio")])])
"""


def build():
    sources = PLACE / "Sources" / "MultipartFuzz"
    shutil.rmtree(sources, ignore_errors=True)
    sources.mkdir(parents=True)
    for file in (*PARSER.glob("*.swift"), *HARNESS.glob("*.swift")):
        (sources / file.name).symlink_to(file)
    (PLACE / "Package.swift").write_text(PACKAGE)
    (PLACE / "empty.swift").write_text("")
    program = PLACE / "fuzz-multipart"
    commands = [
        # Not two options --sanitize: they reach the compiler in any order, and it uses only the last one.
        ["swift", "build", "-c", "release", "-Xswiftc", "-sanitize=fuzzer,address", "--product", "MultipartFuzz"],
        ["swiftc", "-sanitize=fuzzer,address", "-parse-as-library", "empty.swift", ".build/release/libMultipartFuzz.a",
         "-o", str(program)],
    ]
    for command in commands:
        done = subprocess.run(command, cwd=PLACE, capture_output=True, text=True)
        if done.returncode:
            raise BuildFailure(done.stdout + done.stderr)
    return program


def fuzz(seconds):
    seeds = FOLDER / "seeds-multipart"
    shutil.rmtree(seeds, ignore_errors=True)
    (seeds / "multipart").mkdir(parents=True)
    for number, message in enumerate(http_seeds.forms()):
        (seeds / "multipart" / str(number)).write_bytes(message + number.to_bytes(4, "big"))
    result = target.fuzz(build(), "multipart", seeds, seconds)
    print(f"multipart: {result}", flush=True)
    if not result.coverage:
        raise BuildFailure("the parser of forms was built without counters of coverage")
    return result.reports
