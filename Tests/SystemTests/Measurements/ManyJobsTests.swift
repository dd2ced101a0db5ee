import Foundation
import Testing
import TileCore

extension Measurements {
    /// A queue of many small jobs behind some big ones.
    @Suite struct ManyJobsTests {
        /// The jobs in the queue. `TILEWORK_TEST_MANY_JOBS=200` sets the full load of 200 small jobs.
        private struct Load {
            let small: [(width: Int, height: Int)]
            let smallCount: Int
            let big: (width: Int, height: Int)
            let bigCount: Int
            let tileSize: Int

            static let asked: Load = {
                guard let count = ProcessInfo.processInfo.environment["TILEWORK_TEST_MANY_JOBS"].flatMap(Int.init)
                else {
                    return Load(
                        small: [(640, 480), (480, 640), (700, 440)], smallCount: 60, big: (4000, 3000), bigCount: 2,
                        tileSize: 256)
                }
                return Load(
                    small: [(1200, 900), (2000, 1000), (1600, 1900), (2000, 2000)], smallCount: count,
                    big: (10_000, 7000), bigCount: 5, tileSize: 512)
            }()
        }

        @Test func smallJobsDoNotWaitForBigOnes() async throws {
            let load = Load.asked
            let small = try load.small.enumerated().map { index, size in
                try TestImage.file(size.width, size.height, seed: UInt64(index))
            }
            let big = try TestImage.file(load.big.width, load.big.height, seed: 9)
            let expectedSmall = try small.map { try WholeImage.result(of: $0, transforms: "invert") }
            let expectedBig = try WholeImage.result(of: big, transforms: "invert")

            try await Workbench.with { bench in
                // With slower tiles, the jobs compete for the workers' time.
                let master = try await bench.startMaster(
                    ["--min-size", "64", "--tile-size", "\(load.tileSize)"],
                    environment: ["TILEWORK_THREADS": "2", "TILEWORK_FAULT_TILE_MS": "20"])
                try await master.fleet(["worker-1", "worker-2"])
                var memory = MemoryPeak(of: master.process)
                var jobs: [(job: JobAnswer, expected: Data)] = []
                for _ in 0..<load.bigCount {
                    let job = try await master.submit(big, transforms: "invert")
                    jobs.append((job, expectedBig))
                    memory.sample()
                }
                for index in 0..<load.smallCount {
                    let kind = index % small.count
                    let job = try await master.submit(small[kind], transforms: "invert")
                    jobs.append((job, expectedSmall[kind]))
                    memory.sample()
                }
                try await eventually("all jobs have ended", within: 240, every: .milliseconds(50)) {
                    memory.sample()
                    let counts = try await master.statistics().jobs
                    return counts["pending"] == 0 && counts["processing"] == 0 ? true : nil
                }
                memory.sample()
                print("master: \(memory)")
                #expect(memory.resident > 0 && memory.resident < 400)

                var ended: [JobAnswer] = []
                for (job, expected) in jobs {
                    #expect(try await master.completed(job) == expected)
                    ended.append(try await master.job(job.jobId))
                }
                try Self.checkFairness(small: Array(ended[load.bigCount...]), big: Array(ended[..<load.bigCount]))
            }
        }

        /// - Parameter small: the small jobs in the order of their acceptance.
        private static func checkFairness(small: [JobAnswer], big: [JobAnswer]) throws {
            let shared = try spread(small.map(\.processingSeconds), "from start to end")
            let waited = try spread(small.map(\.totalSeconds), "from acceptance to end")
            // The jobs get fair shares of the workers' time if all small jobs take about the same time.
            #expect(shared.slowest <= 5 * shared.mean)
            // In a queue that advances evenly, the last job waits twice as long as the average.
            #expect(waited.slowest <= 3 * waited.mean)

            // Jobs start in order, so a job is overtaken only by jobs that run at the same time.
            let overtaken = small.indices.map { index in
                small[index...].filter { $0.end < small[index].end }.count
            }
            let most = try #require(overtaken.max())
            print("\(most) small jobs at most overtook one that had come before them")
            #expect(most <= small.count / 2)

            // Small jobs end sooner, although the big ones came first.
            let lastSmall = try #require(small.map(\.end).max())
            let firstBig = try #require(big.map(\.end).min())
            print("the last small job ended at \(lastSmall), the first big one at \(firstBig)")
            #expect(lastSmall < firstBig)
        }

        private static func spread(_ seconds: [Double?], _ what: String) throws -> (mean: Double, slowest: Double) {
            let all = try seconds.map { one in try #require(one) }
            let mean = all.reduce(0, +) / Double(all.count)
            let slowest = try #require(all.max())
            let text = String(format: "%.2f s on average, %.2f s the slowest", mean, slowest)
            print("\(all.count) small jobs, \(what): \(text)")
            return (mean, slowest)
        }
    }
}
