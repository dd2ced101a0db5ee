import Foundation
import Synchronization
import Testing

@testable import MasterDaemon

@Suite struct InterruptionTests {
    /// The time limit applies only to an interrupted command.
    @Test func uninterruptedWorkHasNoTimeLimit() async throws {
        let cleanup = ExitCleanup()
        let isRemoved = Atomic(false)
        _ = try cleanup.make {
        } removal: {
            isRemoved.store(true, ordering: .relaxed)
        }
        let result = try await Interruption.handlingSignals(timeLimit: .zero, cleanup: cleanup) {
            for _ in 0..<1000 { await Task.yield() }
            return 7
        }
        let wasCutOff = isRemoved.load(ordering: .relaxed)
        #expect(result == 7 && !wasCutOff)
    }

    @Test func anEntryThatWasRemovedIsNotRemovedAgain() throws {
        let cleanup = ExitCleanup()
        let removed = Mutex<[Int]>([])
        let entries = try (0..<3).map { number in
            try cleanup.make {
                number
            } removal: { made in
                removed.withLock { $0.append(made) }
            }.entry
        }
        cleanup.remove(entries[1])
        cleanup.removeAll()
        let numbers = removed.withLock { $0.sorted() }
        #expect(numbers == [0, 2])
    }

    /// Otherwise an interrupt between the creation of a file and its registration would leave the file.
    @Test func filesThatAreBeingMadeAreRemovedToo() async throws {
        let cleanup = ExitCleanup()
        let isRemoved = Atomic(false)
        let begun = DispatchSemaphore(value: 0)
        let wasRemoved = Mutex<Bool?>(nil)
        let ended = DispatchGroup()
        ended.enter()
        Thread.detachNewThread {
            begun.wait()
            cleanup.removeAll()
            wasRemoved.withLock { $0 = isRemoved.load(ordering: .relaxed) }
            ended.leave()
        }
        #expect(throws: CancellationError.self) {
            try cleanup.make {
                begun.signal()
                while (try? cleanup.make {
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
