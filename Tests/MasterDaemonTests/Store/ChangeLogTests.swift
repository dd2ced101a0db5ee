import Foundation
import Testing
import TileCore

@testable import MasterDaemon

/// Every write to the database is recorded for the live channel.
@Suite struct ChangeLogTests {
    let test: TestStore
    var store: Store { test.store }

    init() throws { test = try TestStore() }

    /// Inserts a job and empties the log.
    private func job(_ status: JobStatus) async throws -> JobID {
        let id = try await test.insert(status).jobID
        _ = store.changes.take()
        return id
    }

    @Test func anInsertedJobIsAChange() async throws {
        let id = try await test.insert(.pending).jobID
        #expect(store.changes.take().jobs == [id])
        #expect(store.changes.take().jobs.isEmpty)
    }

    @Test func anUpdateIsAChangeIfItChangesTheRow() async throws {
        let id = try await job(.processing)
        _ = try await store.transition(id, .cancel, from: JobMachine.Row(status: .completed, generation: 0))
        #expect(store.changes.take().jobs.isEmpty)
        try await store.begin(pass: 1, of: JobMachine.Run(job: id, generation: 0))
        #expect(store.changes.take().jobs == [id])
    }

    @Test func aRetrySetsTilesBack() async throws {
        let id = try await job(.failed)
        try await test.move(id, .reopen)
        let changes = store.changes.take()
        #expect((changes.jobs, changes.reset) == ([id], [id]))
        _ = try await store.transition(id, .reopen, from: JobMachine.Row(status: .failed, generation: 0))
        #expect(store.changes.take().reset.isEmpty)
    }

    @Test func aRestartSetsTilesBack() async throws {
        let id = try await job(.processing)
        let run = try #require(try await test.move(id, .begin)).run
        _ = store.changes.take()
        _ = try await store.restart(run, boot: "b", passes: 1)
        #expect(store.changes.take().reset == [id])
    }

    @Test func aDeletedJobIsOneChange() async throws {
        let id = try await job(.completed)
        try await test.move(id, .delete)
        try await test.move(id, .delete)
        #expect(store.changes.take().deleted == [id: nil])
    }

    @Test func onlyTilesOfWatchedJobsAreKept() async throws {
        let (watched, other) = (try await job(.processing), try await job(.processing))
        let changes = [watched, other].map {
            TileChange(tile: TileID(job: $0, pass: 0, index: 0), generation: 0, status: .completed, worker: "w")
        }
        store.changes.watch(watched)
        store.changes.watch(watched)
        store.changes.unwatch(watched)
        try await store.apply(changes)
        let found = store.changes.take()
        #expect(found.jobs == [watched, other])
        #expect(found.tiles.map(\.tile.job) == [watched])
        store.changes.unwatch(watched)
        try await store.apply(changes)
        #expect(store.changes.take().tiles.isEmpty)
    }

    @Test func aSavedWorkerIsAChange() async throws {
        let worker = WorkerRecord(
            workerID: "w", status: .online, lastHeartbeat: Date(), host: "h", pid: 1, slots: 1, tilesDone: 0)
        try await store.save([worker])
        #expect(store.changes.take().workers == ["w"])
    }
}
