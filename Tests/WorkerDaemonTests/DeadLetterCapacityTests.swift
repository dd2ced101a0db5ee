import Testing
import TileCore

@testable import WorkerDaemon

@Suite struct DeadLetterCapacityTests {
    @Test func recordsAboveTheCapacityGetNone() {
        let capacity = DeadLetterCapacity(records: 2, bytes: 100)
        #expect(capacity.take(60))
        #expect(!capacity.take(41))
        #expect(capacity.take(40))
        #expect(!capacity.take(0))
        capacity.giveBack(60)
        #expect(capacity.take(60))
    }

    @Test func aPlaceIsGivenBackOnce() async throws {
        let places = AsyncSemaphore(places: 1)
        try await places.take()
        let place = RecordPlace(places)
        for _ in 0..<3 { place.giveBack() }
        try await places.take()
        await #expect(throws: AsyncSemaphore.Refusal.self) { try await places.take(within: .milliseconds(1)) }
    }
}
