import Dispatch
import Synchronization
import Testing

@testable import TileCore

@Suite(.timeLimit(.minutes(10))) struct KafkaThreadTests {
    @Test func theLastCallComesAfterAllOthers() async {
        let calls = Mutex<[String]>([])
        let begun = TestSignal()
        let thread = KafkaThread(name: "test") {
            calls.withLock { $0.append("work") }
            begun.fire()
        }
        await begun.wait()
        #expect(await thread.stop { calls.withLock { $0.append("last") } })
        #expect(await thread.stop { calls.withLock { $0.append("never") } })
        let made = calls.withLock { $0 }
        #expect(made.last == "last")
        #expect(made.dropLast().allSatisfy { $0 == "work" })
    }

    /// This also holds if the waiting task is cancelled already, which is usual at a shutdown.
    @Test(arguments: [false, true]) func aBlockedLastCallIsAbandoned(isCancelled: Bool) async {
        let thread = KafkaThread(name: "test") {}
        let (hang, isLeft) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let stopping = Task {
            await thread.stop(within: .milliseconds(50)) {
                hang.wait()
                isLeft.signal()
            }
        }
        if isCancelled { stopping.cancel() }
        #expect(await stopping.value == false)
        hang.signal()
        await withCheckedContinuation { done in
            DispatchQueue.global().async {
                isLeft.wait()
                done.resume()
            }
        }
    }

    @Test func aThreadWithoutOwnerEnds() async {
        final class Life: Sendable {
            let end: TestSignal
            init(end: TestSignal) { self.end = end }
            deinit { end.fire() }
        }
        let begun = TestSignal()
        let end = TestSignal()
        var thread: KafkaThread? = { [life = Life(end: end)] in
            KafkaThread(name: "test") { withExtendedLifetime(life) { begun.fire() } }
        }()
        await begun.wait()
        #expect(thread != nil)
        thread = nil
        await end.wait()
    }
}

/// Senders that wait for capacity.
@Suite(.timeLimit(.minutes(10))) struct KafkaCapacityTests {
    @Test func anOpeningAfterTheTicketIsNotMissed() async {
        let capacity = KafkaCapacity()
        let ticket = capacity.ticket
        capacity.open()
        await capacity.wait(after: ticket)
        await capacity.wait(after: ticket)
    }

    @Test func oneOpeningWakesAll() async {
        let capacity = KafkaCapacity()
        for _ in 0..<50 {
            let ticket = capacity.ticket
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { await capacity.wait(after: ticket) } }
                capacity.open()
            }
        }
    }
}
