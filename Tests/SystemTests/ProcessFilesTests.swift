import Foundation
import Subprocess
import Testing
import TileCore

extension SystemTests {
    /// `master-main process` with names, links, permissions, pipes and signals, as people meet them with cp.
    @Suite(.serialized) struct ProcessFilesTests {
        /// Runs a script in the bench's folder; `process` in it is the command with a transform.
        private func shell(
            _ script: String, in bench: Workbench, transforms: String = "invert", options: [String] = []
        ) async throws -> ProgramOutput {
            let prelude = """
                cd "$1" || exit 99
                process() { "$0" process --transforms \(transforms) --tile-size 64 "$@"; }

                """
            return try await ProgramOutput.of(
                "/bin/sh", ["-c", prelude + script, Programs.master, bench.folder],
                environment: ["TMPDIR": bench.folder])
        }

        private func image(_ name: String, in bench: Workbench, side: Int = 100, seed: UInt64 = 1) throws -> Data {
            let data = try TestImage.file(side, side, seed: seed)
            try data.write(to: URL(filePath: bench.file(name)))
            return data
        }

        private func contents(_ name: String, in bench: Workbench) throws -> Data {
            try Data(contentsOf: URL(filePath: bench.file(name)))
        }

        private func names(in bench: Workbench) throws -> Set<String> {
            try Set(FileManager.default.contentsOfDirectory(atPath: bench.folder))
        }

        @Test func sourcesAreNotReplaced() async throws {
            try await Workbench.with { bench in
                let (one, two) = (try image("a.png", in: bench), try image("b.png", in: bench, seed: 2))
                try FileManager.default.linkItem(atPath: bench.file("a.png"), toPath: bench.file("hard.png"))
                for script in ["process a.png b.png .", "process a.png hard.png", "process a.png \"$PWD/./a.png\""] {
                    let run = try await shell(script, in: bench)
                    #expect(run.status == .exited(64))
                    #expect(run.error.contains("would replace the input a.png"), "\(run.error)")
                    #expect(run.error.contains("--overwrite"))
                }
                let other = try await shell("process b.png a.png hard.png . --overwrite", in: bench)
                #expect(other.status == .exited(64))
                #expect(try contents("a.png", in: bench) == one)
                #expect(try contents("b.png", in: bench) == two)
                let run = try await shell("process a.png b.png . --overwrite", in: bench)
                #expect(run.status == .exited(0), "\(run.error)")
                #expect(try contents("a.png", in: bench) == WholeImage.result(of: one, transforms: "invert"))
                #expect(try contents("b.png", in: bench) == WholeImage.result(of: two, transforms: "invert"))
                #expect(try contents("hard.png", in: bench) == one)
                #expect(try names(in: bench) == ["a.png", "b.png", "hard.png"])
            }
        }

        @Test func linksModesAndFilesOfTheUserStay() async throws {
            try await Workbench.with { bench in
                let source = try image("a.png", in: bench)
                let expected = try WholeImage.result(of: source, transforms: "invert")
                let run = try await shell(
                    """
                    mkdir far; echo mine >out.png.part; echo old >far/old.png; chmod 600 far/old.png
                    ln -s far/old.png out.png; ln -s a.png in.png; ln -s far/new.png new.png
                    umask 027; process in.png out.png && process in.png new.png && stat -c %a far/old.png far/new.png
                    """, in: bench)
                #expect(run.status == .exited(0), "\(run.error)")
                #expect(run.output.hasSuffix("600\n640\n"))
                #expect(try contents("out.png.part", in: bench) == Data("mine\n".utf8))
                for name in ["out.png", "new.png"] {
                    #expect(try contents(name, in: bench) == expected)
                    let end = try FileManager.default.destinationOfSymbolicLink(atPath: bench.file(name))
                    #expect(end.hasPrefix("far/"))
                }
                #expect(try names(in: bench) == ["a.png", "in.png", "out.png", "new.png", "far", "out.png.part"])
            }
        }

        /// Names that are not UTF-8, that differ in their spelling only, and the longest that there can be.
        @Test func namesAreBytes() async throws {
            try await Workbench.with { bench in
                let source = try image("a.png", in: bench)
                let expected = try WholeImage.result(of: source, transforms: "invert")
                let run = try await shell(
                    #"""
                    latin=$(printf 'caf\351.png'); nfc=$(printf '\303\251.png'); nfd=$(printf 'e\314\201.png')
                    long=$(printf '%0251d.png' 7); folder=$(printf 'r\351s')
                    for name in "$latin" "$nfc" "$nfd" "$long"; do cp a.png "$name"; done
                    process --json "$latin" "$nfc" "$nfd" "$long" "$folder" || exit
                    for name in "$latin" "$nfc" "$nfd" "$long"; do cp "$folder/$name" "result-$(ls | wc -l)"; done
                    """#, in: bench)
                #expect(run.status == .exited(0), "\(run.error)")
                let lines = run.output.split(separator: "\n")
                #expect(lines.count == 4)
                let latin = try #require(lines.first { $0.contains(#""input":"caf\\xE9.png""#) })
                #expect(
                    latin.contains(
                        "\"input_base64\":\"\(Data([0x63, 0x61, 0x66, 0xE9] + Array(".png".utf8)).base64EncodedString())\""
                    ))
                #expect(latin.contains("\"status\":\"done\"") && latin.contains("\"tiles\":4"))
                let results = try names(in: bench).filter { $0.hasPrefix("result-") }
                #expect(results.count == 4)
                for name in results { #expect(try contents(name, in: bench) == expected) }
            }
        }

        @Test func aNameThatIsTooLongIsRefusedBeforeTheWork() async throws {
            try await Workbench.with { bench in
                _ = try image("a.png", in: bench)
                let run = try await shell(
                    "cp a.png $(printf '%0253d' 7); process $(printf '%0253d' 7) a.png out", in: bench)
                #expect(run.status == .exited(1))
                #expect(run.error.contains("257 bytes"), "\(run.error)")
                #expect(try names(in: bench).count == 2)
            }
        }

        // MARK: Pipes

        @Test func imagesComeAndGoThroughPipes() async throws {
            try await Workbench.with { bench in
                let source = try image("a.png", in: bench)
                let expected = try WholeImage.result(of: source, transforms: "invert")
                let run = try await shell(
                    """
                    mkfifo pipe
                    cat a.png | process - - | cat >one.png || exit
                    process - two.png <a.png || exit
                    (cat a.png >pipe) & process pipe three.png || exit
                    (cat pipe >four.png) & process a.png pipe --format png || exit; wait
                    """, in: bench)
                #expect(run.status == .exited(0), "\(run.error)")
                for name in ["one", "two", "three", "four"] {
                    #expect(try contents("\(name).png", in: bench) == expected, "\(name)")
                }
                // What is said of the first is not in its output.
                #expect(run.error.contains("1 of 1 done, 4 tiles"))
                #expect(try names(in: bench).count == 6)
            }
        }

        @Test func aPipeWithoutAnImageIsRefused() async throws {
            try await Workbench.with { bench in
                let empty = try await shell(": | process - out.png", in: bench)
                #expect(empty.status == .exited(1))
                #expect(empty.error.contains("standard input: it is empty"), "\(empty.error)")
                let text = try await shell("echo text | process - - --format png", in: bench)
                #expect(text.status == .exited(1))
                #expect(text.output.isEmpty)
                #expect(try names(in: bench).isEmpty)
            }
        }

        @Test func aSourceOnStandardOutputIsRefused() async throws {
            try await Workbench.with { bench in
                let source = try image("a.png", in: bench)
                let run = try await shell("process a.png - >>a.png", in: bench)
                #expect(run.status == .exited(64))
                #expect(try contents("a.png", in: bench) == source)
            }
        }

        /// Messages do not go into a file that got the number of a closed output.
        @Test func closedOutputsSpoilNoResult() async throws {
            try await Workbench.with { bench in
                let source = try image("a.png", in: bench)
                try Data("no image".utf8).write(to: URL(filePath: bench.file("b.png")))
                _ = try await shell("process a.png b.png out/ --json >&- 2>&- <&-", in: bench)
                #expect(
                    try contents("out/a.png", in: bench) == WholeImage.result(of: source, transforms: "invert"))
            }
        }

        @Test func aTerminalTakesNoImage() async throws {
            try await Workbench.with { bench in
                _ = try image("a.png", in: bench)
                let run = try await ProgramOutput.of(
                    "/usr/bin/script",
                    [
                        "-qec", "'\(Programs.master)' process '\(bench.file("a.png"))' - --transforms invert",
                        "/dev/null",
                    ])
                #expect(run.status == .exited(64))
                #expect(run.output.contains("standard output is a terminal"), "\(run.output)")
            }
        }

        @Test func aTerminalSeesABar() async throws {
            try await Workbench.with { bench in
                _ = try image("a.png", in: bench, side: 600)
                let run = try await ProgramOutput.of(
                    "/usr/bin/script",
                    [
                        "-qec",
                        "'\(Programs.master)' process '\(bench.file("a.png"))' '\(bench.file("b.png"))' "
                            + "--tile-size 64 --transforms \(SystemTests.SmallTiles.slow)", "/dev/null",
                    ])
                #expect(run.status == .exited(0), "\(run.output)")
                #expect(run.output.contains("░ 0 of 1 file, "), "\(run.output)")
                #expect(run.output.contains("1 of 1 done, 100 tiles"))
            }
        }

        // MARK: Trouble

        @Test func aFailureIsTheWorstOfAll() async throws {
            try await Workbench.with { bench in
                _ = try image("a.png", in: bench)
                try Data("no image".utf8).write(to: URL(filePath: bench.file("b.png")))
                let run = try await shell("process a.png b.png out --json", in: bench)
                #expect(run.status == .exited(1))
                #expect(run.output.contains("\"status\":\"failed\"") && run.output.contains("\"status\":\"done\""))
                #expect(run.error.contains("b.png: "))
                #expect(try FileManager.default.contentsOfDirectory(atPath: bench.file("out")) == ["a.png"])
            }
        }

        @Test(.enabled(if: OwnDisk.isWanted)) func aFolderThatCannotBeWrittenIsRefusedBeforeTheWork() async throws {
            try await Workbench.with { bench in
                _ = try image("a.png", in: bench)
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

        /// Starts work that takes some seconds, and returns once it has begun.
        private func slowWork(in bench: Workbench) async throws -> (ChildProcess, source: Data) {
            let source = try image("in.png", in: bench, side: 4000)
            try Data("old".utf8).write(to: URL(filePath: bench.file("out.png")))
            let run = try await bench.start(
                Programs.master,
                [
                    "process", bench.file("in.png"), bench.file("out.png"), "--tile-size", "64", "--transforms",
                    SystemTests.SmallTiles.slow,
                ],
                name: "process", environment: ["TMPDIR": bench.folder])
            try await bench.workHasBegun()
            return (run, source)
        }

        @Test func killedItLeavesTheFilesAsTheyWere() async throws {
            try await Workbench.with { bench in
                let (run, source) = try await slowWork(in: bench)
                run.send(SIGKILL)
                #expect(try await run.status(within: 60) == .signaled(SIGKILL))
                #expect(try contents("in.png", in: bench) == source)
                #expect(try contents("out.png", in: bench) == Data("old".utf8))
            }
        }

        @Test func interruptedTwiceItEndsAtOnceAndLeavesNothing() async throws {
            try await Workbench.with { bench in
                let (run, source) = try await slowWork(in: bench)
                run.send(SIGINT)
                // The second comes while the first is heeded, or the program has ended: both are well.
                run.send(SIGTERM)
                #expect(try await run.status(within: 60) == .exited(1))
                #expect(run.errorOutput.contains("interrupted"))
                #expect(try contents("in.png", in: bench) == source)
                #expect(try contents("out.png", in: bench) == Data("old".utf8))
                let left = try names(in: bench).filter { $0.hasPrefix(".tilework") || $0.hasPrefix("tilework-") }
                #expect(left.isEmpty, "\(left)")
            }
        }
    }
}
