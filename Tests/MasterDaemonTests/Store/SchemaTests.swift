import Foundation
import GRDB
import Testing
import TileCore

@testable import MasterDaemon

/// The tables' constraints refuse invalid rows.
@Suite struct SchemaTests {
    private let test: TestStore

    init() throws { test = try TestStore() }

    /// Whether the database refuses a statement because of a constraint.
    private func isRefused(_ sql: String) async -> Bool {
        do {
            try await test.store.pool.write { try $0.execute(sql: sql) }
            return false
        } catch {
            return (error as? DatabaseError)?.resultCode == .SQLITE_CONSTRAINT
        }
    }

    @Test(arguments: [
        "status = 'done'", "status = NULL", "status = 'completed'", "output_path = 'outputs/x.png'",
        "status = 'completed', finished_at = '2026-01-01'", "status = 'completed', output_path = 'x'",
        "status = 'failed', finished_at = '2026-01-01'", "status = 'failed', error = 'x'", "error = 'x'",
        "status = 'cancelled'", "status = 'cancelled', finished_at = '2026-01-01', output_path = 'x'",
        "finished_at = '2026-01-01'", "job_id = 'short'", "filename = NULL", "created_at = NULL", "width = 0",
        "height = 1048577", "width = 'wide'", "channels = 2", "depth = 12", "transforms = ''", "quality = 0",
        "quality = 101", "source_bytes = 0", "output_bytes = 0", "tile_size = 0", "pass = -1", "tile_count = 0",
        "fingerprint = NULL", "request_id = ''", "trace_parent = '00-short'",
    ])
    func aJobThatCannotBeIsRefused(change: String) async throws {
        _ = try await test.insert(.processing)
        #expect(await isRefused("UPDATE jobs SET \(change)"))
    }

    @Test(arguments: [
        "status = 'completed', finished_at = '2026-01-01', output_path = 'x'",
        "status = 'failed', finished_at = '2026-01-01', error = 'x'",
        "status = 'cancelled', finished_at = '2026-01-01'", "quality = 100", "width = 1048576",
    ])
    func aJobThatCanBeIsTaken(change: String) async throws {
        _ = try await test.insert(.processing)
        try await test.store.pool.write { try $0.execute(sql: "UPDATE jobs SET \(change)") }
    }

    @Test(arguments: JobStatus.allCases) func everyStateHasItsRow(status: JobStatus) async throws {
        let job = try await test.insert(status)
        #expect(try await test.store.job(job.jobID)?.status == status)
    }

    @Test(arguments: [
        "status = 'done'", "status = NULL", "pass = -1", "position = -1", "x = -1", "y = -1", "job_id = NULL",
        "milliseconds = 'long'", "position = 0", "job_id = '00000000-0000-0000-0000-000000000000'",
    ])
    func aTileThatCannotBeIsRefused(change: String) async throws {
        try await test.insert(.sample())
        #expect(await isRefused("UPDATE tiles SET \(change)"))
    }

    @Test func aTileNeedsAJob() async {
        let values = "('019c4b7e-6d2a-7f00-8a8e-0123456789ab', 0, 0, 0, 0, 'pending')"
        #expect(await isRefused("INSERT INTO tiles (job_id, pass, position, x, y, status) VALUES \(values)"))
    }

    @Test(arguments: [
        "status = 'asleep'", "last_heartbeat = NULL", "host = NULL", "pid = 'x'", "slots = 0", "tiles_done = -1",
    ])
    func aWorkerThatCannotBeIsRefused(change: String) async throws {
        try await test.store.save([
            WorkerRecord(
                workerID: "w", status: .online, lastHeartbeat: Date(), host: "h", pid: 1, slots: 2, tilesDone: 0)
        ])
        #expect(await isRefused("UPDATE workers SET \(change)"))
    }

    @Test func aKeyBelongsToOneJob() async throws {
        _ = try await test.insert(key: "k", .pending)
        _ = try await test.insert(.pending)
        #expect(await isRefused("UPDATE jobs SET idempotency_key = 'k'"))
    }

    /// Tables and columns that users query by name.
    @Test(arguments: [
        ("jobs", ["job_id", "filename", "status", "created_at", "output_path"]),
        ("tiles", ["tile_id", "job_id", "x", "y", "status", "worker_id"]),
        ("workers", ["worker_id", "status", "last_heartbeat"]),
    ])
    func theTablesHaveTheirColumns(table: String, columns: [String]) async throws {
        let names = try await test.store.pool.read { try $0.columns(in: table).map(\.name) }
        #expect(Set(columns).isSubset(of: names))
    }
}
