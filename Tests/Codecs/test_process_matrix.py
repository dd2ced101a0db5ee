"""For each pair of formats, metadata is kept, or a note says that it is not."""

from pathlib import Path

import pytest

from matrix import KINDS, full_sources, sources
from page import check_part
from processing import exiftool, run

FORMATS = ["jpeg", "png", "tiff", "webp", "bmp"]
NAMES = {"jpeg": "JPEG", "png": "PNG", "tiff": "TIFF", "webp": "WebP", "bmp": "BMP"}
BY_NAME = {kind.name: kind for kind in KINDS}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """{(format, name): path}. exiftool and Pillow confirm that each source has its metadata."""
    made = sources(tmp_path_factory.mktemp("sources"))
    for (format, name), tags in zip(made, exiftool(*made.values())):
        assert BY_NAME[name].arrived(tags, made[format, name]), f"the {format} source has {name}"
    return made


def results(paths, folder, *options):
    """{(path, target): (tags, outcome)}"""
    found = {}
    for target in FORMATS:
        outcomes = run(*paths, f"{folder / target}/", "--format", target, "--transforms", "invert", *options)
        assert {outcome.status for outcome in outcomes.values()} == {"done"}
        for (path, outcome), tags in zip(outcomes.items(), exiftool(*(outcome.path for outcome in outcomes.values()))):
            found[Path(path), target] = (tags, outcome)
    return found


def verdict(kind, tags, outcome):
    if kind.arrived(tags, outcome.path):
        return "kept"
    return "noted" if outcome.says(*kind.words) else "assumed" if kind.is_assumed else "lost silently"


@pytest.fixture(scope="module")
def found(files, tmp_path_factory):
    return results(files.values(), tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def measured(files, found):
    """{(source format, kind's name, target): verdict}"""
    return {(format, name, target): verdict(BY_NAME[name], *found[path, target])
            for (format, name), path in files.items() for target in FORMATS}


def table(measured):
    lines = ["| what a file says | in | " + " | ".join(f"→ {NAMES[target]}" for target in FORMATS) + " |",
             "|---" * (2 + len(FORMATS)) + "|"]
    for kind in KINDS:
        rows = {}
        for format in FORMATS:
            if format in kind.formats:
                cells = tuple(measured[format, kind.name, target] for target in FORMATS)
                rows.setdefault(cells, []).append(NAMES[format])
        lines += [f"| {kind.name} | {', '.join(formats)} | {' | '.join(cells)} |" for cells, formats in rows.items()]
    return "\n".join(lines) + "\n"


def test_nothing_is_lost_silently(measured):
    assert not [key for key, verdict in measured.items() if verdict == "lost silently"]


def test_supported_metadata_is_kept(measured):
    """A result in its source's format keeps all kinds but these."""
    noted = {name for (format, name, target), verdict in measured.items() if format == target and verdict != "kept"}
    assert noted == {"tIME", "other fields", "comment", "Photoshop's resources", "unknown chunk", "IPTC: preview",
                     "XMP: depth map, gain map, film", "EXIF: thumbnail", "XMP: thumbnail"}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_kept_metadata_survives_the_way_back(files, found, measured, tmp_path, format, target):
    """The result is converted back to the source's format, and has the same values again."""
    kept = {found[path, target][1].path: BY_NAME[name] for (source, name), path in files.items()
            if source == format and measured[source, name, target] == "kept"}
    if not kept:
        return
    outcomes = run(*kept, f"{tmp_path}/", "--format", format, "--transforms", "invert")
    for (path, kind), tags in zip(kept.items(), exiftool(*(outcomes[str(path)].path for path in kept))):
        outcome = outcomes[str(path)]
        assert outcome.status == "done" and kind.arrived(tags, outcome.path), (kind.name, outcome.notes)
        assert not outcome.says(*kind.words), (kind.name, outcome.notes)


def test_the_page_has_the_matrix(measured, request, capsys):
    with capsys.disabled():
        print(f"\n{table(measured)}")
    check_part("matrix", table(measured), request)


def test_all_kinds_together_are_kept(measured, tmp_path):
    """One file with all kinds of metadata at once."""
    made = full_sources(tmp_path)
    found = results(made.values(), tmp_path)
    for format, path in made.items():
        said = {kind.name for kind, tags in ((kind, exiftool(path)[0]) for kind in KINDS)
                if format in kind.formats and kind.arrived(tags, path)}
        if "resolution" in said:
            said.discard("resolution in EXIF")
        for name in said:
            for target in FORMATS:
                alone, together = measured[format, name, target], verdict(BY_NAME[name], *found[path, target])
                # With all kinds in one file, EXIF may hold what the format itself cannot.
                assert together in (alone, "kept"), (format, name, target, found[path, target][1].notes)


def test_private_removes_only_private_metadata(files, measured, tmp_path):
    found = results(files.values(), tmp_path, "--metadata", "private")
    for (format, name), path in files.items():
        for target in FORMATS:
            kind, (tags, outcome) = BY_NAME[name], found[path, target]
            if kind.is_private:
                assert not kind.arrived(tags, outcome.path), (format, name, target)
            else:
                assert verdict(kind, tags, outcome) == measured[format, name, target], (format, name, target)


def test_strip_keeps_colors_without_notes(files, measured, tmp_path):
    found = results(files.values(), tmp_path, "--metadata", "strip")
    for (format, name), path in files.items():
        for target in FORMATS:
            kind, (tags, outcome) = BY_NAME[name], found[path, target]
            if kind.is_color:
                assert verdict(kind, tags, outcome) == measured[format, name, target], (format, name, target)
            else:
                assert not kind.arrived(tags, outcome.path), (format, name, target)
                assert not outcome.notes, (format, name, target)
