import NIOCore
import Synchronization
import Testing

@testable import MasterDaemon

@Suite struct EventSubscriptionTests {
    @Test func messagesComeInOrderAndEndWithTheMaster() async {
        let client = EventSubscription(job: nil) { Issue.record("cut off, but not behind") }
        for number in 0..<EventSubscription.capacity { client.send(ByteBuffer(integer: number)) }
        client.finish(.internalError)
        var found: [Int] = []
        for await message in client.messages { found.append(message.getInteger(at: 0) ?? -1) }
        #expect(found == Array(0..<EventSubscription.capacity))
        #expect(client.ending == .internalError)
    }

    @Test func aClientThatFallsBehindIsCutOffOnceAndGetsNoMore() async {
        let cuts = Mutex(0)
        let client = EventSubscription(job: nil) { cuts.withLock { $0 += 1 } }
        for number in 0..<EventSubscription.capacity + 50 { client.send(ByteBuffer(integer: number)) }
        #expect(cuts.withLock { $0 } == 1)
        var count = 0
        for await _ in client.messages { count += 1 }
        #expect(count == EventSubscription.capacity)
    }
}
