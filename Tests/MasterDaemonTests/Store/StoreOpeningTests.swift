import Foundation
import GRDB
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct StoreOpeningTests {
    private let folder: TestFolder
    private var path: String { folder.path("tilework.sqlite3") }

    init() throws { folder = try TestFolder() }

    private func refusal() -> ServiceError? {
        do {
            _ = try Store(path: path)
            return nil
        } catch {
            return error as? ServiceError
        }
    }

    @Test func storedJobsSurviveAReopening() async throws {
        let job = JobRecord.sample()
        do {
            let store = try Store(path: path)
            _ = try await store.insert(job, plan: job.plan())
            try store.pool.close()
        }
        let store = try Store(path: path)
        #expect(try await store.job(job.jobID) == job)
        #expect(try await store.missingTiles(job.jobID, pass: 0).count == 6)
        try await store.isReachable()
    }

    @Test(arguments: [100, 5000]) func aFileThatIsNoDatabaseIsRefusedAndKept(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) }
        try folder.write(bytes, to: "tilework.sqlite3")
        let error = try #require(refusal())
        #expect(error.code == .startup)
        #expect(error.detail.contains(path))
        #expect(error.detail.contains("--data-dir"))
        #expect(try folder.bytes(of: "tilework.sqlite3") == bytes)
    }

    @Test func aDamagedDatabaseIsRefusedAndKept() async throws {
        do {
            let store = try Store(path: path)
            let job = JobRecord.sample()
            _ = try await store.insert(job, plan: job.plan())
            try store.pool.close()
        }
        var bytes = try folder.bytes(of: "tilework.sqlite3")
        // Damages the list of tables and everything else after the file's header.
        for index in 100..<bytes.count { bytes[index] = 0xA5 }
        try folder.write(bytes, to: "tilework.sqlite3")
        #expect(refusal()?.code == .startup)
        #expect(try folder.bytes(of: "tilework.sqlite3") == bytes)
    }

    @Test func aFolderInItsPlaceIsRefused() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(refusal()?.code == .startup)
        #expect(folder.contents == ["tilework.sqlite3"])
    }

    @Test func aFolderThatIsNotThereIsRefused() throws {
        #expect(throws: ServiceError.self) { try Store(path: folder.path("none/tilework.sqlite3")) }
        #expect(folder.contents.isEmpty)
    }

    /// Creates a database with a job, changes it by `sql`, and returns its bytes.
    private func database(_ sql: String) async throws -> [UInt8] {
        let store = try Store(path: path)
        let job = JobRecord.sample()
        _ = try await store.insert(job, plan: job.plan())
        try await store.pool.write { try $0.execute(sql: sql) }
        try store.pool.close()
        return try folder.bytes(of: "tilework.sqlite3")
    }

    @Test func aDatabaseOfANewerReleaseIsRefusedAndKept() async throws {
        let bytes = try await database("INSERT INTO grdb_migrations VALUES ('9999 what is to come')")
        let error = try #require(refusal())
        #expect(error.code == .startup && error.detail.contains("newer release"), "\(error)")
        #expect(try folder.bytes(of: "tilework.sqlite3") == bytes)
    }

    @Test func aDatabaseOfAnotherProgramIsRefusedAndKept() throws {
        do {
            let queue = try DatabaseQueue(path: path)
            try queue.write { try $0.execute(sql: "CREATE TABLE bookmarks (url TEXT)") }
            try queue.close()
        }
        let bytes = try folder.bytes(of: "tilework.sqlite3")
        let error = try #require(refusal())
        #expect(error.code == .startup && error.detail.contains("another program"), "\(error)")
        #expect(try folder.bytes(of: "tilework.sqlite3") == bytes)
    }

    /// Only a check of all pages finds the damage before a job is affected.
    @Test func aPageThatIsDamagedIsFound() async throws {
        var bytes = try await database("UPDATE jobs SET filename = 'x'")
        // The last page belongs to the table or index with the latest row.
        for index in (bytes.count - 4096)..<bytes.count { bytes[index] = 0xFF }
        try folder.write(bytes, to: "tilework.sqlite3")
        let error = try #require(refusal())
        #expect(error.detail.contains("is damaged"), "\(error)")
        #expect(try folder.bytes(of: "tilework.sqlite3") == bytes)
    }

    @Test func anInvalidLogIsRefusedAndKept() async throws {
        let bytes = try await database("UPDATE jobs SET filename = 'x'")
        let log = (0..<9000).map { UInt8(truncatingIfNeeded: $0 * 11 + 3) }
        try folder.write(log, to: "tilework.sqlite3-wal")
        let error = try #require(refusal())
        #expect(error.detail.contains("tilework.sqlite3-wal") && error.detail.contains("is damaged"), "\(error)")
        #expect(try folder.bytes(of: "tilework.sqlite3") == bytes)
        #expect(try folder.bytes(of: "tilework.sqlite3-wal") == log)
    }

    /// A crash of the machine while the log is created leaves such a log.
    @Test(arguments: [0, 20, 4096]) func anIncompleteLogIsIgnored(count: Int) async throws {
        _ = try await database("UPDATE jobs SET filename = 'x'")
        try folder.write(Array(repeating: 0, count: count), to: "tilework.sqlite3-wal")
        #expect(try await Store(path: path).jobCounts() == [.pending: 1])
    }
}
