import Testing

@testable import TileCore

@Suite(.timeLimit(.minutes(10))) struct DeadLetterTests {
    @Test(arguments: 1...50) func aLetterComesBackAsItWas(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let letter = DeadLetter(
            reason: generator.text(upTo: 1000), topic: generator.workerID(),
            partition: generator.int(0...Int(Int32.max)),
            offset: Int64(generator.int(0...Int.max)), from: generator.workerID())
        #expect(try DeadLetter(header: WireHeader.encode(letter)) == letter)
    }

    /// A reason may quote untrusted text of any length.
    @Test func aLongReasonLeavesTheLetterReadable() throws {
        let letter = DeadLetter(
            reason: String(repeating: "👩‍👩‍👧‍👦\u{0}", count: 10_000), topic: "tasks", partition: 0, offset: 0, from: "w")
        #expect(letter.reason.unicodeScalars.count == 1000)
        let header = WireHeader.encode(letter)
        #expect(header.count < WireHeader.maximumBytes / 2)
        #expect(try DeadLetter(header: header) == letter)
    }

    /// A malformed record is dead-lettered and consumed again.
    @Test func aDeadLetteredRecordIsUntouched() async throws {
        let cluster = try TestCluster(topics: ["tasks": 16, "dead-letters": 1])
        let producer = try cluster.producer()
        var generator = SeededGenerator(seed: 5)
        let payload = generator.bytes(100_000)
        let description = generator.bytes(300)
        let headers = [KafkaHeader("tile", description), KafkaHeader("other", [1])]
        try await producer.send(
            KafkaRecord(
                topic: "tasks", partition: 9, key: "key", headers: headers, payload: OwnedBytes(copying: payload)))
        let reader = try cluster.reader(of: "tasks", partitions: [9])
        let message = try #require(await reader.next())
        let refusal = #expect(throws: WireError.self) {
            try TileTask(header: message.header("tile"), payloadCount: message.payloadCount)
        }
        let reason = try #require(refusal).reason
        try await producer.send(
            DeadLetter.record(for: message, reason: reason, from: "worker-1", topic: "dead-letters"))

        let deadLetters = try cluster.reader(of: "dead-letters")
        let deadLetter = try #require(await deadLetters.next())
        let letter = try DeadLetter(header: deadLetter.header(DeadLetter.headerName))
        #expect(letter == DeadLetter(reason: reason, topic: "tasks", partition: 9, offset: 0, from: "worker-1"))
        #expect(deadLetter.payload == payload)
        #expect(deadLetter.header("tile") == description)
        #expect(deadLetter.key == "key")
        await reader.close()
        await deadLetters.close()
        await producer.close(within: 5)
    }
}
