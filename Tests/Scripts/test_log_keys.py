"""Log lines have metadata keys from a single list, so that a search for a job finds all of its lines."""

import pathlib
import re
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
# A literal key at the beginning of a metadata dictionary, or further inside.
LITERAL = re.compile(r'metadata[^\n]*\[\s*"\w+":|Metadata = \[\s*"\w+":|^\s+LogKey\.\w+: [^\n]*, "\w+":|metadataKey: "', re.M)


class LogKeysTest(unittest.TestCase):
    def test_keys_are_constants(self):
        # The list is in the folder Settings, which the folder Kafka may not use.
        sources = [path for path in (TOP / "Sources").rglob("*.swift") if path.parent.name != "Kafka" or "TileCore" not in path.parts]
        self.assertGreater(len(sources), 300)
        for path in sources:
            found = LITERAL.search(path.read_text())
            self.assertIsNone(found, f"{path.relative_to(TOP)}: {found and found.group()}")

    def test_literal_keys_are_found(self):
        for text in ['metadata: ["reason": "x"]', 'metadata: [\n    "reason": "x"', 'logger[metadataKey: "x"] = 1',
                     '    LogKey.job: "a", "image": "b"', 'let x: Logger.Metadata = ["expires": "x"]']:
            self.assertIsNotNone(LITERAL.search(text), text)


if __name__ == "__main__":
    unittest.main()
