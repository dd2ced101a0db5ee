import Logging
import ServiceLifecycle
import ServiceLifecycleTestKit
import Synchronization
import Testing
import TileCore

@testable import MasterDaemon

/// Dead letters, with a fake cluster that accepts or refuses them.
@Suite(.timeLimit(.minutes(10))) struct DeadLetterSenderTests {
    /// A fake cluster. Each record waits for an answer that the test gives.
    private final class FakeTopic: Sendable {
        let payloads = Mutex<[String]>([])
        let answers: AsyncStream<KafkaError?>
        let answer: AsyncStream<KafkaError?>.Continuation
        /// Yields for each record that has arrived.
        let arrivals: AsyncStream<Void>
        private let arrival: AsyncStream<Void>.Continuation

        init() {
            (answers, answer) = AsyncStream.makeStream()
            (arrivals, arrival) = AsyncStream.makeStream()
        }

        func take(_ record: consuming KafkaRecord) async throws(KafkaError) {
            let text = record.payload.withBytes { String(decoding: [UInt8](copying: $0), as: UTF8.self) }
            arrival.yield()
            for await answer in answers {
                if let answer { throw answer }
                payloads.withLock { $0.append(text) }
                return
            }
            throw KafkaError(.closed, "the producer is closed")
        }
    }

    /// Records that were consumed from a topic.
    private static func messages(_ texts: [String]) async throws -> [KafkaMessage] {
        let broker = try EmbeddedBroker(
            topics: [KafkaTopicSpecification(name: "t", partitions: 1)], logger: .silent)
        let producer = try KafkaProducer(broker.configuration, logger: .silent)
        let consumer = try KafkaConsumer(
            broker.configuration, source: .stored(group: "g", [KafkaPartition(topic: "t", partition: 0)]),
            logger: .silent)
        var found: [KafkaMessage] = []
        for text in texts {
            try await producer.send(
                KafkaRecord(topic: "t", partition: 0, payload: OwnedBytes(copying: Array(text.utf8))))
            found.append(try #require(await consumer.next()))
        }
        await consumer.close()
        await producer.close(within: 1)
        return found
    }

    private static func sender(_ topic: FakeTopic, _ capacity: DeadLetterSender.Capacity = .init()) -> DeadLetterSender
    {
        DeadLetterSender(topic: "dead-letters", capacity: capacity, pause: .zero, logger: .silent) {
            (record: consuming KafkaRecord) async throws(KafkaError) in try await topic.take(record)
        }
    }

    /// The names of the dead letters that have been dealt with, in order.
    private final class Ends: Sendable {
        let all: AsyncStream<String>
        private let add: AsyncStream<String>.Continuation
        init() { (all, add) = AsyncStream.makeStream() }
        func note(_ name: String) { add.yield(name) }
    }

    @Test func sendingDoesNotWaitForTheEndOfAnOutage() async throws {
        let messages = try await Self.messages(["a", "b"])
        let (topic, ends) = (FakeTopic(), Ends())
        let sender = Self.sender(topic)
        let run = Task { try await sender.run() }
        defer { run.cancel() }
        for (name, message) in zip(["a", "b"], messages) {
            sender.send(message, reason: "no good") { ends.note(name) }
        }
        var arrivals = topic.arrivals.makeAsyncIterator()
        let away = KafkaError(.timedOut, "not confirmed")
        for _ in 0..<3 {
            await arrivals.next()
            topic.answer.yield(away)
        }
        await arrivals.next()
        #expect((sender.delivered, sender.lost) == (0, 0))
        topic.answer.yield(nil)
        topic.answer.yield(nil)
        var all = ends.all.makeAsyncIterator()
        #expect(await all.next() == "a")
        #expect(await all.next() == "b")
        #expect(topic.payloads.withLock { $0 } == ["a", "b"])
        #expect((sender.delivered, sender.lost) == (2, 0))
    }

    @Test func aRefusedRecordIsLostAndDelaysNoOther() async throws {
        let messages = try await Self.messages(["a", "b"])
        let (topic, ends) = (FakeTopic(), Ends())
        let sender = Self.sender(topic)
        let run = Task { try await sender.run() }
        defer { run.cancel() }
        for message in messages { sender.send(message, reason: "no good") { ends.note("\(message.offset)") } }
        topic.answer.yield(KafkaError(.recordTooLarge, "too large"))
        topic.answer.yield(nil)
        var all = ends.all.makeAsyncIterator()
        #expect(await all.next() == "0")
        #expect(await all.next() == "1")
        #expect(topic.payloads.withLock { $0 } == ["b"])
        #expect((sender.delivered, sender.lost) == (1, 1))
    }

    @Test(arguments: [DeadLetterSender.Capacity(records: 2), .init(bytes: 7)])
    func recordsAboveTheCapacityAreLostAndCounted(capacity: DeadLetterSender.Capacity) async throws {
        let messages = try await Self.messages(["aaa", "bbb", "ccc"])
        let (topic, ends) = (FakeTopic(), Ends())
        let sender = Self.sender(topic, capacity)
        for message in messages { sender.send(message, reason: "no good") { ends.note("\(message.offset)") } }
        var all = ends.all.makeAsyncIterator()
        #expect(await all.next() == "2")
        #expect((sender.delivered, sender.lost) == (0, 1))
        let run = Task { try await sender.run() }
        defer { run.cancel() }
        topic.answer.yield(nil)
        topic.answer.yield(nil)
        #expect(await all.next() == "0")
        #expect(await all.next() == "1")
        // There is space again.
        sender.send(messages[2], reason: "no good") { ends.note("again") }
        topic.answer.yield(nil)
        #expect(await all.next() == "again")
        #expect((sender.delivered, sender.lost) == (3, 1))
    }

    @Test func aShutdownWaitsForLettersButNotForAnOutage() async throws {
        let messages = try await Self.messages(["a", "b"])
        let (topic, ends) = (FakeTopic(), Ends())
        let sender = Self.sender(topic)
        for message in messages { sender.send(message, reason: "no good") { ends.note("\(message.offset)") } }
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await sender.run() }
                var arrivals = topic.arrivals.makeAsyncIterator()
                await arrivals.next()
                trigger.triggerGracefulShutdown()
                // The first one is confirmed only now, the second one never.
                topic.answer.yield(nil)
                try await group.waitForAll()
            }
        }
        #expect((sender.delivered, sender.lost) == (1, 0))
        // The producer is closed. `then` of the second letter is not called.
        topic.answer.finish()
        var all = ends.all.makeAsyncIterator()
        #expect(await all.next() == "0")
        #expect((sender.delivered, sender.lost) == (1, 0))
    }
}
