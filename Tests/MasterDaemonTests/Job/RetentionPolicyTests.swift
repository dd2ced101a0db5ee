import Foundation
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct RetentionPolicyTests {
    private let now = Date(timeIntervalSince1970: 1_700_000_000)

    /// Jobs that ended these numbers of seconds ago; `nil` for an unfinished job. Each job takes 100 bytes.
    private func jobs(_ ages: Double?...) -> [RetentionPolicy.StoredJob] {
        ages.map { age in
            .init(id: .make(), finishedAt: age.map { now - $0 }, format: .png, bytes: 100)
        }
    }

    private func expired(_ policy: RetentionPolicy, _ jobs: [RetentionPolicy.StoredJob]) -> [Int] {
        policy.expired(of: jobs, now: now).compactMap { id in jobs.firstIndex { $0.id == id } }
    }

    @Test func withoutAPolicyEverythingStays() {
        #expect(RetentionPolicy().isOff)
        #expect(expired(RetentionPolicy(), jobs(1e9, nil, 0)) == [])
    }

    @Test func oldJobsAreRemovedTheOldestFirst() {
        let policy = RetentionPolicy(keep: .seconds(60))
        #expect(!policy.isOff)
        #expect(expired(policy, jobs(59, 61, nil, 1000, 60)) == [3, 1])
    }

    @Test func jobsBeyondTheLimitAreRemovedTheOldestFirst() {
        let jobs = jobs(10, 30, 20, nil)
        #expect(expired(RetentionPolicy(maximumBytes: 400), jobs) == [])
        #expect(expired(RetentionPolicy(maximumBytes: 399), jobs) == [1])
        #expect(expired(RetentionPolicy(maximumBytes: 250), jobs) == [1, 2])
    }

    /// Unfinished jobs count, so that finished ones make space for them, but they are kept.
    @Test func unfinishedJobsNeverGo() {
        #expect(expired(RetentionPolicy(keep: .seconds(1), maximumBytes: 1), jobs(nil, 5, nil)) == [1])
    }

    @Test func removedOldJobsMakeSpaceForTheOthers() {
        let policy = RetentionPolicy(keep: .seconds(60), maximumBytes: 200)
        #expect(expired(policy, jobs(100, 10, 20)) == [0])
    }

    /// A clock that was set back does not make jobs old.
    @Test func theFutureIsNotOld() {
        #expect(expired(RetentionPolicy(keep: .seconds(60)), jobs(-3600)) == [])
    }
}
