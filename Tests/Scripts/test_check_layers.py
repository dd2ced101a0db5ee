"""scripts/check-layers: which calls it finds on Swift's own threads, on made-up files."""

import importlib.machinery
import importlib.util
import pathlib
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check-layers"


def load():
    loader = importlib.machinery.SourceFileLoader("check_layers", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


class BlockingTest(unittest.TestCase):
    def complaints(self, text):
        layers = load()
        with tempfile.TemporaryDirectory() as folder:
            layers.TOP = pathlib.Path(folder)
            target = layers.TOP / "Sources" / "MasterDaemon"
            target.mkdir(parents=True)
            (target / "A.swift").write_text(text)
            return layers.check_blocking("MasterDaemon", layers.BLOCKING)

    def test_calls_in_async_functions_are_found(self):
        for call in [
            "output.abandon()", "defer { output.abandon() }", "StandardStreams.error(text)", "reserve.takeAgain()",
            "try results.publish(output, as: name)", "try output.takeUnnamed()", "OutputFile.removeAbandoned(in: folder)",
            "try ByteSink.standardOutput()", "try Canvas.rename(one, to: other)", "files.removeCanvases(job)",
        ]:
            with self.subTest(call):
                self.assertEqual(len(self.complaints("func a() async throws {\n    " + call + "\n}\n")), 1)

    def test_threads_for_that_may_wait(self):
        for closure in ["disk.run", "disk.runQuietly", "onDisk", "writing"]:
            with self.subTest(closure):
                text = "func a() async {\n    await " + closure + " { output.abandon() }\n}\n"
                self.assertEqual(self.complaints(text), [])

    def test_functions_that_are_not_async_may_wait(self):
        self.assertEqual(self.complaints("func a() {\n    output.abandon()\n}\n"), [])


if __name__ == "__main__":
    unittest.main()
