import Foundation
import Synchronization
import Testing

@testable import MasterDaemon

@Suite struct InterruptionTests {
    /// Only a command that was interrupted runs out of time.
    @Test func workThatGoesWellTakesAsLongAsItTakes() async throws {
        let leftovers = Leftovers()
        let isRemoved = Atomic(false)
        _ = try leftovers.make {
        } removal: {
            isRemoved.store(true, ordering: .relaxed)
        }
        let result = try await Interruption.heeding(patience: .zero, leftovers: leftovers) {
            for _ in 0..<1000 { await Task.yield() }
            return 7
        }
        let wasCutOff = isRemoved.load(ordering: .relaxed)
        #expect(result == 7 && !wasCutOff)
    }

    @Test func whatIsGoneInOrderIsNotRemovedAgain() throws {
        let leftovers = Leftovers()
        let removed = Mutex<[Int]>([])
        let entries = try (0..<3).map { number in
            try leftovers.make {
                number
            } removal: { made in
                removed.withLock { $0.append(made) }
            }.entry
        }
        leftovers.remove(entries[1])
        leftovers.removeAll()
        let numbers = removed.withLock { $0.sorted() }
        #expect(numbers == [0, 2])
    }

    /// Otherwise an interrupt between a file and the note of it would leave the file.
    @Test func whatIsBeingMadeIsRemovedToo() async throws {
        let leftovers = Leftovers()
        let isRemoved = Atomic(false)
        let begun = DispatchSemaphore(value: 0)
        let wasRemoved = Mutex<Bool?>(nil)
        let ended = DispatchGroup()
        ended.enter()
        Thread.detachNewThread {
            begun.wait()
            leftovers.removeAll()
            wasRemoved.withLock { $0 = isRemoved.load(ordering: .relaxed) }
            ended.leave()
        }
        #expect(throws: CancellationError.self) {
            try leftovers.make {
                begun.signal()
                while (try? leftovers.make {
                } removal: {
                }) != nil { sched_yield() }
            } removal: {
                isRemoved.store(true, ordering: .relaxed)
            }
        }
        await withCheckedContinuation { continuation in ended.notify(queue: .global()) { continuation.resume() } }
        #expect(wasRemoved.withLock { $0 } == true)
    }
}
