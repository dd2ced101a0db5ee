import Synchronization
import Testing

@testable import TileCore

@Suite struct HandoverTests {
    /// A value that cannot be copied and that tells of its end.
    private struct Parcel: ~Copyable, Sendable {
        let number: Int
        let ended: EndCount

        deinit { ended.add() }
    }

    private final class EndCount: Sendable {
        private let ends = Mutex(0)
        var count: Int { ends.withLock { $0 } }
        func add() { ends.withLock { $0 += 1 } }
    }

    private static func number(in handover: Handover<Parcel>) -> Int? {
        guard let parcel = handover.take() else { return nil }
        return parcel.number
    }

    @Test func whatIsPutIsTakenOnce() {
        let ended = EndCount()
        let handover = Handover<Parcel>()
        handover.put(Parcel(number: 7, ended: ended))
        #expect(ended.count == 0)
        #expect(Self.number(in: handover) == 7)
        #expect(ended.count == 1)
        #expect(Self.number(in: handover) == nil)
    }

    @Test func anEmptyOneGivesNothing() {
        #expect(Self.number(in: Handover()) == nil)
    }

    @Test func itMayBeginWithAValue() {
        let ended = EndCount()
        #expect(Self.number(in: Handover(Parcel(number: 3, ended: ended))) == 3)
    }

    @Test func aSecondValueTakesTheFirstOnesPlace() {
        let ended = EndCount()
        let handover = Handover(Parcel(number: 1, ended: ended))
        handover.put(Parcel(number: 2, ended: ended))
        #expect(ended.count == 1)
        #expect(Self.number(in: handover) == 2)
        #expect(ended.count == 2)
    }

    @Test func whatNobodyTakesEndsWithIt() {
        let ended = EndCount()
        do { _ = Handover(Parcel(number: 1, ended: ended)) }
        #expect(ended.count == 1)
    }

    @Test func ofManyTakersOneHasIt() async {
        let ended = EndCount()
        let handover = Handover(Parcel(number: 9, ended: ended))
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
