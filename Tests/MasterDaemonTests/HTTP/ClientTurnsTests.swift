import Synchronization
import Testing
import TileCore

@testable import MasterDaemon

@Suite(.timeLimit(.minutes(10))) struct ClientTurnsTests {
    private let turns = ClientTurns(places: 1, maximumWaiting: 1)

    @Test func anotherClientDoesNotWait() async throws {
        let (hasBegun, begun) = AsyncStream<Void>.makeStream()
        let (end, ending) = AsyncStream<Void>.makeStream()
        async let first: Void = turns.take(for: "ann") {
            begun.finish()
            for await _ in end {}
        }
        for await _ in hasBegun {}
        // Ann's only place is in use. Bob has his own.
        #expect(try await turns.take(for: "bob") { 1 } == 1)
        async let second = turns.take(for: "ann") { 2 }
        while turns.users(of: "ann") < 2 { await Task.yield() }
        // One request waits. Another one is refused at once.
        await #expect(throws: ServiceError.self) { try await turns.take(for: "ann") { 3 } }
        ending.finish()
        try await first
        #expect(try await second == 2)
        #expect(turns.count == 0)
    }

    @Test func aFailedRequestReleasesItsPlace() async throws {
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await turns.take(for: "ann") { throw Failure() } }
        #expect(try await turns.take(for: "ann") { 1 } == 1 && turns.count == 0)
    }
}
