"""The limits and options in docs/formats.md are those of the sources."""

import re
from pathlib import Path

from page import PAGE, check_part

SOURCES = Path(__file__).resolve().parents[2] / "Sources"


def constant(path, name):
    """A number in the sources, as in `NAME = 64 << 20` or `static let name = 65_536`."""
    found = re.findall(rf"\b{name} = ([0-9_]+)(?: << ([0-9]+))?", (SOURCES / path).read_text())
    assert len(found) == 1, f"{path} has {name} {len(found)} times"
    number, shift = found[0]
    return int(number.replace("_", "")) << int(shift or 0)


def codec(path, name):
    return constant(f"CImageCodecs/{path}", name)


def mebibytes(count):
    assert count % (1 << 20) == 0
    return f"{count >> 20} MiB" if count < 1 << 30 else f"{count >> 30} GiB"


def longest_sides():
    """The longest sides, for formats that have a limit of their own."""
    source = (SOURCES / "TileCore/Model/ImageFileFormat.swift").read_text()
    return {name: int(number.replace("_", "")) for name, number in re.findall(r"case \.(\w+): ([0-9_]+)\n", source)}


def test_the_page_has_the_limits(request):
    area = constant("TileCore/Codecs/ImageHeader.swift", "maximumArea")
    assert area & area - 1 == 0
    served = constant("MasterDaemon/Intake/IntakeLimits.swift", "maximumPixels")
    file = mebibytes(constant("MasterDaemon/Intake/IntakeLimits.swift", "maximumBytes"))
    metadata = mebibytes(codec("common/notes.h", "TWC_MAXIMUM_METADATA"))
    strip, tile, band = (mebibytes(codec("tiff/tiff.h", f"TWC_TIFF_MAXIMUM_{name}"))
                         for name in ("STRIP", "TILE", "BAND"))
    rows = [
        ("a side", f"{constant('TileCore/Model/PixelSize.swift', 'maximumSide'):,} pixels; of a JPEG "
                   f"{longest_sides()['jpeg']:,}, of a WebP {longest_sides()['webp']:,}"),
        ("pixels of an image", f"2^{area.bit_length() - 1}; `serve` takes {served:,} unless `--max-pixels` says "
                               "otherwise"),
        ("an upload", f"{file}, unless `--max-upload-bytes` of `serve` says otherwise"),
        ("metadata", f"{metadata} and {codec('common/notes.h', 'TWC_MAXIMUM_BLOCKS'):,} blocks a file; IPTC "
                     f"{mebibytes(codec('metadata/iptc.cpp', 'MAXIMUM_BYTES'))}; XMP of "
                     f"{codec('metadata/xmp.cpp', 'MAXIMUM_MARKS'):,} tags and attributes"),
        ("profiles", mebibytes(codec("color/color.h", "TWC_MAXIMUM_PROFILE"))),
        ("scans of a JPEG", f"{codec('jpeg/reader.c', 'SURE_SCANS')} for large images, at most "
                            f"{codec('jpeg/reader.c', 'MAXIMUM_SCANS')}"),
        ("chunks of a PNG apart from the pixels", f"{codec('png/scan.c', 'MAXIMUM_SIDE_CHUNKS'):,}; of a WebP "
                                              f"{codec('webp/chunks.c', 'MAXIMUM_CHUNKS'):,}"),
        ("a compressed text of a PNG, with `private`", mebibytes(codec("png/png_reader.h",
                                                                       "TWC_PNG_TEXT_INSPECTED"))),
        ("directories of a TIFF", f"{codec('tiff/directory.h', 'TWC_TIFF_MAXIMUM_DIRECTORIES'):,}, of "
                                  f"{codec('tiff/directory.h', 'TWC_TIFF_MAXIMUM_ENTRIES'):,} fields each"),
        ("strips of a TIFF", f"of any size; beyond {strip} they are decoded row by row, or refused if their "
                             "compression cannot"),
        ("tiles of a TIFF", f"{tile} each, and {band} a row of tiles; {tile} all together if a side is longer than "
                            f"{codec('tiff/tiff.h', 'TWC_TIFF_USUAL_TILE_SIDE'):,} and than twice the image"),
        ("notes", f"{codec('common/notes.h', 'TWC_MAXIMUM_NOTES')} about pixels and as many about metadata; the last "
                  "one says how many more there are"),
    ]
    check_part("limits", "\n".join(["| what | limit |", "|---|---|", *(f"| {what} | {text} |" for what, text in rows)]),
               request)


def test_the_page_has_all_options():
    """The options of results, and `page` and `metadata`, which apply to all formats."""
    names = re.search(r"enum OutputOption.*?\n    case ([a-z, ]+)\n",
                      (SOURCES / "MasterDaemon/Job/OutputOption.swift").read_text(), re.S).group(1).split(", ")
    table = PAGE.read_text().partition("| option | for |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.M)) == sorted([*names, "page", "metadata"])


def test_the_page_has_the_longest_sides():
    sides = longest_sides()
    line = next(line for line in PAGE.read_text().splitlines() if line.startswith("| longest side"))
    jpeg, png, tiff, webp, bmp = [cell.strip().replace(",", "") for cell in line.split("|")[2:7]]
    most = str(constant("TileCore/Model/PixelSize.swift", "maximumSide"))
    assert (int(jpeg), int(webp)) == (sides["jpeg"], sides["webp"])
    assert {png, tiff, bmp} == {most}
