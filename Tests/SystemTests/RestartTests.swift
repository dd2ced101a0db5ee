import Foundation
import Subprocess
import Testing
import TileCore

extension SystemTests {
    /// Processes that end in the middle of a job, in order or not.
    @Suite(.serialized) struct RestartTests {
        private static let options = ["--min-size", "64", "--tile-size", "64"]
        private static let slow = SystemTests.SmallTiles.slow

        @Test(arguments: [SIGTERM, SIGKILL]) func restartedMasterGoesOnWithItsJob(after signal: Int32) async throws {
            try await Workbench.with { bench in
                let data = bench.file("data")
                let master = try await bench.startMaster(Self.options, dataDirectory: data)
                let source = try TestImage.file(640, 640, .bgra(.eight))
                let job = try await master.submit(source, transforms: Self.slow)
                let seen = try await master.underWay(job, done: 30)
                master.process.send(signal)
                let status = try await master.process.status(within: 60)
                #expect(status == (signal == SIGTERM ? .exited(0) : .signaled(signal)))

                let next = try await bench.startMaster(Self.options, dataDirectory: data)
                let resumed = try await next.job(job.jobId)
                #expect(!resumed.isFinal)
                #expect(resumed.progress.completed >= seen.progress.completed)
                #expect(try await next.completed(job) == WholeImage.result(of: source, transforms: Self.slow))
                // Tiles that were done before are not done again.
                let tiles = try await next.statistics().tiles
                #expect(tiles.completed <= 100 - seen.progress.completed)
            }
        }

        /// A killed master can leave such a canvas.
        @Test func tooShortCanvasIsMadeAgain() async throws {
            try await Workbench.with { bench in
                let data = bench.file("data")
                let master = try await bench.startMaster(Self.options, dataDirectory: data)
                let source = try TestImage.file(640, 640, .bgra(.eight))
                let job = try await master.submit(source, transforms: Self.slow)
                _ = try await master.underWay(job, done: 10)
                master.process.send(SIGKILL)
                _ = try await master.process.status(within: 60)
                let canvas = try FileHandle(forWritingTo: URL(filePath: "\(data)/canvas/\(job.jobId)/1.raw"))
                #expect(try canvas.seekToEnd() == 640 * 640 * 4)
                try canvas.truncate(atOffset: 0)
                try canvas.close()

                let next = try await bench.startMaster(Self.options, dataDirectory: data)
                #expect(try await next.completed(job) == WholeImage.result(of: source, transforms: Self.slow))
            }
        }

        @Test func workerStartedByHandFindsTheRestartedMaster() async throws {
            try await Workbench.with { bench in
                let data = bench.file("data")
                let options = Self.options + ["--local-workers", "0"]
                let master = try await bench.startMaster(options, dataDirectory: data)
                let port = try #require(master.api.base.port)
                let worker = try await bench.startWorker("worker-1", of: master)
                let source = try TestImage.file(640, 640)
                let job = try await master.submit(source, transforms: Self.slow)
                _ = try await master.underWay(job, done: 10)
                master.process.send(SIGKILL)
                _ = try await master.process.status(within: 60)
                let next = try await bench.startMaster(options, dataDirectory: data, port: port)
                #expect(try await next.completed(job) == WholeImage.result(of: source, transforms: Self.slow))
                #expect(!worker.hasEnded)
            }
        }

        @Test func killedLocalWorkerIsStartedAgain() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options)
                let source = try TestImage.file(640, 640)
                let job = try await master.submit(source, transforms: Self.slow)
                _ = try await master.underWay(job, done: 10)
                let killed = try await master.worker("worker-1").pid
                kill(killed, SIGKILL)
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: Self.slow))
                let next = try await eventually("there is another worker-1", within: 30) {
                    let worker = try await master.workers().online("worker-1")
                    return worker?.pid != killed ? worker : nil
                }
                #expect(next.pid != master.process.pid)
                #expect(try await master.statistics().tiles.givenUp == 0)
            }
        }
    }
}
