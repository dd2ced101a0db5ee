import Foundation
import Subprocess
import Testing

extension WorkerFaults {
    /// A tile that crashes each worker that tries it.
    @Suite(.serialized) struct PoisonTests {
        private static let options = ["--min-size", "64", "--tile-size", "64"]
        private static let poison = "sharpen,invert"

        @Test func deadlyTileFailsItsJobAndNoOther() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(
                    Self.options, environment: ["TILEWORK_FAULT_CRASH": "\(Self.poison)@3"])
                try await master.fleet(["worker-1", "worker-2"])
                let poisoned = try await master.submit(TestImage.file(256, 128), transforms: Self.poison)
                let source = try TestImage.file(640, 640, seed: 2)
                let ordinary = try await master.submit(source, transforms: "blur:ksize=9")

                let failed = try await master.final(poisoned.jobId, within: 180)
                #expect(failed.status == "failed")
                #expect(try #require(failed.error).contains("worker"))
                let completed = try await master.final(ordinary.jobId, within: 180)
                try #require(completed.status == "completed", "\(completed.error ?? "")")
                #expect(
                    try await master.result(ordinary.jobId)
                        == WholeImage.result(of: source, transforms: "blur:ksize=9"))

                // The crashed workers are back, and no further worker crashes.
                try await master.fleet(["worker-1", "worker-2"], within: 120)
                let next = try await master.submit(source, transforms: "invert")
                #expect(try await master.completed(next) == WholeImage.result(of: source, transforms: "invert"))
                #expect(try await master.statistics().workers.lost > 0)
            }
        }
    }
}
