import Foundation
import Testing
import TileCore

extension Measurements {
    /// Rates with more workers.
    @Suite struct ScalingTests {
        /// The milliseconds that a tile keeps its thread, far longer than it computes. So two cores are enough for
        /// eight workers of equal speed.
        private static let delay = 150
        private static let seconds = 5.0

        @Test func eightWorkersDoAlmostEightTimesAsMuchAsOne() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(
                    ["--local-workers", "0", "--min-size", "64", "--tile-size", "64"])
                // The job has more tiles than this test needs.
                let job = try await master.submit(TestImage.file(2560, 2560, .gray(.eight)), transforms: "blur")
                var fleet: [String] = []
                var rates: [Int: Double] = [:]
                var lines = ["workers  tiles/s  efficiency  first tile after"]
                for count in [1, 2, 4, 8] {
                    let start = ContinuousClock.now
                    let joining = (fleet.count + 1...count).map { "worker-\($0)" }
                    for id in joining {
                        _ = try await bench.startWorker(
                            id, of: master, ["--threads", "1"], environment: ["TILEWORK_FAULT_TILE_MS": "\(Self.delay)"]
                        )
                    }
                    // A worker gets tiles soon after it joins, also in the middle of a job.
                    for id in joining {
                        try await eventually("\(id) has done a tile", within: 15, every: .milliseconds(100)) {
                            try await master.tiles(job.jobId).workers.contains(id) ? true : nil
                        }
                    }
                    let wait = (ContinuousClock.now - start) / .seconds(1)
                    fleet += joining
                    try await master.fleet(fleet)
                    let rate = try await Self.rate(of: master, workers: count)
                    rates[count] = rate
                    let efficiency = rate / Double(count) / (rates[1] ?? rate)
                    lines.append(String(format: "%7d  %7.2f  %8.0f %%  %14.1f s", count, rate, efficiency * 100, wait))
                }
                print(lines.joined(separator: "\n"))
                let one = try #require(rates[1])
                for (count, rate) in rates {
                    let what: Comment = "\(count) workers do \(rate) tiles a second, one does \(one)"
                    #expect(rate >= 0.95 * Double(count) * one, what)
                }
                #expect(try await master.job(job.jobId).status == "processing")
                #expect(try await master.cancel(job.jobId).status == 200)
            }
        }

        /// The rate in tiles a second, measured from the end of one tile to the end of another some seconds later.
        private static func rate(of master: MasterProcess, workers: Int) async throws -> Double {
            // Tiles that workers had taken before the rebalance are done twice.
            let settled = try await master.statistics().tiles.completed + 4 * workers
            let start = try await tile(after: settled, of: master)
            var end = start
            while end.time - start.time < .seconds(seconds) { end = try await tile(after: end.count, of: master) }
            return Double(end.count - start.count) / ((end.time - start.time) / .seconds(1))
        }

        /// The time at which more than `count` tiles are done, and their number.
        private static func tile(
            after count: Int, of master: MasterProcess
        ) async throws -> (count: Int, time: ContinuousClock.Instant) {
            try await eventually("more than \(count) tiles are done", within: 30) {
                let done = try await master.statistics().tiles.completed
                let found: (count: Int, time: ContinuousClock.Instant) = (done, ContinuousClock.now)
                return done > count ? found : nil
            }
        }
    }
}
