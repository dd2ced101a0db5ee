import Synchronization
import Testing

@testable import TileCore

@Suite struct HandoverTests {
    /// A noncopyable value that reports its end.
    private struct TrackedValue: ~Copyable, Sendable {
        let number: Int
        let ended: EndCount

        deinit { ended.add() }
    }

    private final class EndCount: Sendable {
        private let ends = Mutex(0)
        var count: Int { ends.withLock { $0 } }
        func add() { ends.withLock { $0 += 1 } }
    }

    private static func number(in handover: Handover<TrackedValue>) -> Int? {
        guard let parcel = handover.take() else { return nil }
        return parcel.number
    }

    @Test func valueIsTakenOnce() {
        let ended = EndCount()
        let handover = Handover<TrackedValue>()
        handover.put(TrackedValue(number: 7, ended: ended))
        #expect(ended.count == 0)
        #expect(Self.number(in: handover) == 7)
        #expect(ended.count == 1)
        #expect(Self.number(in: handover) == nil)
    }

    @Test func emptyHandoverGivesNil() {
        #expect(Self.number(in: Handover()) == nil)
    }

    @Test func initialValueIsTaken() {
        let ended = EndCount()
        #expect(Self.number(in: Handover(TrackedValue(number: 3, ended: ended))) == 3)
    }

    @Test func secondValueReplacesTheFirst() {
        let ended = EndCount()
        let handover = Handover(TrackedValue(number: 1, ended: ended))
        handover.put(TrackedValue(number: 2, ended: ended))
        #expect(ended.count == 1)
        #expect(Self.number(in: handover) == 2)
        #expect(ended.count == 2)
    }

    @Test func untakenValueEndsWithTheHandover() {
        let ended = EndCount()
        do { _ = Handover(TrackedValue(number: 1, ended: ended)) }
        #expect(ended.count == 1)
    }

    @Test func onlyOneTakerGetsTheValue() async {
        let ended = EndCount()
        let handover = Handover(TrackedValue(number: 9, ended: ended))
        let taken = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<50 { group.addTask { Self.number(in: handover) } }
            return await group.reduce(into: [Int]()) { all, number in
                if let number { all.append(number) }
            }
        }
        #expect(taken == [9])
        #expect(ended.count == 1)
    }
}
