import Foundation
import Subprocess
import Testing

extension MasterFaults {
    /// The wall clock is set, forward and back, in the middle of a job.
    @Suite(.serialized) struct ClockStepTests {
        private static let options = ["--min-size", "64", "--tile-size", "64", "--local-workers", "0"]
        private static let transforms = "blur:ksize=9"

        @Test func clockStepsMakeNoTileLateAndNoWorkerLost() async throws {
            try await Workbench.with { bench in
                let clock = try await WallClock(in: bench)
                let master = try await bench.startMaster(Self.options, environment: clock.environment)
                var workers: [ChildProcess] = []
                for id in ["worker-1", "worker-2"] {
                    let environment = clock.environment.merging(["TILEWORK_FAULT_TILE_MS": "150"]) { $1 }
                    workers.append(
                        try await bench.startWorker(id, of: master, ["--threads", "1"], environment: environment))
                }
                try await master.fleet(["worker-1", "worker-2"])
                let source = try TestImage.file(1280, 960)
                let expected = try WholeImage.result(of: source, transforms: Self.transforms)
                let job = try await master.submit(source, transforms: Self.transforms)

                var done = 0
                for hours in [1, 0, -1] {
                    done += 50
                    _ = try await master.underWay(job, done: done)
                    try clock.step(to: hours)
                    // Heartbeats go on, and the master takes their times from the new clock.
                    try await eventually("the clock is off by \(hours) hours", within: 20) {
                        try await master.hoursOff() == hours ? true : nil
                    }
                }
                #expect(try await master.completed(job) == expected)
                let next = try await master.submit(TestImage.file(256, 256), transforms: "invert")
                #expect(next.createdAt < job.createdAt)
                #expect(try await master.final(next.jobId).status == "completed")

                try await master.fleet(["worker-1", "worker-2"])
                let statistics = try await master.statistics()
                #expect(statistics.tiles.reissued == 0)
                #expect(statistics.tiles.givenUp == 0)
                #expect(statistics.tiles.completed == job.progress.total + next.progress.total)
                #expect(statistics.workers.lost == 0)
                for worker in workers {
                    worker.send(SIGTERM)
                    #expect(try await worker.status(within: 20) == .exited(0))
                }
            }
        }

        /// The clock is set back while clients wait. They must not wait until the old time comes again: the group would
        /// lose its members without their knowledge, and not even the first tile would be sent.
        @Test func idleClientsGoOnAfterTheClockIsSetBack() async throws {
            try await Workbench.with { bench in
                let clock = try await WallClock(in: bench)
                let master = try await bench.startMaster(Self.options, environment: clock.environment)
                for id in ["worker-1", "worker-2"] {
                    _ = try await bench.startWorker(id, of: master, environment: clock.environment)
                }
                try await master.fleet(["worker-1", "worker-2"])
                try clock.step(to: -1)
                try await eventually("heartbeats come with the new time", within: 20) {
                    try await master.hoursOff() == -1 ? true : nil
                }
                // The new worker gets partitions only if the other members learn of it.
                _ = try await bench.startWorker("worker-3", of: master, environment: clock.environment)
                try await master.fleet(["worker-1", "worker-2", "worker-3"])
                let source = try TestImage.file(640, 640)
                let job = try await master.submit(source, transforms: Self.transforms)
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: Self.transforms))
                let statistics = try await master.statistics()
                #expect(statistics.tiles.reissued == 0)
                #expect(statistics.workers.lost == 0)
            }
        }
    }
}

/// A wall clock that a test can set for some processes. Their monotonic clocks are unchanged.
private struct WallClock {
    let environment: [String: String]
    private let file: String

    init(in bench: Workbench) async throws {
        file = bench.file("clock")
        let library = bench.file("clock_step.so")
        environment = ["LD_PRELOAD": library, "CLOCK_STEP_FILE": file]
        let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Tools/clock_step.c").path
        // Swift's toolchain needs one of these compilers, so one is installed.
        let compile = "exec \"$(command -v clang || command -v cc)\" -O1 -shared -fPIC -o \"$0\" \"$1\" -lpthread -ldl"
        let run = try await ProgramOutput.of("/bin/sh", ["-c", compile, library, source])
        guard run.status.isSuccess else { throw BenchError("\(source): \(run.error)") }
        try step(to: 0)
    }

    /// Sets the clock this many hours ahead of the right time.
    func step(to hours: Int) throws { try "\(hours * 3600)\n".write(toFile: file, atomically: true, encoding: .utf8) }
}

extension MasterProcess {
    /// By how many hours the last heartbeats of all workers are off; `nil` if workers differ.
    fileprivate func hoursOff() async throws -> Int? {
        let answer: HeartbeatTimes = try await api.get("/api/v1/workers").decoded()
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt)
        let hours = try answer.workers.map { worker in
            Int((try Date(worker.lastHeartbeat, strategy: style).timeIntervalSinceNow / 3600).rounded())
        }
        return Set(hours).count == 1 ? hours.first : nil
    }
}

private struct HeartbeatTimes: Decodable {
    struct Worker: Decodable { let lastHeartbeat: String }

    let workers: [Worker]
}
