import Foundation
import GRDB
import Testing
import TileCore

@testable import MasterDaemon

/// The history of jobs: working time, events, workers.
@Suite struct JobHistoryTests {
    private let test: TestStore
    private var store: Store { test.store }

    init() throws { test = try TestStore() }

    private func insertJob() async throws -> JobID {
        let job = JobRecord.sample()
        try await test.insert(job)
        return job.jobID
    }

    /// Moves the times of a job's row back by this many seconds.
    private func age(_ id: JobID, by seconds: Double) async throws {
        try await store.pool.write { database in
            guard var job = try JobRecord.fetchOne(database, key: id.rawValue) else { return }
            job.startedAt = job.startedAt.map { $0 - seconds }
            job.resumedAt = job.resumedAt.map { $0 - seconds }
            job.activeAt = job.activeAt.map { $0 - seconds }
            job.finishedAt = job.finishedAt.map { $0 - seconds }
            try job.update(database)
        }
    }

    @Test func aPauseBeforeARetryIsNotCounted() async throws {
        let id = try await insertJob()
        try await test.move(id, .begin)
        try await age(id, by: 3)
        try await test.move(id, .cancel)
        try await age(id, by: 200)
        try await test.move(id, .reopen)
        try await test.move(id, .begin)
        try await age(id, by: 5)
        let job = try #require(try await test.move(id, .complete(bytes: 9)))
        // 3 s and 5 s, and the time that the test itself takes.
        #expect((8..<100).contains(job.worked()))
        #expect(try #require(job.finishedAt).timeIntervalSince(try #require(job.startedAt)) > 200)
        #expect(job.resumedAt == nil)
    }

    /// A killed master records no end, so the time of the last tile counts.
    @Test func anUnfinishedRunCountsUntilItsLastTile() async throws {
        let id = try await insertJob()
        try await test.move(id, .begin)
        try await age(id, by: 10)
        try await store.apply([
            TileChange(tile: TileID(job: id, pass: 0, index: 0), generation: 1, status: .completed, worker: "w")
        ])
        try await age(id, by: 300)
        try await test.move(id, .begin)
        let job = try #require(try await store.job(id))
        #expect((10..<100).contains(job.worked()))
    }

    @Test func eventsAreStored() async throws {
        let id = try await insertJob()
        try await test.move(id, .begin)
        try await store.apply(
            [],
            ends: [
                AttemptEnd(
                    tile: TileID(job: id, pass: 0, index: 4), kind: .attemptFailed, attempt: 1, worker: "w-2",
                    reason: "no memory")
            ])
        try await test.move(id, .fail(reason: "it failed"))
        try await test.move(id, .reopen)
        try await test.move(id, .begin)
        try await test.move(id, .begin)
        let events = try await store.events(of: id)
        #expect(
            events.map(\.kind) == [.submitted, .started, .attemptFailed, .failed, .retried, .started, .continued])
        #expect(events[3].reason == "it failed")
        let view = TimelineView(try #require(try await store.job(id)), events)
        let attempt = try #require(view.events.first { $0.kind == .attemptFailed })
        #expect((attempt.tile?.row, attempt.tile?.column, attempt.tile?.pass) == (2, 2, 1))
        #expect((attempt.attempt, attempt.worker, attempt.reason) == (1, "w-2", "no memory"))
        try await test.move(id, .cancel)
        try await test.move(id, .delete)
        #expect(try await store.events(of: id).isEmpty)
    }

    @Test func theNewestEventsOfEachKindAreKept() async throws {
        let id = try await insertJob()
        let ends = (0..<250).map { number in
            AttemptEnd(tile: TileID(job: id, pass: 0, index: number % 6), kind: .attemptLate, attempt: number + 1)
        }
        try await store.apply([], ends: ends)
        let events = try await store.events(of: id)
        #expect(events.first?.kind == .submitted)
        #expect(events.dropFirst().map(\.attempt) == (151...250).map(Optional.init))
        // Events of a deleted job are not stored.
        try await store.apply([], ends: [AttemptEnd(tile: TileID(job: .make(), pass: 0, index: 0), kind: .workerLost)])
    }

    @Test func jobsAreFoundByWorker() async throws {
        let (id, other) = (try await insertJob(), try await insertJob())
        for job in [id, other] { try await test.move(job, .begin) }
        try await store.apply([
            TileChange(tile: TileID(job: id, pass: 0, index: 0), generation: 1, status: .completed, worker: "a"),
            TileChange(tile: TileID(job: id, pass: 0, index: 1), generation: 1, status: .completed, worker: "a"),
            TileChange(tile: TileID(job: other, pass: 0, index: 0), generation: 1, status: .completed, worker: "b"),
        ])
        #expect(try await store.jobs(JobQuery(worker: "a", limit: 9)).map(\.jobID) == [id])
        try await test.move(id, .cancel)
        try await test.move(id, .delete)
        #expect(try await store.jobs(JobQuery(worker: "a", limit: 9)).isEmpty)
    }

    /// A database of a release without histories.
    @Test func olderJobsHaveTheTimeBetweenTheirStartAndEnd() async throws {
        let folder = try TestFolder()
        let queue = try DatabaseQueue(path: folder.path("old.sqlite3"))
        try Schema.migrator.migrate(queue, upTo: "0004 owners of jobs")
        let id = JobID.make()
        try await queue.write { database in
            try database.execute(
                sql: """
                    INSERT INTO jobs (job_id, filename, status, created_at, started_at, finished_at, output_path,
                        output_bytes, source_bytes, source_format, width, height, channels, depth, transforms, format,
                        tile_size, pass, tile_count, fingerprint)
                    VALUES (?, ?, 'completed', '2026-01-01 00:00:00.000', '2026-01-01 00:00:01.000',
                        '2026-01-01 00:00:03.500', 'x', 1, 1, 'png', 64, 64, 3, 8, 'invert', 'png', 64, 0, 1, 'f')
                    """, arguments: [id.rawValue, "holiday\u{202E}gpj.exe"])
            try database.execute(
                sql: """
                    INSERT INTO tiles (job_id, pass, position, x, y, status, worker_id)
                    VALUES (?, 0, 0, 0, 0, 'completed', 'worker-9')
                    """, arguments: [id.rawValue])
        }
        try queue.close()
        let store = try Store(path: folder.path("old.sqlite3"))
        let job = try #require(try await store.job(id))
        #expect(job.workedMilliseconds == 2500)
        #expect(job.filename == "holidaygpj.exe")
        #expect(try await store.jobs(JobQuery(worker: "worker-9", limit: 9)).map(\.jobID) == [id])
    }
}
