import Foundation
import Testing

extension SystemTests {
    /// Workers on the master's machine read and write tiles in its canvases.
    @Suite(.serialized) struct LentCanvasesTests {
        private static let options = ["--min-size", "64", "--tile-size", "128"]

        /// The number of tiles whose pixels the master has cut for records.
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
                    // On a busy machine some tiles are resent, and further attempts have pixels in their records.
                    #expect(lends ? cut <= tiles.sent - tiles.completed : cut >= tiles.completed, "\(cut) of \(tiles)")
                    #expect(tiles.givenUp == 0)
                }
            }
        }

        /// Removed files free their space although the worker still runs.
        @Test func workerClosesRemovedCanvases() async throws {
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

        /// The worker was started with another folder. It gets the pixels in records instead.
        @Test func workerOfAnotherFolderGetsPixelsInRecords() async throws {
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
    /// The options for a worker to use this master's canvases.
    func canvases(_ lent: Bool) -> [String] { lent ? ["--canvases", "\(dataDirectory)/canvas"] : [] }
}
