import Synchronization
import Testing

@testable import TileCore

@Suite(.timeLimit(.minutes(10))) struct AsyncGateTests {
    /// Who is inside at the moment.
    private final class Room: Sendable {
        private let counts = Mutex((together: 0, alone: 0, clashes: 0))
        var clashes: Int { counts.withLock { $0.clashes } }

        func enter(alone: Bool) {
            counts.withLock { counts in
                if counts.alone > 0 || alone && counts.together > 0 { counts.clashes += 1 }
                if alone { counts.alone += 1 } else { counts.together += 1 }
            }
        }

        func leave(alone: Bool) {
            counts.withLock { counts in
                if alone { counts.alone -= 1 } else { counts.together -= 1 }
            }
        }
    }

    /// One among many, inside until it is told to leave.
    private struct Guest {
        let task: Task<Void, any Error>
        let inside: TestSignal
        private let end: TestSignal

        init(_ gate: AsyncGate) {
            let (inside, end) = (TestSignal(), TestSignal())
            task = Task {
                try await gate.pass(alone: false) {
                    inside.fire()
                    await end.wait()
                }
            }
            self.inside = inside
            self.end = end
        }

        func leave() { end.fire() }
    }

    @Test func manyPassTogether() async throws {
        let gate = AsyncGate()
        let guests = (0..<5).map { _ in Guest(gate) }
        for guest in guests { await guest.inside.wait() }
        for guest in guests { guest.leave() }
        for guest in guests { try await guest.task.value }
    }

    @Test func nobodyIsBesideOneThatIsAlone() async throws {
        let gate = AsyncGate()
        let room = Room()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<300 {
                let alone = number % 7 == 0
                group.addTask {
                    try await gate.pass(alone: alone) {
                        room.enter(alone: alone)
                        for _ in 0..<3 { await Task.yield() }
                        room.leave(alone: alone)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(room.clashes == 0)
    }

    private final class Notes: Sendable {
        private let list = Mutex<[String]>([])
        var all: [String] { list.withLock { $0 } }
        func add(_ note: String) { list.withLock { $0.append(note) } }
    }

    /// Whoever comes later waits behind one that is to be alone, so that it gets its turn.
    @Test func oneThatIsToBeAloneIsNotKeptOut() async throws {
        let gate = AsyncGate()
        let order = Notes()
        let first = Guest(gate)
        await first.inside.wait()
        let alone = Task { try await gate.pass(alone: true) { order.add("alone") } }
        while gate.waitingCount < 1 { await Task.yield() }
        let later = Task { try await gate.pass(alone: false) { order.add("later") } }
        while gate.waitingCount < 2 { await Task.yield() }
        #expect(order.all == [])
        first.leave()
        try await alone.value
        try await later.value
        #expect(order.all == ["alone", "later"])
    }

    @Test func whoeverIsCancelledHoldsNobodyUp() async throws {
        let gate = AsyncGate()
        let first = Guest(gate)
        await first.inside.wait()
        let alone = Task { try await gate.pass(alone: true) {} }
        while gate.waitingCount < 1 { await Task.yield() }
        let later = Task { try await gate.pass(alone: false) { true } }
        while gate.waitingCount < 2 { await Task.yield() }
        alone.cancel()
        await #expect(throws: CancellationError.self) { try await alone.value }
        #expect(try await later.value)
        first.leave()
        try await first.task.value
        #expect(try await gate.pass(alone: true) { 5 } == 5)
    }

    @Test func theGateIsOpenAfterAnError() async throws {
        struct Trouble: Error {}
        let gate = AsyncGate()
        for alone in [true, false, true] {
            await #expect(throws: Trouble.self) { try await gate.pass(alone: alone) { throw Trouble() } }
        }
        #expect(try await gate.pass(alone: true) { 5 } == 5)
    }
}
