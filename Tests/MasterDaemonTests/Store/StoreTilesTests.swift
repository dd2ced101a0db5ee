import Foundation
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
            tile: TileID(job: job, pass: 0, index: index), status: status, worker: worker, milliseconds: milliseconds)
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

    @Test func tilesOfJobsThatAreGoneArePassedOver() async throws {
        let job = try await job()
        try await store.apply([
            change(.make(), 0, .completed), change(job, 99, .completed), change(job, 1, .completed),
            TileChange(tile: TileID(job: job, pass: 1, index: 0), status: .completed),
        ])
        #expect(try await store.tileCounts([job])[job] == TileCounts(total: 6, completed: 1, failed: 0))
    }

    @Test func tilesAreCountedByJob() async throws {
        let (one, two) = (try await job(), try await job())
        try await store.apply([
            change(one, 0, .completed), change(one, 1, .completed), change(one, 2, .failed),
            change(two, 0, .processing),
        ])
        let nobody = JobID.make()
        #expect(
            try await store.tileCounts([one, two, nobody]) == [
                one: TileCounts(total: 6, completed: 2, failed: 1), two: TileCounts(total: 6, completed: 0, failed: 0),
                nobody: TileCounts(),
            ])
    }

    @Test func aResetForgetsAll() async throws {
        let (one, two) = (try await job(), try await job())
        try await store.apply([change(one, 0, .completed, worker: "w", milliseconds: 1), change(two, 0, .completed)])
        try await store.resetTiles(one)
        let tile = try await store.tiles(one, pass: 0)[0]
        #expect(tile.status == .pending)
        #expect(tile.workerID == nil)
        #expect(tile.milliseconds == nil)
        #expect(try await store.missingTiles(one, pass: 0) == Array(0..<6))
        #expect(try await store.missingTiles(two, pass: 0) == Array(1..<6))
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

    @Test func nobodyIsKnownToBeOnlineAtTheStart() async throws {
        try await store.save([worker("a", .online), worker("b", .online)])
        try await store.markAllWorkersOffline()
        #expect(try await store.workers().map(\.status) == [.offline, .offline])
    }
}
