import Testing

@testable import MasterDaemon

@Suite struct UseTableTests {
    private let limit = RateLimit(amount: 2, window: 10)
    private var table = UseTable()

    private func bucket(_ number: Int, _ name: RateLimit.Name = .requests) -> UseTable.BucketID {
        UseTable.BucketID(client: .address("\(number)"), name: name)
    }

    @Test mutating func clientsAndNamesAreCountedApart() {
        let places = [
            bucket(1), bucket(2), bucket(1, .uploads), UseTable.BucketID(client: .key("1"), name: .requests),
        ]
        for place in places {
            #expect(table.take(1, at: place, of: limit, now: 0) == nil)
            #expect(table.take(1, at: place, of: limit, now: 0) == nil)
        }
        for place in places { #expect(table.take(1, at: place, of: limit, now: 0) == 5) }
        #expect(table.take(1, at: bucket(1), of: limit, now: 5) == nil)
    }

    @Test mutating func refusedUnitsAreNotCounted() {
        _ = table.take(2, at: bucket(1), of: limit, now: 0)
        for _ in 0..<100 { #expect(table.take(1, at: bucket(1), of: limit, now: 0) == 5) }
        #expect(table.take(3, at: bucket(9), of: limit, now: 0) == .infinity)
        #expect(table.count == 1)
    }

    @Test mutating func lookingRemembersNothing() {
        #expect(table.wait(for: 2, at: bucket(1), of: limit, now: 0) == 0)
        #expect(table.wait(for: 3, at: bucket(1), of: limit, now: 0) == .infinity)
        #expect(table.state(at: bucket(1), of: limit, now: 0).remaining == 2)
        #expect(table.count == 0)
    }

    /// Idle buckets are removed first, then those that will be empty first. A refused client stays refused.
    @Test mutating func memoryIsBounded() {
        _ = table.take(2, at: bucket(-1), of: RateLimit(amount: 2, window: 86400), now: 0)
        let channel = bucket(-2, .channels)
        _ = table.take(1, at: channel, of: RateLimit(amount: 1), now: 0)
        for number in 0..<(3 * UseTable.capacity) {
            _ = table.take(1, at: bucket(number), of: limit, now: Double(number) / 10_000)
            #expect(table.count <= UseTable.capacity)
        }
        #expect(table.take(1, at: bucket(-1), of: RateLimit(amount: 2, window: 86400), now: 12) != nil)
        #expect(table.take(1, at: channel, of: RateLimit(amount: 1), now: 12) == .infinity)
    }

    @Test mutating func bucketsOfSimultaneousUseAreRemovedWhenEmpty() {
        let channels = RateLimit(amount: 1)
        #expect(table.take(1, at: bucket(1, .channels), of: channels, now: 0) == nil)
        #expect(table.take(1, at: bucket(1, .channels), of: channels, now: 9) == .infinity)
        table.give(1, at: bucket(1, .channels))
        #expect(table.count == 0)
        #expect(table.take(1, at: bucket(1, .channels), of: channels, now: 9) == nil)
    }
}
