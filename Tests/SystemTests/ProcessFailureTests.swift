import Foundation
import Subprocess
import Testing
import TileCore

extension SystemTests {
    /// `master-main process` when something fails or a user ends it.
    @Suite(.serialized) struct ProcessFailureTests {
        @Test func oneFailureMakesTheStatus1() async throws {
            try await Workbench.with { bench in
                _ = try bench.image("a.png")
                try Data("no image".utf8).write(to: URL(filePath: bench.file("b.png")))
                let run = try await bench.shell("process a.png b.png out --json")
                #expect(run.status == .exited(1))
                #expect(run.output.contains("\"status\":\"failed\"") && run.output.contains("\"status\":\"done\""))
                #expect(run.error.contains("b.png: "))
                #expect(try FileManager.default.contentsOfDirectory(atPath: bench.file("out")) == ["a.png"])
            }
        }

        /// The command once ended with status 1 and no message.
        @Test func unwritableOutputIsNamed() async throws {
            try await Workbench.with { bench in
                let source = try bench.image("a.png")
                for (redirection, reason) in [
                    (">/dev/full", "No space left on device"), (">&-", "Bad file descriptor"),
                ] {
                    for option in ["", "--json"] {
                        let run = try await bench.shell("process a.png b.png \(option) \(redirection)")
                        #expect(run.status == .exited(1))
                        let lines = run.error.split(separator: "\n").filter { $0.contains("standard output") }
                        #expect(lines == ["cannot write to standard output: \(reason)"], "\(run.error)")
                        #expect(
                            try bench.contents("b.png") == WholeImage.result(of: source, transforms: "invert"))
                    }
                }
            }
        }

        /// The signal SIGXFSZ of the limit must not end the process.
        @Test func limitOfFileSizesIsNamed() async throws {
            try await Workbench.with { bench in
                _ = try bench.image("a.png")
                let run = try await bench.shell("ulimit -f 4; process a.png b.png")
                #expect(run.status == .exited(1))
                let reason = "a.png: the file cannot be written: it would be larger than a file can be here"
                #expect(run.error.contains(reason), "\(run.error)")
                #expect(try bench.names == ["a.png"])
            }
        }

        @Test func invalidCommandsEndWith64() async throws {
            try await Workbench.with { bench in
                _ = try bench.image("a.png")
                for name in ["b.png", "c.png"] { _ = try bench.image(name) }
                for script in [
                    "process a.png b.png c.png", "process a.png c.png/", "process a.png b.png -", "process a.png ''",
                    "process '' b.png",
                ] {
                    let run = try await bench.shell(script)
                    #expect(run.status == .exited(64), "\(script): \(run.error)")
                }
                #expect(try bench.names == ["a.png", "b.png", "c.png"])
            }
        }

        @Test(.enabled(if: OwnDisk.isWanted)) func unwritableFolderIsRefusedBeforehand() async throws {
            try await Workbench.with { bench in
                _ = try bench.image("a.png")
                try FileManager.default.createDirectory(atPath: bench.file("out"), withIntermediateDirectories: false)
                let run = try await ProgramOutput.of(
                    "/usr/bin/unshare",
                    [
                        "--user", "--map-root-user", "--mount", "/bin/sh", "-c",
                        "mount -t tmpfs -o ro tmpfs \"$0\" && exec \"$@\"", bench.file("out"), Programs.master,
                        "process", bench.file("a.png"), bench.file("out"), "--transforms", "invert",
                    ])
                #expect(run.status == .exited(1))
                #expect(run.error.contains("Read-only file system"), "\(run.error)")
            }
        }

        /// Starts a command that takes some seconds. Returns once it has begun.
        private func slowWork(in bench: Workbench, to output: String = "out.png") async throws
            -> (ChildProcess, source: Data)
        {
            let source = try bench.image("in.png", side: 4000)
            try Data("old".utf8).write(to: URL(filePath: bench.file("out.png")))
            let run = try await bench.start(
                Programs.master,
                [
                    "process", bench.file("in.png"), output == "-" ? output : bench.file(output), "--tile-size", "64",
                    "--transforms", SystemTests.SmallTiles.slow,
                ],
                name: "process", environment: ["TMPDIR": bench.folder])
            try await bench.workHasBegun()
            return (run, source)
        }

        /// A result for standard output is made in the temporary folder first.
        @Test(arguments: ["out.png", "-"]) func killedCommandChangesNoFiles(output: String) async throws {
            try await Workbench.with { bench in
                let (run, source) = try await slowWork(in: bench, to: output)
                run.send(SIGKILL)
                #expect(try await run.status(within: 60) == .signaled(SIGKILL))
                #expect(try bench.contents("in.png") == source)
                #expect(try bench.contents("out.png") == Data("old".utf8))
                // The next run removes leftovers from its own output folder, and from the temporary folder.
                let isLeft = { try bench.names.contains { $0.hasPrefix(".tilework-") } }
                #expect(try isLeft())
                _ = try bench.image("small.png")
                let next = try await bench.shell(
                    output == "-" ? "mkdir results; process small.png results" : "process small.png result.png")
                #expect(next.status == .exited(0), "\(next.error)")
                #expect(try !isLeft())
            }
        }

        @Test func twiceInterruptedCommandEndsAtOnceAndLeavesNoFiles() async throws {
            try await Workbench.with { bench in
                let (run, source) = try await slowWork(in: bench)
                run.send(SIGINT)
                // The second signal comes while the first is handled, or after the program has ended.
                run.send(SIGTERM)
                #expect(try await run.status(within: 60) == .exited(1))
                #expect(run.errorOutput.contains("interrupted"))
                #expect(try bench.contents("in.png") == source)
                #expect(try bench.contents("out.png") == Data("old".utf8))
                let left = try bench.names.filter { $0.hasPrefix(".tilework") || $0.hasPrefix("tilework-") }
                #expect(left.isEmpty, "\(left)")
            }
        }

        /// Starts a command whose standard output is a full pipe without a reader. With `error`, standard error goes
        /// there, too. So the command cannot write its messages and end in order.
        private func unreadWork(
            in bench: Workbench, inputs: [String], options: [String], error: String = ""
        ) async throws -> ChildProcess {
            let script = """
                cd "$1" || exit 99
                shift
                mkfifo pipe && exec 3<>pipe || exit 99
                dd if=/dev/zero of=pipe oflag=nonblock bs=4096 count=1000 2>dd.err
                exec "$0" process --transforms invert --json "$@" out/ >&3 \(error)
                """
            return try await bench.start(
                "/bin/sh", ["-c", script, Programs.master, bench.folder] + inputs + options, name: "process",
                environment: ["TMPDIR": bench.folder])
        }

        /// Returns once all results exist.
        private func results(_ names: [String], in bench: Workbench) async throws {
            try await eventually("all results are there", within: 60) {
                let there = (try? FileManager.default.contentsOfDirectory(atPath: bench.file("out"))) ?? []
                return Set(there) == Set(names) ? true : nil
            }
        }

        /// A second signal ends the command even if its last message is not read. Without a second signal, the command
        /// ends four seconds after the first.
        @Test(arguments: [[SIGINT], [SIGINT, SIGTERM], [SIGTERM, SIGINT]], ["", "2>&3"])
        func commandWithoutAReaderEndsOnSignals(signals: [Int32], error: String) async throws {
            try await Workbench.with { bench in
                _ = try bench.image("a.png")
                let run = try await unreadWork(in: bench, inputs: ["a.png"], options: [], error: error)
                try await results(["a.png"], in: bench)
                for signal in signals { run.send(signal) }
                #expect(try await run.status(within: 60) == .exited(1))
                #expect(error != "" || run.errorOutput.hasSuffix("\nError: interrupted\n"), "\(run.errorOutput)")
                #expect(try !bench.names.contains { $0.hasPrefix(".tilework-") })
            }
        }

        /// Writing the line of an image into a full pipe once blocked one of Swift's threads. There are only as many of
        /// these as cores.
        @Test func unreadOutputBlocksNoImage() async throws {
            try await Workbench.with { bench in
                // The maximum of `--jobs`.
                let names = (0..<64).map { "\($0).png" }
                for name in names { _ = try bench.image(name) }
                let run = try await unreadWork(in: bench, inputs: names, options: ["--jobs", "\(names.count)"])
                try await results(names, in: bench)
                run.send(SIGKILL)
                #expect(try await run.status(within: 60) == .signaled(SIGKILL))
            }
        }
    }
}
