import Foundation
import Testing

extension SystemTests {
    /// Tiles that workers on the master's machine read and write in its files.
    @Suite(.serialized) struct LentCanvasesTests {
        private static let options = ["--min-size", "64", "--tile-size", "128"]

        /// Tiles that the master has cut for records.
        private func cutTiles(_ master: MasterProcess) async throws -> Int {
            try #require(try await master.statistics().stages["cut"]).count
        }

        @Test func localWorkersGetNoPixelsInRecords() async throws {
            let source = try TestImage.file(1000, 700)
            for lends in [true, false] {
                try await Workbench.with { bench in
                    let master = try await bench.startMaster(Self.options + ["--lend-canvases", "\(lends)"])
                    try await master.fleet(["worker-1", "worker-2"], within: 60)
                    for transforms in ["invert", "grayscale,blur:ksize=31,sharpen", "median:ksize=31,blur"] {
                        let job = try await master.submit(source, transforms: transforms)
                        let isRight =
                            try await master.completed(job) == WholeImage.result(of: source, transforms: transforms)
                        #expect(isRight, "\(transforms), lent: \(lends)")
                    }
                    let (cut, tiles) = (try await cutTiles(master), try await master.statistics().tiles)
                    // On a busy machine some tiles are sent twice; a second attempt has its pixels.
                    #expect(lends ? cut <= tiles.sent - tiles.completed : cut >= tiles.completed, "\(cut) of \(tiles)")
                    #expect(tiles.givenUp == 0)
                }
            }
        }

        /// The canvases are gone once the job is done: the space of the files is free although the worker lives.
        @Test func theWorkerLetsGoOfFilesThatAreRemoved() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options + ["--local-workers", "0"])
                let worker = try await bench.startWorker("worker-1", of: master, master.canvases(true))
                try await master.worker("worker-1")
                let source = try TestImage.file(700, 700)
                let job = try await master.submit(source, transforms: "invert")
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: "invert"))
                try await eventually("the worker has no canvas open", within: 30) {
                    let folder = "/proc/\(worker.pid)/fd"
                    let open = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
                        try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
                    }
                    return open.contains { $0.contains("/canvas/") } ? nil : true
                }
            }
        }

        /// What the worker has been told is another folder: it works all the same.
        @Test func aWorkerOfAnotherFolderGetsItsPixels() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options + ["--local-workers", "0"])
                let worker = try await bench.startWorker("worker-1", of: master, ["--canvases", bench.folder])
                try await master.worker("worker-1")
                #expect(worker.errorOutput.contains("are not lent to this worker"))
                let source = try TestImage.file(300, 300)
                let job = try await master.submit(source, transforms: "sharpen")
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: "sharpen"))
                #expect(try await cutTiles(master) > 0)
            }
        }
    }
}

extension MasterProcess {
    /// What a worker is told so that it reads and writes tiles in this master's files.
    func canvases(_ lent: Bool) -> [String] { lent ? ["--canvases", "\(dataDirectory)/canvas"] : [] }
}
