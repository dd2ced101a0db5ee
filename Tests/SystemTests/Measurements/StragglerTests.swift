import Foundation
import Testing
import TileCore

extension Measurements {
    /// A worker that is much slower than the others.
    @Suite struct StragglerTests {
        private static let transforms = "blur:ksize=9"

        @Test func slowWorkerHardlyDelaysAJob() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(
                    ["--local-workers", "0", "--min-size", "64", "--tile-size", "64"])
                func start(_ id: String, milliseconds: Int) async throws {
                    _ = try await bench.startWorker(
                        id, of: master, ["--threads", "1"], environment: ["TILEWORK_FAULT_TILE_MS": "\(milliseconds)"])
                }
                let source = try TestImage.file(768, 768)
                let expected = try WholeImage.result(of: source, transforms: Self.transforms)
                func seconds() async throws -> Double {
                    let job = try await master.submit(source, transforms: Self.transforms)
                    #expect(job.progress.total == 144)
                    #expect(try await master.completed(job) == expected)
                    let seconds = try await master.job(job.jobId).processingSeconds
                    return try #require(seconds)
                }
                try await start("worker-1", milliseconds: 60)
                try await start("worker-2", milliseconds: 60)
                try await master.fleet(["worker-1", "worker-2"])
                let quick = try await seconds()
                let before = try await master.statistics().tiles

                try await start("worker-3", milliseconds: 600)
                try await master.fleet(["worker-1", "worker-2", "worker-3"])
                let mixed = try await seconds()
                let after = try await master.statistics().tiles
                print(
                    String(
                        format: "two quick workers %.2f s, with a slow third one %.2f s: %.2f times, %d speculative",
                        quick, mixed, mixed / quick, after.backups - before.backups))
                #expect(mixed <= 1.3 * quick)
                #expect(after.backups > before.backups)
                #expect(after.givenUp == 0)
            }
        }
    }
}
