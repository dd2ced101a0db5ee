import Testing

@testable import TileCore

/// The mailbox alone, with messages that a consumer got.
@Suite(.timeLimit(.minutes(10))) struct KafkaMailboxTests {
    /// `count` messages of 100 bytes from each of two partitions, "0.0", "0.1", … and "1.0", "1.1", ….
    private static func messages(_ count: Int) async throws -> [[KafkaMessage]] {
        let cluster = try TestCluster(topics: ["t": 16])
        let producer = try cluster.producer()
        for number in 0..<count {
            for partition in Int32(0)..<2 {
                try await producer.send(
                    KafkaRecord(
                        topic: "t", partition: partition, key: "\(partition).\(number)", payload: OwnedBytes(count: 100)
                    ))
            }
        }
        let reader = try cluster.reader(of: "t", partitions: [0, 1])
        let all = await reader.take(2 * count)
        await reader.close()
        await producer.close(within: 5)
        return (0..<2).map { partition in
            all.filter { $0.partition == partition }.sorted { $0.offset < $1.offset }
        }
    }

    @Test func messagesComeInOrder() async throws {
        let messages = try await Self.messages(3)[0]
        let mailbox = KafkaMailbox()
        for message in messages { mailbox.put(message) }
        for message in messages { #expect(await mailbox.next() === message) }
        async let waiting = mailbox.next()
        mailbox.put(messages[1])
        #expect(await waiting === messages[1])
    }

    @Test func flowChangesOnceEachWay() async throws {
        let messages = try await Self.messages(5)[0]
        let mailbox = KafkaMailbox(capacity: 250)
        for message in messages.prefix(2) { mailbox.put(message) }
        #expect(mailbox.changeOfFlow() == nil)
        mailbox.put(messages[2])
        #expect(mailbox.changeOfFlow() == .pause)
        #expect(mailbox.changeOfFlow() == nil)
        mailbox.put(messages[3])
        #expect(mailbox.changeOfFlow() == nil)
        // 400 bytes wait; the flow resumes at 125.
        for _ in 0..<2 {
            _ = await mailbox.next()
            #expect(mailbox.changeOfFlow() == nil)
        }
        _ = await mailbox.next()
        #expect(mailbox.changeOfFlow() == .resume)
        #expect(mailbox.changeOfFlow() == nil)
        // A message for a waiting task takes no space.
        _ = await mailbox.next()
        for _ in 0..<10 {
            async let waiting = mailbox.next()
            mailbox.put(messages[4])
            #expect(await waiting === messages[4])
        }
        #expect(mailbox.changeOfFlow() == nil)
    }

    @Test func revokedPartitionsAreForgotten() async throws {
        let messages = try await Self.messages(2)
        let mailbox = KafkaMailbox(capacity: 350)
        for index in 0..<2 {
            mailbox.put(messages[0][index])
            mailbox.put(messages[1][index])
        }
        #expect(mailbox.changeOfFlow() == .pause)
        mailbox.drop([
            KafkaPartition(topic: "t", partition: 0, offset: 77), KafkaPartition(topic: "other", partition: 1),
        ])
        // The revocation ended the pause; the remaining messages fit.
        #expect(mailbox.changeOfFlow() == nil)
        #expect(await mailbox.next()?.key == "1.0")
        #expect(await mailbox.next()?.key == "1.1")
        async let waiting = mailbox.next()
        mailbox.put(messages[0][0])
        #expect(await waiting?.key == "0.0")
    }

    @Test func whatIsLeftAfterARevocationPausesAgain() async throws {
        let messages = try await Self.messages(2)
        let mailbox = KafkaMailbox(capacity: 150)
        for message in messages[0] + messages[1] { mailbox.put(message) }
        #expect(mailbox.changeOfFlow() == .pause)
        mailbox.drop([KafkaPartition(topic: "t", partition: 0)])
        #expect(mailbox.changeOfFlow() == .pause)
    }

    @Test func aFinishedMailboxKeepsNothing() async throws {
        let messages = try await Self.messages(2)[0]
        let mailbox = KafkaMailbox(capacity: 50)
        mailbox.put(messages[0])
        mailbox.finish()
        #expect(await mailbox.next() == nil)
        mailbox.put(messages[1])
        #expect(await mailbox.next() == nil)
        #expect(mailbox.changeOfFlow() == nil)
        mailbox.finish()
    }

    @Test func aCancelledTaskLeavesMessagesToOthers() async throws {
        let messages = try await Self.messages(1)[0]
        let mailbox = KafkaMailbox()
        mailbox.put(messages[0])
        let cancelled = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return await mailbox.next()
        }
        #expect(await cancelled.value == nil)
        #expect(await mailbox.next() === messages[0])
    }

    @Test func finishingWakesTheTaskThatWaits() async throws {
        for _ in 0..<100 {
            let mailbox = KafkaMailbox()
            async let waiting = mailbox.next()
            mailbox.finish()
            #expect(await waiting == nil)
        }
    }
}
