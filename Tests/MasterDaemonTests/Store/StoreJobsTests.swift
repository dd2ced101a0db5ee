import Foundation
import GRDB
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct StoreJobsTests {
    private let test: TestStore
    private var store: Store { test.store }

    init() throws { test = try TestStore() }

    @Test func anInsertedJobIsFound() async throws {
        var job = JobRecord.sample()
        job.quality = 80
        job.bootID = "boot"
        try await test.insert(job)
        #expect(try await store.job(job.jobID) == job)
        #expect(try await store.job(.make()) == nil)
        let tiles = try await store.tiles(job.jobID, pass: 0)
        #expect(tiles.map(\.position) == Array(0..<6))
        #expect(tiles.map(\.x) == [0, 64, 128, 0, 64, 128])
        #expect(tiles.map(\.y) == [0, 0, 0, 64, 64, 64])
        #expect(tiles.allSatisfy { $0.status == .pending && $0.workerID == nil && $0.jobID == job.jobID })
    }

    @Test func everyPassHasItsTiles() async throws {
        let job = JobRecord.sample()
        let plan = try PassPlan(
            pipeline: Pipeline(parsing: "blur:ksize=21,blur:ksize=21,blur:ksize=21"), size: job.size,
            format: job.pixelFormat, tileSize: 64, tileBytes: 1)
        #expect(try await store.insert(job, plan: plan) == nil)
        for pass in 0..<3 { #expect(try await store.missingTiles(job.jobID, pass: pass) == Array(0..<6)) }
        #expect(try await store.missingTiles(job.jobID, pass: 3) == [])
    }

    @Test func aKnownKeyReturnsItsJob() async throws {
        let first = JobRecord.sample(key: "order-1")
        try await test.insert(first)
        let second = JobRecord.sample(key: "order-1", fingerprint: "other")
        #expect(try await store.insert(second, plan: second.plan()) == first)
        #expect(try await store.job(second.jobID) == nil)
        #expect(try await store.job(idempotencyKey: "order-1") == first)
        #expect(try await store.job(idempotencyKey: "order-2") == nil)
        try await test.insert(.sample(key: "order-2"))
        try await test.insert(.sample())
        try await test.insert(.sample())
        #expect(try await store.allJobIDs().count == 4)
    }

    @Test func aKeyIsFreeAfterItsJobWasDeleted() async throws {
        let first = JobRecord.sample(key: "order-1")
        try await test.insert(first)
        #expect(try await test.move(first.jobID, .delete) == first)
        let second = JobRecord.sample(key: "order-1")
        #expect(try await store.insert(second, plan: second.plan()) == nil)
    }

    @Test func tilesAreDeletedWithTheirJob() async throws {
        let (gone, kept) = (JobRecord.sample(), JobRecord.sample())
        try await test.insert(gone)
        try await test.insert(kept)
        #expect(try await test.move(gone.jobID, .delete) == gone)
        #expect(try await test.move(gone.jobID, .delete) == nil)
        #expect(try await store.job(gone.jobID) == nil)
        #expect(try await store.tiles(gone.jobID, pass: 0).isEmpty)
        #expect(try await store.tiles(kept.jobID, pass: 0).count == 6)
        #expect(try await store.allJobIDs() == [kept.jobID])
    }

    // MARK: Lists

    /// Ten jobs, a second apart; every third is completed.
    private func tenJobs() async throws -> [JobID] {
        let ids = (0..<10).map { JobID.make(at: Date(timeIntervalSince1970: 1_700_000_000 + Double($0))) }
        for (index, id) in ids.enumerated().shuffled() {
            _ = try await test.insert(id: id, index % 3 == 0 ? .completed : .processing)
        }
        return ids
    }

    @Test(arguments: 1...11) func pagesHoldEachJobOnceAndTheNewestFirst(limit: Int) async throws {
        let ids = try await tenJobs()
        var found: [JobID] = []
        var cursor: JobID?
        repeat {
            let page = try await store.jobs(after: cursor, limit: limit)
            #expect(page.count <= limit)
            found += page.map(\.jobID)
            cursor = page.last?.jobID
        } while cursor != nil
        #expect(found == ids.reversed())
    }

    @Test func aListCanBeFilteredByState() async throws {
        let ids = try await tenJobs()
        let completed = [9, 6, 3, 0].map { ids[$0] }
        #expect(try await store.jobs(statuses: [.completed], limit: 50).map(\.jobID) == completed)
        #expect(try await store.jobs(statuses: [.completed], after: ids[6], limit: 1).map(\.jobID) == [ids[3]])
        #expect(try await store.jobs(statuses: [.failed], limit: 50).isEmpty)
    }

    @Test(arguments: [
        ("", ["100%_a.png", "100 b.png", "Hafen.jpg"]), ("hafEN", ["Hafen.jpg"]), ("%", ["100%_a.png"]),
        ("_", ["100%_a.png"]), ("\\", []), ("100", ["100%_a.png", "100 b.png"]), ("%a", []),
    ])
    func aSearchLooksIntoNames(text: String, names: [String]) async throws {
        for name in ["Hafen.jpg", "100 b.png", "100%_a.png"] {
            var job = JobRecord.sample()
            job.filename = name
            try await test.insert(job)
        }
        #expect(Set(try await store.jobs(search: text, limit: 9).map(\.filename)) == Set(names))
    }

    @Test func aSearchFindsTheStartOfAnID() async throws {
        let ids = try await tenJobs()
        #expect(try await store.jobs(search: ids[3].rawValue, limit: 9).map(\.jobID) == [ids[3]])
        #expect(try await store.jobs(search: String(ids[3].rawValue.dropFirst(1)), limit: 9).isEmpty)
    }

    @Test func jobsAreFoundByTheirIDs() async throws {
        let ids = try await tenJobs()
        #expect(Set(try await store.jobs([ids[2], ids[7], JobID.make()]).map(\.jobID)) == [ids[2], ids[7]])
        #expect(try await store.jobs([] as [JobID]).isEmpty)
    }

    @Test func bytesOfFilesAreSummed() async throws {
        #expect(try await store.storedBytes() == (0, 0))
        let one = try await test.insert(.completed)
        _ = try await test.insert(.failed)
        let stored = try await store.storedBytes()
        #expect(stored.sources == 2 * one.sourceBytes)
        #expect(stored.results == one.outputBytes)
    }

    @Test func unfinishedJobsAreTheOldestFirst() async throws {
        let ids = try await tenJobs()
        _ = try await test.insert(.failed)
        _ = try await test.insert(.cancelled)
        #expect(try await store.unfinishedJobs().map(\.jobID) == [1, 2, 4, 5, 7, 8].map { ids[$0] })
        #expect(try await store.unfinishedJobs(limit: 2).map(\.jobID) == [ids[1], ids[2]])
    }

    @Test func jobsAreCountedByState() async throws {
        #expect(try await store.jobCounts() == [:])
        _ = try await tenJobs()
        try await test.insert(.sample())
        #expect(try await store.jobCounts() == [.pending: 1, .processing: 6, .completed: 4])
    }

    @Test func theOldestUnfinishedJobsOfEachStatus() async throws {
        let test = try TestStore()
        #expect(try await test.store.oldestUnfinished() == [:])
        for (seconds, status) in [
            (0, JobStatus.completed), (20, .processing), (10, .pending), (30, .pending), (5, .failed),
        ] {
            var job = try await test.insert(status)
            job.createdAt += TimeInterval(seconds)
            try await test.store.pool.write { [job] in try job.update($0) }
        }
        let start = JobRecord.sample().createdAt
        #expect(try await test.store.oldestUnfinished() == [.processing: start + 20, .pending: start + 10])
    }
}
