import Foundation
import Testing
import TileCore

@testable import MasterDaemon

/// The life of jobs in the real service, with pixels, files and a database.
@Suite(.timeLimit(.minutes(10))) struct JobRunnerTests {
    private func code(_ body: () async throws -> Void) async -> ServiceError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? ServiceError)?.code
        }
    }

    @Test(arguments: ["invert", "blur:ksize=9,sharpen", "grayscale,blur:ksize=31"])
    func aJobIsDone(transforms: String) async throws {
        let bench = try ServiceBench()
        try await bench.running { service in
            let job = try await bench.submit(transforms: transforms)
            await service.runner.settled(job.jobID)
            let done = try await service.job(job.jobID)
            #expect(done.status == .completed && done.generation == 1)
            #expect(done.tilesCompleted == done.tileCount)
            #expect(try bench.isRight(done))
            #expect(
                bench.jobFiles == [
                    "uploads/\(job.jobID)", "outputs/\(job.jobID).png", "previews/\(job.jobID).jpg",
                ])
        }
    }

    /// Small images came and were queued twice, and two runs of one job went in parallel.
    @Test func manyJobsAreDoneOnceEach() async throws {
        let bench = try ServiceBench()
        try await bench.running { service in
            let jobs = try await withThrowingTaskGroup(of: JobID.self) { group in
                for number in 0..<60 { group.addTask { try await bench.submit(number, side: 90).jobID } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for job in jobs {
                await service.runner.settled(job)
                let done = try await service.job(job)
                #expect(done.status == .completed && done.generation == 1, "\(done)")
                #expect(try bench.isRight(done))
            }
        }
    }

    @Test func aCancelledJobIsRetriedForWhatIsMissing() async throws {
        let bench = try ServiceBench()
        try await bench.running { service in
            bench.transport.hold()
            let job = try await bench.submit()
            await bench.transport.waitUntilSent(2)
            #expect(try await service.cancel(job.jobID).status == .cancelled)
            #expect(await code { _ = try await service.cancel(job.jobID) } == .wrongState)
            bench.transport.release()
            // Two at once: one retries, the other hears that there is nothing to retry.
            async let first = code { _ = try await service.retry(job.jobID) }
            async let second = code { _ = try await service.retry(job.jobID) }
            let codes = await [first, second]
            #expect(Set(codes) == [nil, .wrongState])
            await service.runner.settled(job.jobID)
            let done = try await service.job(job.jobID)
            #expect(done.status == .completed && done.generation == 2)
            #expect(try bench.isRight(done))
        }
    }

    @Test func aDeletedJobLeavesNothing() async throws {
        let bench = try ServiceBench()
        try await bench.running { service in
            bench.transport.hold()
            let job = try await bench.submit()
            await bench.transport.waitUntilSent(2)
            try await service.delete(job.jobID)
            #expect(await code { _ = try await service.job(job.jobID) } == .notFound)
            #expect(await code { try await service.delete(job.jobID) } == .notFound)
            bench.transport.release()
            await service.runner.settled(job.jobID)
            #expect(bench.jobFiles == [])
        }
    }

    @Test func aDamagedSourceFailsItsJobAndLeavesNoCanvas() async throws {
        let bench = try ServiceBench()
        try await bench.running { service in
            let id = JobID.make()
            let whole = try await bench.submit()
            await service.runner.settled(whole.jobID)
            var bytes = try Data(contentsOf: URL(filePath: service.files.source(whole.jobID)))
            for place in bytes.count / 2..<bytes.count / 2 + 100 { bytes[place] ^= 0x55 }
            try bytes.write(to: URL(filePath: service.files.source(id)))
            let job = try await service.submit(
                id,
                JobRequest(filename: "a.png", idempotencyKey: nil) { ["transforms": "invert", "format": "png"][$0] })
            await service.runner.settled(id)
            let failed = try await service.job(job.jobID)
            #expect(failed.status == .failed && failed.error?.isEmpty == false)
            #expect(!bench.jobFiles.contains { $0.hasPrefix("canvas/\(id)/") })
        }
    }

    /// The master ends in the middle, and its next start goes on.
    @Test func aJobGoesOnAfterARestart() async throws {
        let first = try ServiceBench()
        let job = try await first.running { _ in
            first.transport.hold()
            let job = try await first.submit()
            await first.transport.waitUntilSent(2)
            return job
        }
        #expect(try await first.service.job(job.jobID).status == .processing)
        let second = try ServiceBench(folder: first.folder)
        try await second.running { service in
            // The runner takes up what it finds before it does anything else.
            while try await service.job(job.jobID).generation < 2 { await Task.yield() }
            await service.runner.settled(job.jobID)
            let done = try await service.job(job.jobID)
            #expect(done.status == .completed)
            #expect(try second.isRight(done))
        }
    }

    /// Jobs come, are cancelled, retried and deleted in random order; whatever is left is completed and right.
    @Test(arguments: 0..<20 as Range<UInt64>) func fiftyRandomOrdersAtATime(seed: UInt64) async throws {
        let bench = try ServiceBench(tileSize: 64)
        try await bench.running { service in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    var random = SeededGenerator(seed: seed &* 1000 &+ UInt64(number))
                    let orders = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                        [JobMachine.Command.cancel, .retry, .retry, .delete, .expire].randomElement(using: &random)
                            ?? .cancel
                    }
                    let pauses = orders.map { _ in Int.random(in: 0..<4000, using: &random) }
                    group.addTask {
                        let job = try await bench.submit(number, side: 100)
                        await withTaskGroup(of: Void.self) { users in
                            for (order, pause) in zip(orders, pauses) {
                                users.addTask {
                                    try? await Task.sleep(for: .microseconds(pause * 5))
                                    _ = try? await service.runner.request(order, job.jobID)
                                }
                            }
                        }
                        try await finish(job.jobID, service, bench)
                    }
                }
                try await group.waitForAll()
            }
            let left = Set(try await service.store.allJobIDs().map(\.rawValue))
            let owners = Set(bench.jobFiles.map { String($0.split(separator: "/")[1].prefix(36)) })
            #expect(owners.isSubset(of: left), "files of deleted jobs")
        }
    }

    /// Brings a job to its end and looks at it.
    private func finish(_ id: JobID, _ service: JobService, _ bench: ServiceBench) async throws {
        await service.runner.settled(id)
        guard let job = try await service.store.job(id) else { return }
        #expect(job.status.isFinal, "\(job)")
        if job.status != .completed { _ = try await service.retry(id) }
        await service.runner.settled(id)
        let done = try await service.job(id)
        #expect(done.status == .completed && done.tilesCompleted == done.tileCount, "\(done)")
        #expect(try bench.isRight(done))
    }
}
