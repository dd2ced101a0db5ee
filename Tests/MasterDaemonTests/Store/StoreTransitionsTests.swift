import Foundation
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct StoreTransitionsTests {
    private let test: TestStore
    private var store: Store { test.store }

    init() throws { test = try TestStore() }

    private func change(_ job: JobRecord, _ index: Int, _ status: TileStatus) -> TileChange {
        TileChange(
            tile: TileID(job: job.jobID, pass: 0, index: index), generation: job.generation, status: status,
            worker: "w", milliseconds: 1)
    }

    @Test func aJobGoesFromRunToRun() async throws {
        let job = try await test.insert(.pending)
        let begun = try #require(try await test.move(job.jobID, .begin))
        #expect(begun.status == .processing && begun.generation == 1 && begun.startedAt != nil)
        try await store.begin(pass: 1, of: JobMachine.Run(job: job.jobID, generation: 1))
        let again = try #require(try await test.move(job.jobID, .begin))
        #expect(again.generation == 2 && again.startedAt == begun.startedAt && again.pass == 1)
        let done = try #require(try await test.move(job.jobID, .complete(bytes: 77)))
        #expect(done.status == .completed && done.outputBytes == 77 && done.finishedAt != nil)
        #expect(done.outputPath == "outputs/\(job.jobID).png")
        #expect(try await store.job(job.jobID) == done)
    }

    /// A transition is refused if the status or the generation has changed meanwhile.
    @Test(arguments: [
        JobMachine.Transition.begin, .complete(bytes: 1), .fail(reason: "x"), .cancel, .reopen,
        .delete,
    ])
    func aRowThatIsNotAsExpectedStaysAsItIs(transition: JobMachine.Transition) async throws {
        let job = try await test.insert(.pending)
        let begun = try #require(try await test.move(job.jobID, .begin))
        for row in [job.row, JobMachine.Row(status: .processing, generation: 2)] {
            let refusal = try await store.transition(job.jobID, transition, from: row)
            guard case .refused(let found) = refusal, found == begun else {
                Issue.record("\(refusal)")
                continue
            }
        }
        #expect(try await store.job(job.jobID) == begun)
        guard case .refused(nil) = try await store.transition(.make(), transition, from: job.row) else {
            Issue.record("there is no such job")
            return
        }
    }

    @Test func onlyOneOfTwoConflictingTransitionsIsMade() async throws {
        let id = try await test.insert(.pending).jobID
        let row = try #require(try await test.move(id, .begin)).row
        async let cancelled = store.transition(id, .cancel, from: row)
        async let completed = store.transition(id, .complete(bytes: 1), from: row)
        let made = try await [cancelled, completed].compactMap { if case .made(let job) = $0 { job } else { nil } }
        #expect(made.count == 1)
        #expect(try await store.job(id) == made.first)
    }

    @Test(arguments: [JobMachine.Transition.fail(reason: "x"), .cancel])
    func aReopenedJobHasItsMissingTilesPending(end: JobMachine.Transition) async throws {
        let id = try await test.insert(.pending).jobID
        let job = try #require(try await test.move(id, .begin))
        try await store.apply([change(job, 0, .completed), change(job, 1, .processing), change(job, 2, .failed)])
        let ended = try #require(try await test.move(id, end))
        #expect(ended.tilesCompleted == 1 && ended.tilesFailed == 1 && ended.finishedAt != nil)
        let reopened = try #require(try await test.move(id, .reopen))
        #expect(reopened.status == .pending && reopened.error == nil && reopened.finishedAt == nil)
        #expect(reopened.tilesCompleted == 1 && reopened.tilesFailed == 0)
        #expect(try await store.job(id) == reopened)
        let expected: [TileStatus] = [.completed] + Array(repeating: .pending, count: 5)
        #expect(try await store.tiles(id, pass: 0).map(\.status) == expected)
    }

    /// A late change must not mark a tile of a new canvas as done.
    @Test func changesOfAnOlderRunAreDropped() async throws {
        let id = try await test.insert(.pending).jobID
        let old = try #require(try await test.move(id, .begin))
        try await store.apply([change(old, 0, .completed)])
        try await test.move(id, .cancel)
        // The cancelled run may still send changes.
        try await store.apply([change(old, 1, .completed)])
        try await test.move(id, .reopen)
        let new = try #require(try await test.move(id, .begin))
        #expect(new.tilesCompleted == 2)
        #expect(try await store.restart(old.run, boot: "b", passes: 1) == nil)
        let restarted = try #require(try await store.restart(new.run, boot: "b", passes: 1))
        #expect(restarted.tilesCompleted == 0 && restarted.pass == 0 && restarted.bootID == "b")
        try await store.apply([change(old, 2, .completed), change(new, 3, .completed)])
        #expect(try await store.missingTiles(id, pass: 0) == [0, 1, 2, 4, 5])
        #expect(try await store.job(id)?.tilesCompleted == 1)
    }
}
