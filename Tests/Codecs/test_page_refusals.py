"""Every reason for which a reader refuses a file is a row in the list of kinds in docs/formats.md."""

import re
from pathlib import Path

import pytest

from refusals import REFUSALS

SOURCES = Path(__file__).resolve().parents[2] / "Sources" / "CImageCodecs"
FORMATS = {"jpeg": "JPEG", "png": "PNG", "tiff": "TIFF", "webp": "WebP", "bmp": "BMP"}
#: Calls that refuse, and the format string around their text.
CALLS = {"twc_failure(TWC_UNSUPPORTED,": "%s", "refuse_color(": "a TIFF file of %s cannot be read",
         "refusal(": "%s cannot be read"}
#: Texts about the request or about the library, not about a kind of file.
OTHERS = ("page %u was asked for", "overview %u of page", "libwebp has another version")
#: Format strings whose texts are searched for separately.
FRAMES = ("a TIFF file of %s cannot be read", "%s cannot be read", "a TIFF file with %s compression %s cannot be read")


def literals(source, start):
    """The string literals within the parentheses that open at `start`. Adjacent ones are joined."""
    depth, at, texts, end = 0, start, [], -1
    while True:
        if source[at] == '"':
            text = re.match(r'"((?:[^"\\]|\\.)*)"', source[at:]).group(1)
            if texts and not source[end:at].strip():
                texts[-1] += text
            else:
                texts.append(text)
            end = at = at + len(text) + 2
            continue
        depth += {"(": 1, ")": -1}.get(source[at], 0)
        if not depth:
            return texts
        at += 1


def refusals():
    """[(format, text)]. Each %u, %s and so on stands for a value from the file."""
    found = []
    for folder, format in FORMATS.items():
        for path in sorted((SOURCES / folder).glob("*.c")):
            source = re.sub(r"\(\s+", "(", path.read_text())
            if "writer" in path.name or path.name in ("encoder.c",):
                continue
            for call, frame in CALLS.items():
                for match in re.finditer(r"\b" + re.escape(call), source):
                    found += [(format, frame % text if "%s" in frame else text)
                              for text in literals(source, source.index("(", match.start()))]
            limits = re.search(r"static const char \*limit_of_compression.*?\n}\n", source, re.S)
            if limits:
                found += [(format, f"compression {text} cannot be read")
                          for text in re.findall(r'"([^"]+)"', limits.group())]
    return sorted({entry for entry in found if not entry[1].startswith(OTHERS) and entry[1] not in FRAMES})


def test_the_refusals_are_found():
    texts = refusals()
    assert len(texts) > 60
    for sample in (("TIFF", "a TIFF file of ITU L*a*b* colors (fax) cannot be read"),
                   ("TIFF", "a row of tiles of this image, %llu MiB, cannot be held in memory"),
                   ("TIFF", "compression in planes cannot be read"), ("JPEG", "a JPEG-LS file cannot be read"),
                   ("PNG", "an animated PNG file cannot be read"), ("WebP", "an animated WebP file cannot be read"),
                   ("BMP", "a BMP file with compression %u cannot be read")):
        assert sample in texts


@pytest.mark.parametrize("format, text", refusals())
def test_every_refusal_is_a_row(format, text):
    pattern = re.sub(r"%(?:llu|u|d|X|s)", ".+", re.escape(text).replace("%%", "%"))
    assert [row.kind for row in REFUSALS if row.format == format and re.search(pattern + "$", row.words)]
