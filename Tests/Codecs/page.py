"""Parts of docs/formats.md that tests write or check, so that the page states what is measured."""

import fcntl
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"


def check_part(name, text, request):
    """Writes the part with `--write-matrix`; otherwise checks that the page has it."""
    begin, end = f"<!-- {name}: written by the tests, see Tests/Codecs/page.py -->", f"<!-- end of {name} -->"
    # Tests that write other parts of the page may run at the same time.
    with PAGE.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _check_part(name, text, request, begin, end)


def _check_part(name, text, request, begin, end):
    page = PAGE.read_text()
    before, first, rest = page.partition(begin)
    written, second, after = rest.partition(end)
    assert first and second, f"{PAGE} has no part {name}"
    if request.config.getoption("--write-matrix"):
        PAGE.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}")
    else:
        assert written.strip() == text.strip(), "the page is out of date: run pytest with --write-matrix"
