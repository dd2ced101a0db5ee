"""docs/security.md answers each requirement of the standard once, and each test that it names exists."""

import pathlib
import re
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGE = (TOP / "docs" / "security.md").read_text()

# How many requirements of levels 1 and 2 each section of OWASP ASVS 5.0.0 has. They are numbered from 1.
SECTIONS = {
    "1": {1: 2, 2: 9, 3: 11, 4: 3, 5: 2}, "2": {1: 3, 2: 3, 3: 4, 4: 1}, "3": {2: 2, 3: 4, 4: 6, 5: 5, 7: 2},
    "4": {1: 3, 2: 1, 3: 2, 4: 4}, "5": {1: 1, 2: 3, 3: 2, 4: 3}, "6": {1: 3, 2: 12, 3: 4, 4: 4, 5: 5, 6: 3, 8: 4},
    "7": {1: 3, 2: 4, 3: 2, 4: 5, 5: 2, 6: 2}, "8": {1: 2, 2: 3, 3: 1, 4: 1}, "9": {1: 3, 2: 4},
    "10": {1: 2, 2: 2, 3: 4, 4: 11, 5: 5, 6: 2, 7: 3}, "11": {1: 2, 2: 3, 3: 3, 4: 4, 5: 1, 6: 1},
    "12": {1: 3, 2: 2, 3: 4}, "13": {1: 1, 2: 5, 3: 2, 4: 5}, "14": {1: 2, 2: 4, 3: 3}, "15": {1: 3, 2: 3, 3: 7},
    "16": {1: 1, 2: 5, 3: 4, 4: 3, 5: 3}, "17": {1: 1, 2: 4, 3: 2},
}
WANTED = [
    (int(chapter), section, number)
    for chapter, sections in SECTIONS.items() for section, count in sections.items() for number in range(1, count + 1)]


def rows():
    """The lines of the requirement tables, each with its chapter and its cells."""
    chapter = None
    for line in PAGE[PAGE.index("## OWASP ASVS"):].splitlines():
        heading = re.match(r"### V(\d+) ", line)
        chapter = int(heading.group(1)) if heading else chapter
        if re.match(r"\| \d", line):
            yield chapter, [cell.strip() for cell in line.strip("|").split("|")]


def numbers(text):
    """`3.3.1, 3.3.3` and `1.2.6–1.2.9` as tuples. A range lies within one section."""
    for part in text.split(", "):
        ends = [tuple(map(int, end.split("."))) for end in part.split("–")]
        if len(ends) == 1:
            yield ends[0]
            continue
        first, last = ends
        assert first[:2] == last[:2], part
        yield from ((*first[:2], number) for number in range(first[2], last[2] + 1))


class SecurityPageTests(unittest.TestCase):
    def test_each_requirement_is_answered_once(self):
        answered = []
        for chapter, cells in rows():
            self.assertEqual(len(cells), 5, cells)
            found = list(numbers(cells[0]))
            self.assertEqual({number[0] for number in found}, {chapter}, cells)
            self.assertTrue(cells[2], cells)
            answered += found
        self.assertEqual(sorted(answered), WANTED)
        self.assertEqual(len(WANTED), 253)

    def test_each_answer_has_a_known_form(self):
        for _, cells in rows():
            self.assertRegex(
                cells[2],
                r"^(holds( with TLS| as deployed| for keys)?|does not apply|\*\*NOT met\*\*( by default)?|\*\*in part\*\*"
                r"|the (operator|issuer)'s)$")

    def test_each_named_test_exists(self):
        names = {path.name for path in (TOP / "Tests").rglob("*") if ".venv" not in path.parts}
        named = set(re.findall(r"`(\w+Tests|test_\w+\.py)`", PAGE))
        self.assertGreater(len(named), 40)
        self.assertEqual(
            [name for name in sorted(named) if name not in names and f"{name}.swift" not in names], [])

    def test_links_have_targets(self):
        anchors = {
            re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", PAGE, re.M)}
        for target in re.findall(r"\]\(([^)]+)\)", PAGE):
            path, _, anchor = target.partition("#")
            if path:
                self.assertTrue((TOP / "docs" / path).resolve().exists(), target)
            else:
                self.assertIn(anchor, anchors, target)


if __name__ == "__main__":
    unittest.main()
