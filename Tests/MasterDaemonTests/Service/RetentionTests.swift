import Foundation
import Testing
import TileCore

@testable import MasterDaemon

/// The sizes that `--max-storage` counts, from the database and the disk.
@Suite struct RetentionTests {
    private let test: TestStore
    private let files: JobFiles

    init() throws {
        test = try TestStore()
        files = JobFiles(root: test.folder.url)
        try files.prepare()
    }

    /// The jobs to remove, and the size of all jobs on the disk.
    private func expired(maximumBytes: Int) async throws -> (gone: [JobID], total: Int) {
        var meter = StorageMeter()
        let jobs = meter.measured(try await test.store.storedJobs(), now: .now) {
            files.storedBytes(of: $0.id, $0.format)
        }
        let policy = RetentionPolicy(maximumBytes: maximumBytes)
        return (policy.expired(of: jobs, now: Date()), jobs.reduce(0) { $0 + $1.bytes })
    }

    private func write(_ bytes: Int, _ path: String) throws {
        try Data(count: bytes).write(to: URL(filePath: path))
    }

    @Test(arguments: [JobStatus.failed, .cancelled]) func theCanvasesKeptForARetryAreCounted(status: JobStatus)
        async throws
    {
        let job = try await test.insert(status)
        try write(1234, files.source(job.jobID))
        try files.makeCanvasFolder(job.jobID)
        try write(300_000, files.canvas(job.jobID, before: 0))
        try write(300_000, files.canvas(job.jobID, before: 1))
        let found = try await expired(maximumBytes: 500_000)
        #expect(found.gone == [job.jobID])
        #expect((601_234...700_000).contains(found.total))
        #expect(try await expired(maximumBytes: 700_000).gone.isEmpty)
    }

    @Test func everyFileOfAJobCounts() async throws {
        let job = try await test.insert(.failed)
        let id = job.jobID
        try files.makeCanvasFolder(id)
        for path in [
            files.source(id), files.decoding(JobMachine.Run(job: id, generation: 1)), files.making(id),
            files.canvas(id, before: 3),
            files.path(JobFiles.outputName(id, job.format)), files.encoding(id, job.format), files.preview(id),
            files.overviews(id, .source), files.overviews(id, .result), files.makingOverviews(id, .source),
            files.makingOverviews(id, .result),
        ] {
            let before = try await expired(maximumBytes: .max).total
            try write(100_000, path)
            #expect(try await expired(maximumBytes: .max).total - before >= 100_000, "\(path)")
        }
    }
}
