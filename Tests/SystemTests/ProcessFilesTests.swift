import Foundation
import Subprocess
import Testing
import TileCore

extension SystemTests {
    /// `master-main process` with names, links, permissions, pipes and signals, as users know them from cp.
    @Suite(.serialized) struct ProcessFilesTests {
        @Test func sourcesAreNotReplaced() async throws {
            try await Workbench.with { bench in
                let (one, two) = (try bench.image("a.png"), try bench.image("b.png", seed: 2))
                try FileManager.default.linkItem(atPath: bench.file("a.png"), toPath: bench.file("hard.png"))
                for script in ["process a.png b.png .", "process a.png hard.png", "process a.png \"$PWD/./a.png\""] {
                    let run = try await bench.shell(script)
                    #expect(run.status == .exited(64))
                    #expect(run.error.contains("would replace the input a.png"), "\(run.error)")
                    #expect(run.error.contains("--overwrite"))
                }
                let other = try await bench.shell("process b.png a.png hard.png . --overwrite")
                #expect(other.status == .exited(64))
                #expect(try bench.contents("a.png") == one)
                #expect(try bench.contents("b.png") == two)
                let run = try await bench.shell("process a.png b.png . --overwrite")
                #expect(run.status == .exited(0), "\(run.error)")
                #expect(try bench.contents("a.png") == WholeImage.result(of: one, transforms: "invert"))
                #expect(try bench.contents("b.png") == WholeImage.result(of: two, transforms: "invert"))
                #expect(try bench.contents("hard.png") == one)
                #expect(try bench.names == ["a.png", "b.png", "hard.png"])
            }
        }

        @Test func linksModesAndOtherFilesAreKept() async throws {
            try await Workbench.with { bench in
                let source = try bench.image("a.png")
                let expected = try WholeImage.result(of: source, transforms: "invert")
                let run = try await bench.shell(
                    """
                    mkdir far; echo mine >out.png.part; echo old >far/old.png; chmod 600 far/old.png
                    ln -s far/old.png out.png; ln -s a.png in.png; ln -s far/new.png new.png
                    umask 027; process in.png out.png && process in.png new.png && stat -c %a far/old.png far/new.png
                    """)
                #expect(run.status == .exited(0), "\(run.error)")
                #expect(run.output.hasSuffix("600\n640\n"))
                #expect(try bench.contents("out.png.part") == Data("mine\n".utf8))
                for name in ["out.png", "new.png"] {
                    #expect(try bench.contents(name) == expected)
                    let end = try FileManager.default.destinationOfSymbolicLink(atPath: bench.file(name))
                    #expect(end.hasPrefix("far/"))
                }
                #expect(try bench.names == ["a.png", "in.png", "out.png", "new.png", "far", "out.png.part"])
            }
        }

        /// Names that are not UTF-8, names that differ only in their normalization, and the longest possible name.
        @Test func namesAreKeptByteForByte() async throws {
            try await Workbench.with { bench in
                let source = try bench.image("a.png")
                let expected = try WholeImage.result(of: source, transforms: "invert")
                let run = try await bench.shell(
                    #"""
                    latin=$(printf 'caf\351.png'); nfc=$(printf '\303\251.png'); nfd=$(printf 'e\314\201.png')
                    long=$(printf '%0251d.png' 7); folder=$(printf 'r\351s')
                    for name in "$latin" "$nfc" "$nfd" "$long"; do cp a.png "$name"; done
                    process --json "$latin" "$nfc" "$nfd" "$long" "$folder" || exit
                    for name in "$latin" "$nfc" "$nfd" "$long"; do cp "$folder/$name" "result-$(ls | wc -l)"; done
                    """#)
                #expect(run.status == .exited(0), "\(run.error)")
                let lines = run.output.split(separator: "\n")
                #expect(lines.count == 4)
                let latin = try #require(lines.first { $0.contains(#""input":"caf\\xE9.png""#) })
                #expect(
                    latin.contains(
                        "\"input_base64\":\"\(Data([0x63, 0x61, 0x66, 0xE9] + Array(".png".utf8)).base64EncodedString())\""
                    ))
                #expect(latin.contains("\"status\":\"done\"") && latin.contains("\"tiles\":4"))
                let results = try bench.names.filter { $0.hasPrefix("result-") }
                #expect(results.count == 4)
                for name in results { #expect(try bench.contents(name) == expected) }
            }
        }

        @Test func tooLongNameIsRefusedBeforehand() async throws {
            try await Workbench.with { bench in
                _ = try bench.image("a.png")
                let run = try await bench.shell(
                    "cp a.png $(printf '%0253d' 7); process $(printf '%0253d' 7) a.png out")
                #expect(run.status == .exited(1))
                #expect(run.error.contains("257 bytes"), "\(run.error)")
                #expect(try bench.names.count == 2)
            }
        }

        // MARK: Pipes

        @Test func pipesCarryImages() async throws {
            try await Workbench.with { bench in
                let source = try bench.image("a.png")
                let expected = try WholeImage.result(of: source, transforms: "invert")
                let run = try await bench.shell(
                    """
                    mkfifo pipe
                    cat a.png | process - - | cat >one.png || exit
                    process - two.png <a.png || exit
                    (cat a.png >pipe) & process pipe three.png || exit
                    (cat pipe >four.png) & process a.png pipe --format png || exit; wait
                    """)
                #expect(run.status == .exited(0), "\(run.error)")
                for name in ["one", "two", "three", "four"] {
                    #expect(try bench.contents("\(name).png") == expected, "\(name)")
                }
                // Messages about the first image do not go into its output.
                #expect(run.error.contains("1 of 1 done, 4 tiles"))
                #expect(try bench.names.count == 6)
            }
        }

        @Test func pipeWithoutAnImageIsRefused() async throws {
            try await Workbench.with { bench in
                let empty = try await bench.shell(": | process - out.png")
                #expect(empty.status == .exited(1))
                #expect(empty.error.contains("standard input: it is empty"), "\(empty.error)")
                let text = try await bench.shell("echo text | process - - --format png")
                #expect(text.status == .exited(1))
                #expect(text.output.isEmpty)
                #expect(try bench.names.isEmpty)
            }
        }

        @Test func sourceAsStandardOutputIsRefused() async throws {
            try await Workbench.with { bench in
                let source = try bench.image("a.png")
                let run = try await bench.shell("process a.png - >>a.png")
                #expect(run.status == .exited(64))
                #expect(try bench.contents("a.png") == source)
            }
        }

        /// A file may get the number of a closed output. Messages must not go into it.
        @Test func closedOutputsDamageNoResult() async throws {
            try await Workbench.with { bench in
                let source = try bench.image("a.png")
                try Data("no image".utf8).write(to: URL(filePath: bench.file("b.png")))
                _ = try await bench.shell("process a.png b.png out/ --json >&- 2>&- <&-")
                #expect(
                    try bench.contents("out/a.png") == WholeImage.result(of: source, transforms: "invert"))
            }
        }

        @Test func imageForATerminalIsRefused() async throws {
            try await Workbench.with { bench in
                _ = try bench.image("a.png")
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

        @Test func terminalShowsAProgressBar() async throws {
            try await Workbench.with { bench in
                _ = try bench.image("a.png", side: 600)
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
    }
}
