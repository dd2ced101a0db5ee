import Synchronization
import Testing

@testable import MasterDaemon

@Suite struct InterruptionTests {
    /// Only who was interrupted runs out of time.
    @Test func workThatGoesWellTakesAsLongAsItTakes() async throws {
        let leftovers = Leftovers()
        let isRemoved = Atomic(false)
        _ = leftovers.add { isRemoved.store(true, ordering: .relaxed) }
        let result = try await Interruption.heeding(patience: .zero, leftovers: leftovers) {
            try await Task.sleep(for: .milliseconds(20))
            return 7
        }
        let wasCutOff = isRemoved.load(ordering: .relaxed)
        #expect(result == 7 && !wasCutOff)
    }

    @Test func whatIsGoneInOrderIsNotRemovedAgain() {
        let leftovers = Leftovers()
        let removed = Mutex<[Int]>([])
        let entries = (0..<3).map { number in leftovers.add { removed.withLock { $0.append(number) } } }
        leftovers.remove(entries[1])
        leftovers.removeAll()
        let numbers = removed.withLock { $0.sorted() }
        #expect(numbers == [0, 2])
    }
}
