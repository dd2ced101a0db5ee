import Synchronization
import Testing

@testable import TileCore

@Suite(.timeLimit(.minutes(10))) struct AsyncSemaphoreTests {
    /// How many tasks have a place now, and the highest number so far.
    private final class Occupancy: Sendable {
        private let counts = Mutex((now: 0, most: 0))
        var most: Int { counts.withLock { $0.most } }
        func enter() { counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
        func leave() { counts.withLock { $0.now -= 1 } }
    }

    @Test(arguments: [1, 2, 7]) func noMoreTasksThanPlacesRun(places: Int) async throws {
        let semaphore = AsyncSemaphore(places: places)
        let occupancy = Occupancy()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await semaphore.withPlace {
                        occupancy.enter()
                        for _ in 0..<5 { await Task.yield() }
                        occupancy.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect((1...places).contains(occupancy.most))
        for _ in 0..<places { try await semaphore.take() }
    }

    @Test func waiterGetsAReturnedPlace() async throws {
        let semaphore = AsyncSemaphore(places: 1)
        try await semaphore.take()
        let waiting = Task { try await semaphore.take() }
        semaphore.giveBack()
        try await waiting.value
        semaphore.giveBack()
        try await semaphore.take()
    }

    @Test func placeIsReturnedAfterAnError() async throws {
        struct BodyError: Error {}
        let semaphore = AsyncSemaphore(places: 1)
        for _ in 0..<3 {
            await #expect(throws: BodyError.self) { try await semaphore.withPlace { throw BodyError() } }
        }
        #expect(try await semaphore.withPlace { 5 } == 5)
    }

    @Test func cancelledWaiterStopsWaiting() async throws {
        let semaphore = AsyncSemaphore(places: 1)
        try await semaphore.take()
        let waiting = Task { try await semaphore.take() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        // The place does not go to the cancelled task.
        semaphore.giveBack()
        try await semaphore.take()
    }

    @Test func cancelledTaskTakesNoPlace() async throws {
        let semaphore = AsyncSemaphore(places: 1)
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            try await semaphore.take()
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        try await semaphore.take()
    }

    /// Cancellations and returns at the same time neither lose nor add a place.
    @Test func cancellationKeepsTheNumberOfPlaces() async throws {
        for _ in 0..<100 {
            let semaphore = AsyncSemaphore(places: 2)
            let occupancy = Occupancy()
            let tasks = (0..<10).map { _ in
                Task {
                    try await semaphore.withPlace {
                        occupancy.enter()
                        await Task.yield()
                        occupancy.leave()
                    }
                }
            }
            for task in tasks.shuffled().prefix(5) { task.cancel() }
            for task in tasks { _ = await task.result }
            #expect(occupancy.most <= 2)
            try await semaphore.take()
            try await semaphore.take()
        }
    }

    @Test func numberOfWaitersIsLimited() async throws {
        let semaphore = AsyncSemaphore(places: 1, maximumWaiting: 2)
        try await semaphore.take()
        let waiting = (0..<2).map { _ in Task { try await semaphore.withPlace {} } }
        while semaphore.waitingCount < 2 { await Task.yield() }
        await #expect(throws: AsyncSemaphore.Refusal.tooManyWaiting) { try await semaphore.take() }
        semaphore.giveBack()
        for task in waiting { try await task.value }
        try await semaphore.take()
    }

    @Test func waitEndsAtItsLimit() async throws {
        let semaphore = AsyncSemaphore(places: 1)
        try await semaphore.take()
        await #expect(throws: AsyncSemaphore.Refusal.waitedTooLong) {
            try await semaphore.take(within: .milliseconds(1))
        }
        #expect(semaphore.waitingCount == 0)
        // The place does not go to the task whose wait has ended.
        semaphore.giveBack()
        try await semaphore.take(within: .seconds(60))
    }

    /// Timeouts and returns at the same time neither lose nor add a place.
    @Test func timeoutsKeepTheNumberOfPlaces() async throws {
        for _ in 0..<100 {
            let semaphore = AsyncSemaphore(places: 1)
            try await semaphore.take()
            let waiting = (0..<4).map { _ in
                Task { try await semaphore.withPlace(within: .microseconds(Int64.random(in: 0...100))) {} }
            }
            await Task.yield()
            semaphore.giveBack()
            for task in waiting { _ = await task.result }
            try await semaphore.take(within: .seconds(60))
            await #expect(throws: AsyncSemaphore.Refusal.waitedTooLong) { try await semaphore.take(within: .zero) }
        }
    }
}
