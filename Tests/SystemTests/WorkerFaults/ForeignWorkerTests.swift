import Foundation
import Testing
import TileCore

extension WorkerFaults {
    /// Results that a faulty worker loses, repeats, delays or sends out of order.
    @Suite(.serialized) struct ForeignWorkerTests {
        private static let options = ["--min-size", "64", "--tile-size", "64", "--local-workers", "0"]
        private static let transforms = "blur:ksize=9"

        @Test(arguments: [false, true]) func eachTileOfAFaultyWorkerIsAcceptedOnce(besideAnother: Bool)
            async throws
        {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let master = try await bench.startMaster(Self.options + cluster.arguments)
                try await ForeignWorker.with(cluster) { foreign in
                    if besideAnother {
                        _ = try await bench.startWorker("worker-1", of: master, ["--threads", "1"] + cluster.arguments)
                        try await eventually("both have partitions") {
                            try await master.workers().online("worker-1")?.partitions.count == EmbeddedBroker.partitions
                                / 2 ? true : nil
                        }
                    }
                    try await work(foreign, of: master)
                    guard !besideAnother else { return }
                    #expect(foreign.surplus > 0)
                    let tiles = try await master.statistics().tiles
                    #expect(tiles.reissued > 0)
                    #expect(tiles.retried > 0)
                    try await failHopelessJob(foreign, of: master)
                }
            }
        }

        /// A tile that always fails ends its job, and no other.
        private func failHopelessJob(_ foreign: ForeignWorker, of master: MasterProcess) async throws {
            let source = try TestImage.file(256, 320)
            foreign.habit = .fails(attempts: .max)
            let hopeless = try await master.submit(source, transforms: Self.transforms)
            let failed = try await master.final(hopeless.jobId)
            #expect(failed.status == "failed")
            #expect(try #require(failed.error).contains("failed 4 times, last with: \(ForeignWorker.excuse)"))
            #expect(try await master.statistics().tiles.givenUp == 1)

            foreign.habit = .repeats
            let next = try await master.submit(source, transforms: Self.transforms)
            #expect(try await master.completed(next) == WholeImage.result(of: source, transforms: Self.transforms))
        }

        private func work(_ foreign: ForeignWorker, of master: MasterProcess) async throws {
            let source = try TestImage.file(256, 320)
            let expected = try WholeImage.result(of: source, transforms: Self.transforms)
            var total = 0
            for habit in ForeignWorker.Habit.bearable {
                foreign.habit = habit
                let job = try await master.submit(source, transforms: Self.transforms)
                #expect(try await master.completed(job) == expected, "\(habit)")
                total += job.progress.total
                let progress = try await master.job(job.jobId).progress
                #expect(progress.completed == progress.total && progress.failed == 0, "\(habit)")
                try await eventually("surplus results are dropped: \(habit)", within: 30) {
                    try await master.statistics().late >= foreign.surplus ? true : nil
                }
            }
            let statistics = try await master.statistics()
            #expect(statistics.tiles.completed == total)
            #expect(statistics.tiles.givenUp == 0)
            #expect(statistics.deadLetters == 0)
            for reason in ["no_such_tile", "other_pass", "wrong_pixels"] {
                #expect(statistics.droppedResults[reason, default: 0] == 0, "\(reason)")
            }
        }
    }
}
