import Foundation
import Synchronization
import Testing

@testable import MasterDaemon

@Suite(.timeLimit(.minutes(10))) struct LimitedWorkTests {
    /// How many pieces of work run now, and the highest number so far.
    private final class Occupancy: Sendable {
        private let counts = Mutex((now: 0, most: 0))
        var most: Int { counts.withLock { $0.most } }
        func enter() { counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
        func leave() { counts.withLock { $0.now -= 1 } }
    }

    @Test func workBeyondTheQueueIsRefused() async throws {
        let work = LimitedWork(disk: DiskPool(threads: 2), places: 1, maximumWaiting: 0)
        let (began, ends) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let first: Int = work.run {
            began.signal()
            ends.wait()
            return 1
        }
        await Self.wait(for: began)
        await #expect(throws: ServiceError.busy) { try await work.run {} }
        ends.signal()
        #expect(try await first == 1)
        #expect(try await work.run { 2 } == 2)
    }

    @Test func workThatWaitsTooLongForAPlaceIsRefused() async throws {
        let work = LimitedWork(disk: DiskPool(threads: 2), places: 1, maximumWaiting: 10, waitLimit: .milliseconds(1))
        let (began, ends) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let first: Void = work.run {
            began.signal()
            ends.wait()
        }
        await Self.wait(for: began)
        await #expect(throws: ServiceError.busy) { try await work.run {} }
        ends.signal()
        try await first
    }

    /// The pool's threads are busy with other work. In an earlier version only the wait for a place was limited.
    @Test func workThatWaitsTooLongForAThreadIsRefused() async throws {
        let disk = DiskPool(threads: 1)
        let work = LimitedWork(disk: disk, places: 2, maximumWaiting: 10, waitLimit: .milliseconds(1))
        let (began, ends) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let other: Void = disk.run {
            began.signal()
            ends.wait()
        }
        await Self.wait(for: began)
        let isBegun = Mutex(false)
        await #expect(throws: ServiceError.busy) { try await work.run { isBegun.withLock { $0 = true } } }
        ends.signal()
        try await other
        // Refused work is not done later.
        try await disk.run {}
        #expect(isBegun.withLock { !$0 })
        #expect(try await LimitedWork(disk: disk, places: 1, maximumWaiting: 0).run { 2 } == 2)
        await #expect(throws: CancellationError.self) {
            try await LimitedWork(disk: disk, places: 1, maximumWaiting: 0).run { throw CancellationError() }
        }
    }

    @Test func noMoreWorkThanPlacesRuns() async throws {
        let work = LimitedWork(
            disk: DiskPool(threads: 2), places: 1, maximumWaiting: 100, waitLimit: .seconds(600))
        let occupancy = Occupancy()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try await work.run {
                        occupancy.enter()
                        occupancy.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(occupancy.most == 1)
    }

    private static func wait(for semaphore: DispatchSemaphore) async {
        while semaphore.wait(timeout: .now()) == .timedOut { await Task.yield() }
    }
}
