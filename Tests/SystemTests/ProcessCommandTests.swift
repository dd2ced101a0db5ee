import Foundation
import Subprocess
import Testing
import TileCore

extension SystemTests {
    /// `master-main process`: files without HTTP.
    @Suite(.serialized) struct ProcessCommandTests {
        private func process(_ arguments: [String]) async throws -> ProgramOutput {
            try await ProgramOutput.of(Programs.master, ["process"] + arguments)
        }

        private func contents(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

        @Test func oneFileIsProcessed() async throws {
            try await Workbench.with { bench in
                let source = try TestImage.file(700, 500)
                try source.write(to: URL(filePath: bench.file("in.png")))
                try Data("old".utf8).write(to: URL(filePath: bench.file("out.tif")))
                let run = try await process(
                    [
                        bench.file("in.png"), bench.file("out.tif"), "--transforms", "grayscale,blur:ksize=31",
                        "--tile-size", "128",
                    ])
                try #require(run.status == .exited(0), "\(run.error)")
                #expect(run.output.contains("1 of 1 done, 24 tiles"))
                let expected = try WholeImage.result(of: source, transforms: "grayscale,blur:ksize=31", format: .tiff)
                #expect(try contents(bench.file("out.tif")) == expected)
                #expect(
                    try Set(FileManager.default.contentsOfDirectory(atPath: bench.folder)) == ["in.png", "out.tif"])
            }
        }

        @Test func severalFilesGoIntoAFolder() async throws {
            try await Workbench.with { bench in
                let sources = try ["a.png": TestImage.file(300, 200), "b.jpg": TestImage.file(200, 300, as: .jpeg)]
                for (name, data) in sources { try data.write(to: URL(filePath: bench.file(name))) }
                try Data("no image".utf8).write(to: URL(filePath: bench.file("c.png")))
                let folder = bench.file("results")
                let run = try await process(
                    ["a.png", "b.jpg", "c.png"].map(bench.file) + [folder, "--transforms", "sepia,invert"])
                #expect(run.status == .exited(1))
                #expect(run.error.contains("c.png: "))
                #expect(run.output.contains("2 of 3 done"))
                #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder)) == ["a.png", "b.jpg"])
                for (name, data) in sources {
                    #expect(
                        try contents("\(folder)/\(name)") == WholeImage.result(of: data, transforms: "sepia,invert"))
                }
            }
        }

        @Test func missingInputIsNamed() async throws {
            let run = try await process(["/nowhere/in.png", "/nowhere/out.png", "--transforms", "invert"])
            #expect(run.status == .exited(1))
            #expect(run.error.contains("the input /nowhere/in.png cannot be read"))
        }

        @Test func invalidTransformsAreRefused() async throws {
            try await Workbench.with { bench in
                try TestImage.file(100, 100).write(to: URL(filePath: bench.file("in.png")))
                let run = try await process([bench.file("in.png"), bench.file("out.png"), "--transforms", "blurr"])
                #expect(run.status == .exited(64))
                #expect(run.error.contains("blurr"))
                #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder) == ["in.png"])
            }
        }

        @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func interruptedCommandLeavesNoFiles(signal: Int32) async throws {
            try await Workbench.with { bench in
                try TestImage.file(4000, 4000).write(to: URL(filePath: bench.file("in.png")))
                let run = try await bench.start(
                    // The tests may have inherited ignored signals, as under nohup.
                    "/usr/bin/env",
                    [
                        "--default-signal", Programs.master, "process", bench.file("in.png"), bench.file("out.png"),
                        "--tile-size", "64", "--transforms",
                        SystemTests.SmallTiles.slow,
                    ],
                    name: "process", environment: ["TMPDIR": bench.folder])
                try await bench.workHasBegun()
                run.send(signal)
                #expect(try await run.status(within: 60) == .exited(1))
                #expect(run.errorOutput.hasSuffix("Error: interrupted\n"))
                let left = try FileManager.default.contentsOfDirectory(atPath: bench.folder)
                #expect(left.allSatisfy { ["in.png"].contains($0) || $0.hasPrefix("process-") }, "\(left)")
            }
        }

        @Test func closedTerminalDoesNotEndACommandUnderNohup() async throws {
            try await Workbench.with { bench in
                let source = try TestImage.file(700, 700)
                try source.write(to: URL(filePath: bench.file("in.png")))
                let run = try await bench.start(
                    "/usr/bin/nohup",
                    [
                        Programs.master, "process", bench.file("in.png"), bench.file("out.png"), "--tile-size", "64",
                        "--transforms", SystemTests.SmallTiles.slow,
                    ],
                    name: "process", environment: ["TMPDIR": bench.folder])
                try await bench.workHasBegun()
                run.send(SIGHUP)
                #expect(try await run.status(within: 120) == .exited(0))
                #expect(
                    try contents(bench.file("out.png"))
                        == WholeImage.result(of: source, transforms: SystemTests.SmallTiles.slow))
            }
        }

        /// Small images need no folder for temporary files, whatever their kind.
        @Test func noTemporaryFolderIsNeeded() async throws {
            try await Workbench.with { bench in
                let source = try TestImage.file(300, 200)
                try source.write(to: URL(filePath: bench.file("in.png")))
                for arguments in [["out.png"], ["out.jpg", "--progressive"], ["out.webp"]] {
                    let run = try await ProgramOutput.of(
                        Programs.master,
                        ["process", bench.file("in.png"), bench.file(arguments[0]), "--transforms", "invert"]
                            + arguments.dropFirst(), environment: ["TMPDIR": "/nonexistent"])
                    #expect(run.status == .exited(0), "\(run.error)")
                }
                #expect(try contents(bench.file("out.png")) == WholeImage.result(of: source, transforms: "invert"))
                let back = try await ProgramOutput.of(
                    Programs.master,
                    ["process", bench.file("out.jpg"), bench.file("back.png"), "--transforms", "invert"],
                    environment: ["TMPDIR": "/nonexistent"])
                #expect(back.status == .exited(0), "\(back.error)")
            }
        }
    }
}
