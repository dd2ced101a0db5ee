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

    @Test func whatWasStoredIsThereAfterwards() async throws {
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

    @Test(arguments: [100, 5000]) func aFileThatIsNoDatabaseIsRefusedAndStays(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) }
        try folder.write(bytes, to: "tilework.sqlite3")
        let error = try #require(refusal())
        #expect(error.code == .startup)
        #expect(error.detail.contains(path))
        #expect(error.detail.contains("--data-dir"))
        #expect(try folder.bytes(of: "tilework.sqlite3") == bytes)
    }

    @Test func aDamagedDatabaseIsRefusedAndStays() async throws {
        do {
            let store = try Store(path: path)
            let job = JobRecord.sample()
            _ = try await store.insert(job, plan: job.plan())
            try store.pool.close()
        }
        var bytes = try folder.bytes(of: "tilework.sqlite3")
        // Behind the header of the file, the list of tables.
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
}
