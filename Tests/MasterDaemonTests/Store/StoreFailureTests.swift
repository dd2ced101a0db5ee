import Foundation
import GRDB
import Testing
import TileCore

@testable import MasterDaemon

/// A database that cannot be written for a while: the error names the reason, and later writes succeed.
@Suite(.timeLimit(.minutes(10))) struct StoreFailureTests {
    private let test: TestStore

    init() throws { test = try TestStore() }

    private func failure(_ body: () async throws -> Void) async -> ServiceError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? ServiceError
        }
    }

    @Test func aFullDiskIsReportedAndTransient() async throws {
        let pool = test.store.pool
        // SQLite reports its own limit of pages as a full disk.
        try await pool.writeWithoutTransaction { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        let jobs = (0..<200).map { _ in JobRecord.sample() }
        let error = await failure { for job in jobs { try await test.insert(job) } }
        #expect(error?.code == .diskFull && error?.isTransient == true)
        let stored = try await test.store.jobCounts()[.pending] ?? 0
        #expect(stored < jobs.count)
        try await pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
        try await test.insert(.sample())
        #expect(try await test.store.jobCounts() == [.pending: stored + 1])
    }

    @Test func aLockOfAnotherProgramIsReportedAndTransient() async throws {
        var configuration = Configuration()
        // The transaction stays open for a while.
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: test.folder.path("tilework.sqlite3"), configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let error = await failure { try await test.insert(.sample()) }
        #expect(error?.code == .notReady && error?.detail.contains("locked") == true)
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        try await test.insert(.sample())
        #expect(try await test.store.jobCounts() == [.pending: 1])
    }

    @Test func theReserveIsTakenAndReleased() throws {
        let folder = try TestFolder()
        let reserve = DiskReserve(path: folder.path("reserve"))
        #expect(folder.contents.isEmpty)
        for _ in 0..<2 {
            reserve.take()
            reserve.take()
            #expect(try folder.bytes(of: "reserve").count == DiskReserve.bytes)
            reserve.release()
            #expect(folder.contents.isEmpty)
        }
    }

    /// After its release the reserve is taken again only when the pause is over.
    @Test(arguments: [Duration.zero, .seconds(3600)]) func theReserveIsTakenAgain(after pause: Duration) throws {
        let folder = try TestFolder()
        let reserve = DiskReserve(path: folder.path("reserve"), pause: pause)
        reserve.take()
        reserve.release()
        reserve.takeAgain()
        #expect(folder.contents.contains("reserve") == (pause == .zero))
    }

    @Test func aReserveWithoutAFolderIsIgnored() throws {
        let folder = try TestFolder()
        let reserve = DiskReserve(path: folder.path("none/reserve"))
        reserve.take()
        reserve.release()
        #expect(folder.contents.isEmpty)
    }
}
