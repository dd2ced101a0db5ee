import Foundation
import Subprocess
import Testing
import TileCore

extension SystemTests {
    /// `master-main process --brokers`: workers of the cluster transform the tiles.
    @Suite(.serialized) struct ProcessClusterTests {
        private static let slow = SystemTests.SmallTiles.slow

        private func startWorker(_ bench: Workbench, _ cluster: TestCluster) async throws -> ChildProcess {
            try await bench.start(
                Programs.worker, ["worker-1", "--threads", "1"] + cluster.arguments, name: "worker-1")
        }

        @Test func workersOfTheClusterTransformTheTiles() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                _ = try await startWorker(bench, cluster)
                let sources = try ["a.png": TestImage.file(700, 500), "b.png": TestImage.file(300, 400, seed: 2)]
                for (name, data) in sources { try data.write(to: URL(filePath: bench.file(name))) }
                let run = try await ProgramOutput.of(
                    Programs.master,
                    [
                        "process", bench.file("a.png"), bench.file("b.png"), bench.file("out"), "--tile-size", "128",
                        "--transforms", "grayscale,blur:ksize=31", "--format", "tiff",
                    ] + cluster.arguments)
                try #require(run.status == .exited(0), "\(run.error)")
                #expect(run.output.contains("2 of 2 done, 36 tiles"))
                for (name, data) in sources {
                    let result = "\(bench.file("out"))/\(name.prefix(1)).tif"
                    #expect(
                        try Data(contentsOf: URL(filePath: result))
                            == WholeImage.result(of: data, transforms: "grayscale,blur:ksize=31", format: .tiff))
                }
            }
        }

        /// An interrupted command leaves no files, and its topic of results is free for the next one.
        @Test func interruptedCommandLeavesTheClusterToOthers() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                _ = try await startWorker(bench, cluster)
                let source = try TestImage.file(1500, 1500)
                try source.write(to: URL(filePath: bench.file("in.png")))
                let small = try TestImage.file(200, 200)
                try small.write(to: URL(filePath: bench.file("small.png")))
                let run = try await bench.start(
                    Programs.master,
                    [
                        "process", bench.file("in.png"), bench.file("out.png"), "--tile-size", "64", "--transforms",
                        Self.slow,
                    ] + cluster.arguments, name: "process")
                try await bench.workHasBegun()
                run.send(SIGINT)
                #expect(try await run.status(within: 60) == .exited(1))
                #expect(run.errorOutput.hasSuffix("Error: interrupted\n"), "\(run.errorOutput)")
                let left = try FileManager.default.contentsOfDirectory(atPath: bench.folder)
                #expect(!left.contains { $0.hasPrefix(".tilework-") || $0 == "out.png" }, "\(left)")
                let next = try await ProgramOutput.of(
                    Programs.master,
                    ["process", bench.file("small.png"), bench.file("out.png"), "--transforms", "invert"]
                        + cluster.arguments)
                #expect(next.status == .exited(0), "\(next.error)")
                #expect(
                    try Data(contentsOf: URL(filePath: bench.file("out.png")))
                        == WholeImage.result(of: small, transforms: "invert"))
            }
        }

        private static let secret = "hunter2-of-the-cluster"

        private func arguments(_ bench: Workbench, _ cluster: TestCluster, transforms: String) -> [String] {
            [
                "process", bench.file("in.png"), bench.file("out.png"), "--tile-size", "64", "--transforms",
                transforms, "--workers", "1", "--kafka-config", "sasl.password=\(Self.secret)",
            ] + cluster.arguments
        }

        private func temporaryFolder(_ bench: Workbench) throws -> String {
            let folder = bench.file("tmp")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return folder
        }

        @Test func localWorkersGetTheProperties() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let source = try TestImage.file(300, 200)
                try source.write(to: URL(filePath: bench.file("in.png")))
                let folder = try temporaryFolder(bench)
                let run = try await ProgramOutput.of(
                    Programs.master, arguments(bench, cluster, transforms: "invert"),
                    environment: ["TMPDIR": folder])
                #expect(run.status == .exited(0), "\(run.error)")
                #expect(
                    try Data(contentsOf: URL(filePath: bench.file("out.png")))
                        == WholeImage.result(of: source, transforms: "invert"))
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
            }
        }

        /// A killed command once left a file with a password.
        @Test func killedCommandLeavesNoPassword() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                try TestImage.file(1500, 1500).write(to: URL(filePath: bench.file("in.png")))
                let folder = try temporaryFolder(bench)
                let run = try await bench.start(
                    Programs.master, arguments(bench, cluster, transforms: Self.slow), name: "process",
                    environment: ["TMPDIR": folder])
                // The worker has read the properties by then.
                try await eventually("the worker has joined", within: 60) {
                    try Self.children(of: run.pid).contains { $0.contains("worker-main") && $0.contains("@") }
                        ? true : nil
                }
                run.send(SIGKILL)
                #expect(try await run.status(within: 60) == .signaled(SIGKILL))
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
            }
        }

        /// The command lines of a process's children.
        private static func children(of pid: Int32) throws -> [String] {
            let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
            let pids = tasks.flatMap { task in
                let path = "/proc/\(pid)/task/\(task)/children"
                return String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
                    .split(separator: " ")
            }
            return pids.map { pid in
                String(decoding: FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data(), as: UTF8.self)
            }
        }
    }
}
