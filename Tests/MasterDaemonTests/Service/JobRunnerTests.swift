import Dispatch
import Foundation
import GRDB
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

/// Jobs from acceptance to removal in the real service, with pixels, files and a database.
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

    /// In an earlier version small images were queued twice, and two runs of one job went in parallel.
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
            // Two requests at once: one retries, and the other is refused because there is nothing to retry.
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

    /// Damage near the end is found after some tiles are done. Their pixels are removed, so none of them counts.
    @Test func tilesOfADamagedSourceDoNotCount() async throws {
        let damage = DispatchSemaphore(value: 0)
        let bench = try ServiceBench { DamagedAfterAWhile(codecs: $0, damage: damage) }
        try await bench.running { service in
            let id = try await bench.submit(side: 300).jobID
            while try await service.job(id).tilesCompleted == 0 { await Task.yield() }
            damage.signal()
            await service.runner.settled(id)
            let failed = try await service.job(id)
            #expect(failed.status == .failed && failed.error == "the rows end here")
            #expect(failed.tilesCompleted == 0 && failed.tilesFailed == 0)
            #expect(!bench.jobFiles.contains { $0.hasPrefix("canvas/\(id)/") })
        }
    }

    /// The master ends in the middle of a job, and its next start resumes the job.
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
            // The runner resumes unfinished jobs before it does anything else.
            while try await service.job(job.jobID).generation < 2 { await Task.yield() }
            await service.runner.settled(job.jobID)
            let done = try await service.job(job.jobID)
            #expect(done.status == .completed)
            #expect(try second.isRight(done))
        }
    }

    /// An earlier release had done the first of two passes. This release needs only one pass.
    @Test func canvasesOfPassesThatWereCutElsewhereAreNotBelieved() async throws {
        let first = try ServiceBench()
        let job = try await first.running { _ in
            first.transport.hold()
            let job = try await first.submit(transforms: "invert,brightness")
            await first.transport.waitUntilSent(2)
            return job
        }
        let database = try DatabaseQueue(path: first.service.files.database)
        try await database.write { [id = job.jobID] database in
            try database.execute(
                sql: """
                    UPDATE tiles SET status = 'completed' WHERE job_id = ?;
                    INSERT INTO tiles (job_id, pass, position, x, y, status)
                        SELECT job_id, 1, position, x, y, 'pending' FROM tiles WHERE job_id = ?;
                    UPDATE jobs SET pass = 1, boot_id = ?, tile_count = 2 * tile_count WHERE job_id = ?;
                    """, arguments: [id.rawValue, id.rawValue, "\(BootID.current) 1+1", id.rawValue])
        }
        try database.close()
        // This canvas would be used if the passes were the same.
        let bytes = PixelBuffer.byteCount(size: job.size, format: job.pixelFormat)
        try Data(count: bytes).write(to: URL(filePath: first.service.files.canvas(job.jobID, before: 1)))
        let second = try ServiceBench(folder: first.folder)
        try await second.running { service in
            while try await service.job(job.jobID).generation < 2 { await Task.yield() }
            await service.runner.settled(job.jobID)
            let done = try await service.job(job.jobID)
            #expect(done.status == .completed)
            #expect(done.tilesCompleted == done.tileCount && done.tileCount == job.tileCount)
            #expect(try second.isRight(done))
        }
    }

    /// The runner was not told of the row, as if the message had been lost.
    @Test(arguments: [JobStatus.pending, .processing]) func aJobWithoutAnOwnerIsTakenUp(status: JobStatus) async throws
    {
        let bench = try ServiceBench(sweepInterval: .milliseconds(1))
        try await bench.running { service in
            let whole = try await bench.submit()
            await service.runner.settled(whole.jobID)
            var stray = try await service.job(whole.jobID)
            stray.jobID = .make()
            (stray.status, stray.generation) = (status, status == .processing ? 1 : 0)
            (stray.outputPath, stray.outputBytes, stray.finishedAt) = (nil, nil, nil)
            (stray.tilesCompleted, stray.pass) = (0, 0)
            if status == .pending { stray.startedAt = nil }
            try Data(contentsOf: URL(filePath: service.files.source(whole.jobID)))
                .write(to: URL(filePath: service.files.source(stray.jobID)))
            _ = try await service.store.insert(stray, plan: stray.plan())
            while try await service.job(stray.jobID).status != .completed { await Task.yield() }
            let done = try await service.job(stray.jobID)
            #expect(done.generation == stray.generation + 1)
            #expect(try bench.isRight(done))
        }
    }
}

/// Codecs that decode half of an image, and report damage when the test says so.
private struct DamagedAfterAWhile: ForwardingCodecs {
    let codecs: DirectCodecs
    let damage: DispatchSemaphore

    func decode(
        _ source: String, _ options: JobOptions, into canvas: Canvas, overviews: OverviewFile?,
        until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> [String] {
        progress(canvas.size.height / 2)
        damage.wait()
        throw ImagingError(.undecodable, "the rows end here")
    }
}
