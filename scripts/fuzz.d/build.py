"""Builds a fuzz target for each format from the C target, with libFuzzer and the sanitizers."""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".build-fuzz"
SOURCES = ROOT / "Sources" / "CImageCodecs"
TESTS = ROOT / "Tests" / "Fuzz"
LIBRARIES = ["libjpeg", "libpng", "libtiff-4", "libwebp", "lcms2", "exiv2", "zlib", "libisal"]
# The numbers of the formats in CImageCodecs.h.
IMAGES = {"png": "TWC_PNG", "jpeg": "TWC_JPEG", "bmp": "TWC_BMP", "tiff": "TWC_TIFF", "webp": "TWC_WEBP"}
FORMATS = [*IMAGES, "metadata"]
# Functions that the harness replaces in the C target's own code.
WRAPPED = ["twc_cmyk_open", "malloc", "calloc", "realloc"]
# exiv2 is Debian's, which has no information for the type checks.
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize=vptr,function", "-fno-sanitize-recover=undefined"]
# Small bands, so that small images have several of them.
OPTIONS = ["-O2", "-g", "-fno-omit-frame-pointer", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter",
           "-DTWC_LEAST_BAND=256", *SANITIZERS]


class NoCompiler(Exception):
    pass


class BuildFailure(Exception):
    pass


def compiler():
    """The first clang that can link a program with libFuzzer: the toolchain's, then Debian's."""
    swift = shutil.which("swift")
    beside = Path(swift).resolve().parent / "clang" if swift else None
    debian = sorted(Path("/usr/bin").glob("clang-[0-9][0-9]"), reverse=True)
    tried = []
    FOLDER.mkdir(exist_ok=True)
    # Another run may try at the same time.
    program = FOLDER / f"attempt-{os.getpid()}"
    for candidate in [beside, shutil.which("clang"), *debian]:
        if not candidate or not Path(candidate).exists() or str(candidate) in tried:
            continue
        tried.append(str(candidate))
        source = "#include <stddef.h>\nint LLVMFuzzerTestOneInput(const char *b, size_t n) { return 0; }\n"
        attempt = subprocess.run([candidate, "-fsanitize=fuzzer,address,undefined", "-x", "c", "-", "-o",
                                  program], input=source, text=True, capture_output=True)
        if attempt.returncode == 0 and subprocess.run([program, "-runs=1"],
                                                      capture_output=True).returncode == 0:
            program.unlink()
            return str(candidate)
    raise NoCompiler("no clang with libFuzzer was found (tried: " + (", ".join(tried) or "none is installed") + "); "
                     "Debian's packages clang and libclang-rt-14-dev have one")


def run(command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode:
        raise BuildFailure(result.stdout + result.stderr)


def is_newer(target, *sources):
    return target.exists() and target.stat().st_mtime > max(source.stat().st_mtime for source in sources)


def build():
    """Compiles changed files. Returns the program of each format."""
    clang = compiler()
    linker = Path(clang).with_name(Path(clang).name.replace("clang", "clang++", 1))
    config = subprocess.run(["pkg-config", "--cflags", "--libs", *LIBRARIES], capture_output=True, text=True)
    if config.returncode:
        raise BuildFailure(config.stderr)
    flags = config.stdout.split()
    includes = [flag for flag in flags if flag.startswith("-I")]
    objects, used = FOLDER / "objects", FOLDER / "compiler"
    # Objects of two compilers cannot be linked together.
    if not used.exists() or used.read_text() != clang:
        shutil.rmtree(objects, ignore_errors=True)
    objects.mkdir(exist_ok=True)
    used.write_text(clang)
    headers = [*SOURCES.rglob("*.h"), *SOURCES.rglob("*.hpp"), *TESTS.glob("*.h"), Path(__file__)]

    def compiled(source, name, *more):
        target = objects / (name.replace("/", "-") + ".o")
        if not is_newer(target, source, *headers):
            standard = "-std=gnu++17" if source.suffix == ".cpp" else "-std=gnu11"
            traced = ["-fsanitize=fuzzer-no-link"] if SOURCES in source.parents else []
            run([clang, standard, *OPTIONS, *traced, *includes, *more, "-c", source, "-o", target])
        return target

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        target = [pool.submit(compiled, source, str(source.relative_to(SOURCES)))
                  for source in sorted([*SOURCES.rglob("*.cpp"), *SOURCES.rglob("*.c")])]
        common = [pool.submit(compiled, TESTS / name, f"fuzz-{name}") for name in ("common.c",)]
        harness = ("image.c", "write.c", "rows.c", "faults.c", "mutate.c")
        own = {format: [pool.submit(compiled, TESTS / name, f"fuzz-{format}-{name}", f"-DFUZZ_FORMAT={number}")
                        for name in harness] for format, number in IMAGES.items()}
        own["metadata"] = [pool.submit(compiled, TESTS / name, f"fuzz-{name}")
                           for name in ("metadata.c", "allocate.cpp")]
        shared = [part.result() for part in [*target, *common]]
        own = {format: [part.result() for part in parts] for format, parts in own.items()}

        def linked(format):
            program = FOLDER / f"fuzz-{format}"
            parts = [*own[format], *shared]
            if not is_newer(program, *parts):
                wrapped = [f"-Wl,--wrap={name}" for name in WRAPPED] if format in IMAGES else []
                run([linker, "-fsanitize=fuzzer", *SANITIZERS, *parts, *wrapped,
                     *(flag for flag in flags if not flag.startswith("-I")), "-o", program])
            return program

        return dict(zip(FORMATS, pool.map(linked, FORMATS)))
