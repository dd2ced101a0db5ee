"""scripts/check-layers finds blocking calls on Swift's own threads, tested on made-up files."""

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
            "let file = try FileDescriptor.open(path, .readOnly)", "let facts = try? FileFacts.of(path)",
            "queue.sync {}", "closingQueue.sync { close() }", "try ByteSink.standardOutput()", "try Canvas.rename(one, to: other)", "files.removeCanvases(job)",
        ]:
            with self.subTest(call):
                self.assertEqual(len(self.complaints("func a() async throws {\n    " + call + "\n}\n")), 1)

    def test_calls_on_disk_threads_are_allowed(self):
        for closure in ["disk.run", "disk.runQuietly", "onDisk", "writing"]:
            with self.subTest(closure):
                text = "func a() async {\n    await " + closure + " { output.abandon() }\n}\n"
                self.assertEqual(self.complaints(text), [])

    def test_calls_in_synchronous_functions_are_allowed(self):
        self.assertEqual(self.complaints("func a() {\n    output.abandon()\n}\n"), [])

    def test_async_callers_of_blocking_functions_are_found(self):
        waiting = "private func tidy() {\n    output.abandon()\n}\n"
        for caller in ["func a() async {\n    tidy()\n}\n", "actor A {\n    func a() {\n        self.tidy()\n    }\n}\n",
                       "func a() {\n    Task { Self.tidy() }\n}\n",
                       "func b() {\n    tidy()\n}\nfunc a() async {\n    b()\n}\n"]:
            with self.subTest(caller):
                found = self.complaints(waiting + caller)
                self.assertEqual(len(found), 1)
                self.assertIn(" can wait for a disk", found[0])
        static = "enum A {\n    static func tidy() {\n        output.abandon()\n    }\n    func a() async {\n        Self.tidy()\n    }\n}\n"
        self.assertEqual(len(self.complaints(static)), 1)

    def test_callers_on_disk_threads_are_allowed(self):
        waiting = "private func tidy() {\n    output.abandon()\n}\n"
        for caller in ["func a() async {\n    await disk.run { tidy() }\n}\n", "func a() async {\n    state = .tidy(1)\n}\n",
                       "func tidies() async -> Int { 1 }\nfunc a() async {\n    await tidies()\n}\n"]:
            with self.subTest(caller):
                self.assertEqual(self.complaints(waiting + caller), [])

    def test_work_for_a_pool_does_not_block_its_caller(self):
        giving = "func give() {\n    pool.submit { output.abandon() }\n}\n"
        self.assertEqual(self.complaints(giving + "func a() async {\n    give()\n}\n"), [])

    def test_calls_in_tasks_are_found(self):
        for task in ["Task {", "Task.detached {", "Task(priority: .low) {", "group.addTask {", "Task { [weak self] in"]:
            with self.subTest(task):
                self.assertEqual(len(self.complaints("func a() {\n    " + task + " output.abandon() }\n}\n")), 1)
        self.assertEqual(self.complaints("func a() {\n    Task { await disk.run { output.abandon() } }\n}\n"), [])
        self.assertEqual(len(self.complaints("func a() async {\n    await disk.run { Task { output.abandon() } }\n}\n")), 1)

    def test_lines_keep_their_numbers(self):
        text = 'let a = """\n    one\n    two\n    """\nfunc a() async {\n    output.abandon()\n}\n'
        self.assertIn("A.swift:6:", self.complaints(text)[0])


if __name__ == "__main__":
    unittest.main()
