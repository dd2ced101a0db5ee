import Foundation
import Testing

extension MasterFaults {
    /// A master is killed again and again, once in each step of a job (`Moment`).
    ///
    /// `TILEWORK_TEST_MASTER_KILLS` sets the number of kills. Each case of the test has five. `TILEWORK_TEST_SEED`
    /// repeats a run.
    @Suite(.serialized) struct MasterKillTests {
        private static let environment = ProcessInfo.processInfo.environment
        private static let cases = max(1, (environment["TILEWORK_TEST_MASTER_KILLS"].flatMap { Int($0) } ?? 5) / 5)
        private static let seeds: [UInt64] = {
            let first = environment["TILEWORK_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 1...1_000_000)
            return (0..<UInt64(cases)).map { first &+ $0 }
        }()

        @Test(arguments: seeds, [false, true]) func everyAcceptedJobFinishes(seed: UInt64, lent: Bool) async throws {
            try await Workbench.with { bench in
                var numbers = NumberSequence(seed: seed)
                var run = Run(bench: bench, master: try await bench.startRun(lent), lent: lent, seed: seed)
                var moments = Moment.allCases
                while !moments.isEmpty {
                    let moment = moments.remove(at: numbers.next(below: moments.count))
                    var isMet = false
                    // With larger images the moments last longer.
                    for scale in [1, 2, 2, 3] where !isMet {
                        try await run.submit(1 + numbers.next(below: 2), scale, &numbers)
                        let isSeen = try await run.reach(moment, done: 1 + numbers.next(below: 80))
                        isMet = try await run.replaceMaster(in: moment) && isSeen
                        let when = isMet ? "while" : "too late for"
                        print("seed \(seed): the master was killed \(when) \(moment), \(run.jobs.count) jobs accepted")
                        try await run.checkWhatIsKept()
                    }
                    #expect(isMet, "the master was to be killed while \(moment)")
                }
                try await run.checkResults()
            }
        }
    }
}

/// What the master does when it is killed.
private enum Moment: CaseIterable {
    case receiving, decoding, dispatching, collecting, encoding
}

/// A sequence of masters on one data directory.
private struct Run {
    let bench: Workbench
    var master: MasterProcess
    /// Whether the workers write into the canvases.
    let lent: Bool
    let seed: UInt64
    /// Images by their scale.
    private var sources: [Int: Data] = [:]
    /// The accepted jobs (202), with the scale of their images and their transforms.
    private(set) var jobs: [(job: JobAnswer, scale: Int, transforms: String)] = []

    init(bench: Workbench, master: MasterProcess, lent: Bool, seed: UInt64) {
        self.bench = bench
        self.master = master
        self.lent = lent
        self.seed = seed
    }

    mutating func submit(_ count: Int, _ scale: Int, _ numbers: inout NumberSequence) async throws {
        let source = try sources[scale] ?? TestImage.file(1400 * scale, 1000 * scale, seed: seed)
        sources[scale] = source
        for _ in 0..<count {
            let transforms = ["blur:ksize=9", "invert", "sharpen,grayscale"][numbers.next(below: 3)]
            let job = try await master.submit(source, transforms: transforms)
            jobs.append((job, scale, transforms))
        }
    }

    /// Waits for the moment of the newest job. Returns false if the moment passed unseen.
    /// - Parameter count: the number of tiles that have to be done at the moment `collecting`.
    func reach(_ moment: Moment, done count: Int) async throws -> Bool {
        let job = try #require(jobs.last?.job)
        if moment == .receiving {
            try await beginUpload()
            return true
        }
        return try await eventually("\(job.jobId) is \(moment)", within: 90, every: .milliseconds(2)) {
            switch moment {
            case .receiving, .decoding, .encoding: if leavesTrace(moment) { return true }
            case .dispatching: if try await master.tiles(job.jobId).states.contains("p") { return true }
            case .collecting:
                let progress = try await master.job(job.jobId).progress
                if progress.completed >= count, progress.completed < progress.total { return true }
            }
            return try await master.job(job.jobId).isFinal ? false : nil
        }
    }

    /// Whether files show that the newest job is at this moment. Dispatching and collecting leave no files, so the
    /// answer is always true for them.
    private func leavesTrace(_ moment: Moment) -> Bool {
        let job = jobs.last?.job.jobId ?? ""
        return switch moment {
        case .receiving: !uploads.subtracting(accepted).isEmpty
        case .decoding: master.jobFiles().contains { $0.hasPrefix("canvas/\(job)/decoding-") }
        case .encoding: exists("outputs/\(job).part.png")
        case .dispatching, .collecting: true
        }
    }

    private func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(master.dataDirectory)/\(path)")
    }

    /// Begins an upload that takes half a minute. Returns once the master has a part of it.
    private func beginUpload() async throws {
        let file = bench.file("slow.png")
        let source = try #require(sources[1])
        try source.write(to: URL(filePath: file))
        _ = try await bench.start(
            "/usr/bin/curl",
            [
                "-sS", "--limit-rate", "\(source.count / 30)", "-H", "Content-Type: application/octet-stream",
                "--data-binary", "@\(file)", "\(master.url)/api/v1/jobs?transforms=invert&filename=slow.png",
            ], name: "curl")
        try await eventually("a part of the upload is on the disk", within: 30) {
            let path = uploads.subtracting(accepted).first.map { "\(master.dataDirectory)/uploads/\($0)" }
            let part = path.flatMap { FileManager.default.contents(atPath: $0) }
            return part?.isEmpty == false ? true : nil
        }
    }

    private var accepted: Set<String> { Set(jobs.map { $0.job.jobId }) }

    private var uploads: Set<String> {
        let names = try? FileManager.default.contentsOfDirectory(atPath: "\(master.dataDirectory)/uploads")
        return Set(names ?? [])
    }

    /// Kills the master and starts the next one. Returns false if the moment had passed before the kill.
    mutating func replaceMaster(in moment: Moment) async throws -> Bool {
        master.process.send(SIGKILL)
        _ = try await master.process.status(within: 10)
        let isMet = leavesTrace(moment)
        master = try await bench.startRun(lent)
        return isMet
    }

    /// Checks that the master has all accepted jobs, and nothing else.
    func checkWhatIsKept() async throws {
        #expect(uploads == accepted)
        let known = try await master.statistics().jobs
        #expect(known.values.reduce(0, +) == jobs.count)
        #expect(known["failed"] == 0 && known["cancelled"] == 0)
    }

    /// Checks that all jobs have the right result.
    func checkResults() async throws {
        var expected: [String: Data] = [:]
        for (job, scale, transforms) in jobs {
            let source = try #require(sources[scale])
            let key = "\(transforms), scale \(scale)"
            let right = try expected[key] ?? WholeImage.result(of: source, transforms: transforms)
            expected[key] = right
            let isRight = try await master.completed(job) == right
            #expect(isRight, "\(job.jobId) with \(key)")
        }
        try await checkWhatIsKept()
        #expect(try await master.statistics().tiles.givenUp == 0)
        let results = master.jobFiles().filter { $0.hasPrefix("outputs/") }
        #expect(results == Set(accepted.map { "outputs/\($0).png" }))
    }
}

extension Workbench {
    fileprivate func startRun(_ lent: Bool) async throws -> MasterProcess {
        try await startMaster(
            ["--min-size", "64", "--tile-size", "128", "--lend-canvases", "\(lent)"], dataDirectory: file("data"),
            environment: ["TILEWORK_FAULT_TILE_MS": "15"])
    }
}
