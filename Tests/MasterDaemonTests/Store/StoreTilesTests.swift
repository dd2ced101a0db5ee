import Foundation
import GRDB
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct StoreTilesTests {
    private let test: TestStore
    private var store: Store { test.store }

    init() throws { test = try TestStore() }

    private func job() async throws -> JobID {
        let job = JobRecord.sample()
        try await test.insert(job)
        return job.jobID
    }

    private func change(
        _ job: JobID, _ index: Int, _ status: TileStatus, worker: String? = nil, milliseconds: Double? = nil
    ) -> TileChange {
        TileChange(
            tile: TileID(job: job, pass: 0, index: index), generation: 0, status: status, worker: worker,
            milliseconds: milliseconds)
    }

    @Test func aCompletedTileKnowsItsWorker() async throws {
        let job = try await job()
        try await store.apply([change(job, 3, .completed, worker: "worker-1", milliseconds: 12.5)])
        let tile = try await store.tiles(job, pass: 0)[3]
        #expect(tile.status == .completed)
        #expect(tile.workerID == "worker-1")
        #expect(tile.milliseconds == 12.5)
        #expect(try await store.missingTiles(job, pass: 0) == [0, 1, 2, 4, 5])
    }

    @Test func aCompletedTileStaysCompleted() async throws {
        let job = try await job()
        try await store.apply([
            change(job, 0, .completed, worker: "first", milliseconds: 1), change(job, 0, .failed),
            change(job, 0, .processing), change(job, 0, .completed, worker: "second", milliseconds: 2),
        ])
        let tile = try await store.tiles(job, pass: 0)[0]
        #expect(tile.status == .completed)
        #expect(tile.workerID == "first")
        #expect(tile.milliseconds == 1)
    }

    @Test func changesOfUnknownTilesAreDropped() async throws {
        let job = try await job()
        try await store.apply([
            change(.make(), 0, .completed), change(job, 99, .completed), change(job, 1, .completed),
            TileChange(tile: TileID(job: job, pass: 1, index: 0), generation: 0, status: .completed),
            TileChange(tile: TileID(job: job, pass: 0, index: 2), generation: 1, status: .completed),
        ])
        #expect(try await store.missingTiles(job, pass: 0) == [0, 2, 3, 4, 5])
    }

    @Test func tilesAreCountedByJob() async throws {
        let (one, two) = (try await job(), try await job())
        try await store.apply([
            change(one, 0, .completed), change(one, 1, .completed), change(one, 2, .failed),
            change(two, 0, .processing),
        ])
        try await store.apply([change(one, 0, .completed), change(one, 2, .processing)])
        let jobs = [try await store.job(one), try await store.job(two)]
        #expect(jobs.map { $0?.tilesCompleted } == [2, 0])
        #expect(jobs.map { $0?.tilesFailed } == [0, 0])
    }

    /// A database of the previous release has tiles, but no counts.
    @Test func aMigrationCountsExistingTiles() async throws {
        let path = test.folder.path("old.sqlite3")
        let pool = try DatabasePool(path: path)
        try Schema.migrator.migrate(pool, upTo: "0001 jobs, tiles and workers")
        let id = JobID.make()
        try await pool.write { database in
            try database.execute(
                sql: """
                    INSERT INTO jobs (job_id, filename, status, created_at, source_bytes, source_format, width, height,
                        channels, depth, transforms, format, tile_size, pass, tile_count, fingerprint)
                    VALUES (?, 'a.png', 'processing', '2026-01-01 00:00:00.000', 1, 'png', 150, 100, 3, 8, 'invert',
                        'png', 64, 0, 3, 'f');
                    """, arguments: [id.rawValue])
            for (position, status) in ["completed", "failed", "completed"].enumerated() {
                try database.execute(
                    sql: "INSERT INTO tiles (job_id, pass, position, x, y, status) VALUES (?, 0, ?, 0, 0, ?)",
                    arguments: [id.rawValue, position, status])
            }
        }
        try pool.close()
        let job = try #require(try await Store(path: path).job(id))
        #expect((job.tilesCompleted, job.tilesFailed, job.generation) == (2, 1, 0))
    }

    // MARK: Workers

    private func worker(_ id: String, _ status: WorkerRecord.Status, tiles: Int = 0) -> WorkerRecord {
        WorkerRecord(
            workerID: id, status: status, lastHeartbeat: Date(timeIntervalSince1970: 1_700_000_000), host: "h", pid: 1,
            slots: 2, tilesDone: tiles)
    }

    @Test func aWorkerIsOneRow() async throws {
        try await store.save([worker("b", .online), worker("a", .offline)])
        try await store.save([worker("b", .online, tiles: 5)])
        #expect(try await store.workers() == [worker("a", .offline), worker("b", .online, tiles: 5)])
    }

    @Test func allWorkersAreOfflineAtTheStart() async throws {
        try await store.save([worker("a", .online), worker("b", .online)])
        try await store.markAllWorkersOffline()
        #expect(try await store.workers().map(\.status) == [.offline, .offline])
    }
}
