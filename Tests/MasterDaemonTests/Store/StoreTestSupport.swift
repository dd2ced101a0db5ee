import Foundation
import GRDB
import TileCore

@testable import MasterDaemon

/// A temporary folder for a test's files; removed with its last reference.
final class TestFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "tilework-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    func path(_ name: String) -> String { url.appending(path: name).path }

    @discardableResult
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        try Data(bytes).write(to: URL(filePath: path(name)))
        return path(name)
    }

    func bytes(of name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path(name)))) }

    /// The relative paths of all files and folders in it.
    var contents: Set<String> { Set((try? FileManager.default.subpathsOfDirectory(atPath: url.path)) ?? []) }

    deinit { try? FileManager.default.removeItem(at: url) }
}

/// An empty database in a temporary folder.
struct TestStore: Sendable {
    let folder: TestFolder
    let store: Store

    init() throws {
        folder = try TestFolder()
        store = try Store(path: folder.path("tilework.sqlite3"))
    }

    /// Stores a job with six tiles in each pass.
    func insert(_ job: JobRecord) async throws { _ = try await store.insert(job, plan: job.plan()) }

    /// Stores a job of six tiles and moves it to a state, as the service does.
    func insert(id: JobID = .make(), key: String? = nil, _ status: JobStatus) async throws -> JobRecord {
        try await insert(.sample(id: id, key: key))
        return try await store.pool.write { database in
            guard var job = try JobRecord.fetchOne(database, key: id.rawValue) else { throw CancellationError() }
            job.move(to: status)
            try job.update(database)
            return job
        }
    }

    /// Makes a transition and returns the job; `nil` if it is refused.
    @discardableResult
    func move(_ id: JobID, _ transition: JobMachine.Transition) async throws -> JobRecord? {
        let row = try await store.job(id)?.row ?? JobMachine.Row(status: .pending, generation: 0)
        guard case .made(let job) = try await store.transition(id, transition, from: row) else { return nil }
        return job
    }
}

extension JobRecord {
    /// A job of 3 × 2 tiles; with two passes if the halos of `transforms` are wide.
    static func sample(
        id: JobID = .make(), key: String? = nil, transforms: String = "invert", fingerprint: String = "f"
    ) -> JobRecord {
        JobRecord(
            jobID: id, filename: "photo.png", status: .pending, createdAt: Date(timeIntervalSince1970: 1_700_000_000),
            sourceBytes: 1234, sourceFormat: .png, width: 150, height: 100, channels: 3, depth: 8,
            transforms: transforms, format: .png, tileSize: 64, pass: 0, tileCount: 6, idempotencyKey: key,
            fingerprint: fingerprint)
    }

    /// Sets the columns that a state requires.
    mutating func move(to status: JobStatus) {
        self.status = status
        if status != .pending { startedAt = Date(timeIntervalSince1970: 1_700_000_010) }
        finishedAt = status.isFinal ? Date(timeIntervalSince1970: 1_700_000_020) : nil
        workedMilliseconds = status.isFinal ? 10_000 : 0
        error = status == .failed ? "a reason" : nil
        outputPath = status == .completed ? "outputs/x.png" : nil
        outputBytes = status == .completed ? 99 : nil
    }
}
