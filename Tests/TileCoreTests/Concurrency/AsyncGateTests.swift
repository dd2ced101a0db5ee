import Synchronization
import Testing

@testable import TileCore

@Suite(.timeLimit(.minutes(10))) struct AsyncGateTests {
    /// The tasks that have passed the gate and not left it.
    private final class Occupancy: Sendable {
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

    /// A task that passes together with others, and stays until `leave`.
    private struct Occupant {
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
        let occupants = (0..<5).map { _ in Occupant(gate) }
        for occupant in occupants { await occupant.inside.wait() }
        for occupant in occupants { occupant.leave() }
        for occupant in occupants { try await occupant.task.value }
    }

    @Test func aloneExcludesOthers() async throws {
        let gate = AsyncGate()
        let occupancy = Occupancy()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<300 {
                let alone = number % 7 == 0
                group.addTask {
                    try await gate.pass(alone: alone) {
                        occupancy.enter(alone: alone)
                        for _ in 0..<3 { await Task.yield() }
                        occupancy.leave(alone: alone)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(occupancy.clashes == 0)
    }

    private final class Notes: Sendable {
        private let list = Mutex<[String]>([])
        var all: [String] { list.withLock { $0 } }
        func add(_ note: String) { list.withLock { $0.append(note) } }
    }

    /// Later tasks wait behind one that has to be alone, so that it gets its turn.
    @Test func waiterForAloneIsNotOvertaken() async throws {
        let gate = AsyncGate()
        let order = Notes()
        let first = Occupant(gate)
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

    @Test func cancelledWaiterDoesNotBlockOthers() async throws {
        let gate = AsyncGate()
        let first = Occupant(gate)
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
        struct BodyError: Error {}
        let gate = AsyncGate()
        for alone in [true, false, true] {
            await #expect(throws: BodyError.self) { try await gate.pass(alone: alone) { throw BodyError() } }
        }
        #expect(try await gate.pass(alone: true) { 5 } == 5)
    }
}
