import GRDB
import Logging
import ServiceLifecycle
import ServiceLifecycleTestKit
import Synchronization
import Testing
import TileCore

@testable import MasterDaemon

@Suite(.timeLimit(.minutes(10))) struct TileJournalTests {
    private let test: TestStore
    private let journal: TileJournal

    init() throws {
        test = try TestStore()
        journal = TileJournal(store: test.store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Counts transactions that changed something.
    private final class Commits: TransactionObserver, Sendable {
        private let made = Mutex(0)
        var count: Int { made.withLock { $0 } }
        func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
        func databaseDidChange(with event: DatabaseEvent) {}
        func databaseDidCommit(_ db: Database) { made.withLock { $0 += 1 } }
        func databaseDidRollback(_ db: Database) {}
    }

    private func job() async throws -> JobID {
        let job = JobRecord.sample()
        try await test.insert(job)
        return job.jobID
    }

    private func completed(_ job: JobID, _ index: Int) -> TileChange {
        TileChange(tile: TileID(job: job, pass: 0, index: index), generation: 0, status: .completed, worker: "w")
    }

    /// Runs the journal during `body`, then shuts it down gracefully.
    private func running(_ body: @Sendable () async throws -> Void) async throws {
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await journal.run() }
                try await body()
                trigger.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        }
    }

    @Test func aFlushReturnsOnceAllIsWritten() async throws {
        let job = try await job()
        try await running {
            for index in 0..<6 {
                journal.append(completed(job, index), then: nil)
                try await journal.flush()
                let missing = try await test.store.missingTiles(job, pass: 0)
                #expect(missing == Array((index + 1)..<6))
            }
            try await journal.flush()
        }
    }

    @Test func waitingChangesAreWrittenInOneBatch() async throws {
        let job = try await job()
        let commits = Commits()
        test.store.pool.add(transactionObserver: commits)
        for index in 0..<6 { journal.append(completed(job, index), then: nil) }
        try await running { try await journal.flush() }
        #expect(commits.count == 1)
        #expect(try await test.store.missingTiles(job, pass: 0) == [])
    }

    @Test func completionsComeInOrderAndAfterTheWrite() async throws {
        let job = try await job()
        let pool = test.store.pool
        let seen = Mutex<[(tile: Int, written: Int?)]>([])
        for index in 0..<6 {
            journal.append(completed(job, index)) {
                let written = try? pool.read {
                    try Int.fetchOne($0, sql: "SELECT count(*) FROM tiles WHERE status = 'completed'")
                }
                seen.withLock { $0.append((index, written)) }
            }
        }
        try await running { try await journal.flush() }
        let all = seen.withLock { $0 }
        #expect(all.map(\.tile) == Array(0..<6))
        #expect(all.allSatisfy { $0.written == 6 })
    }

    @Test func changesOfATileKeepTheirOrder() async throws {
        let job = try await job()
        let tile = TileID(job: job, pass: 0, index: 0)
        for status in [TileStatus.processing, .failed, .processing] {
            journal.append(TileChange(tile: tile, generation: 0, status: status), then: nil)
        }
        journal.append(completed(job, 1), then: nil)
        try await running { try await journal.flush() }
        #expect(try await test.store.tiles(job, pass: 0).prefix(2).map(\.status) == [.processing, .completed])
    }

    @Test func theEndWritesWhatIsPending() async throws {
        let job = try await job()
        try await running {
            for index in 0..<6 { journal.append(completed(job, index), then: nil) }
        }
        #expect(try await test.store.missingTiles(job, pass: 0) == [])
    }

    /// A locked or slow database does not delay a cancelled task.
    @Test func aFlushEndsWithItsTask() async throws {
        let job = try await job()
        // The journal does not run, so nothing is written.
        journal.append(completed(job, 0), then: nil)
        let flush = Task { try await journal.flush() }
        flush.cancel()
        await #expect(throws: CancellationError.self) { try await flush.value }
        try await running { try await journal.flush() }
        #expect(try await test.store.missingTiles(job, pass: 0) == Array(1..<6))
        // After the journal's end nothing is written any more.
        journal.append(completed(job, 1), then: nil)
        await #expect(throws: CancellationError.self) { try await journal.flush() }
    }
}
