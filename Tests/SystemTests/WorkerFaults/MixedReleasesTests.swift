import Foundation
import Subprocess
import Testing

extension WorkerFaults {
    /// Workers of an earlier release during an upgrade. They get no tiles with steps that they do not know.
    @Suite(.serialized) struct MixedReleasesTests {
        private static let old = ["TILEWORK_FAULT_STEPS": "invert,blur"]
        private static let options = ["--min-size", "64", "--tile-size", "64", "--local-workers", "0"]

        @Test func jobWithANewStepWaitsForANewWorker() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options)
                let old = try await bench.startWorker("old-1", of: master, environment: Self.old)
                try await master.fleet(["old-1"])
                let source = try TestImage.file(640, 640)
                let job = try await master.submit(source, transforms: "sepia,invert")
                try await eventually("the job says what it waits for", within: 20) {
                    try await master.job(job.jobId).message?.contains("supports 'sepia'") == true ? true : nil
                }
                // Jobs that the old worker can do are not blocked.
                let plain = try await master.submit(source, transforms: "invert")
                #expect(try await master.completed(plain) == WholeImage.result(of: source, transforms: "invert"))

                let new = try await bench.startWorker("new-1", of: master)
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: "sepia,invert"))
                #expect(try await master.job(job.jobId).message == nil)
                #expect(!old.hasEnded && !new.hasEnded)
                #expect(try await master.statistics().tiles.givenUp == 0)
            }
        }

        /// When a worker joins or leaves, partitions move to workers that cannot do the tiles in them.
        @Test func noJobFailsWhilePartitionsMove() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options)
                let slow = ["TILEWORK_FAULT_TILE_MS": "20"]
                _ = try await bench.startWorker("new-1", of: master, environment: slow)
                try await master.fleet(["new-1"])
                let source = try TestImage.file(1600, 1600)
                let transforms = "sepia,threshold"
                let job = try await master.submit(source, transforms: transforms)
                _ = try await master.underWay(job, done: 20)
                _ = try await bench.startWorker("old-1", of: master, environment: Self.old)
                try await master.fleet(["new-1", "old-1"])
                _ = try await bench.startWorker("old-2", of: master, environment: Self.old)
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: transforms))
                #expect(try await master.statistics().tiles.givenUp == 0)
            }
        }
    }
}
