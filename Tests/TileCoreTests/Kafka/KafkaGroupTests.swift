import Synchronization
import Testing

@testable import TileCore

/// Members of one group. Each join takes three seconds with the embedded broker, so a test does much at once.
@Suite(.timeLimit(.minutes(1))) struct KafkaGroupTests {
    private static let all = Array(Int32(0)..<16)

    /// A member that hands on what it gets.
    private struct Member {
        let consumer: KafkaConsumer
        let changes: AsyncStream<KafkaConsumer.Rebalance>

        init(of cluster: TestCluster, group: String) throws {
            let (stream, continuation) = AsyncStream<KafkaConsumer.Rebalance>.makeStream()
            changes = stream
            consumer = try cluster.consumer(.group(group, topics: ["t"])) { continuation.yield($0) }
        }

        func nextChange() async -> KafkaConsumer.Rebalance? { await changes.first { _ in true } }

        func nextAssignment() async throws -> [Int32] {
            guard case .assigned(let partitions)? = await nextChange() else { throw Unexpected() }
            #expect(partitions.allSatisfy { $0.topic == "t" })
            return partitions.map(\.partition).sorted()
        }

        func nextRevocation() async throws -> [Int32] {
            guard case .revoked(let partitions)? = await nextChange() else { throw Unexpected() }
            return partitions.map(\.partition).sorted()
        }
    }

    private struct Unexpected: Error {}

    @Test func twoMembersShareThePartitionsAndTakeThemOver() async throws {
        let cluster = try TestCluster(topics: ["t": 16])
        let producer = try cluster.producer()
        let (texts, arrived) = AsyncStream<(member: String, text: String, partition: Int32)>.makeStream()
        func sendAll(_ round: String) async throws {
            for partition in Self.all {
                try await producer.send(KafkaRecord("\(round)\(partition)", to: "t", partition: partition))
            }
        }
        /// Waits until every record of the round has come; which member had which.
        func awaitAll(_ round: String) async -> [Int32: Set<String>] {
            var seen: [Int32: Set<String>] = [:]
            for await (member, text, partition) in texts where text.hasPrefix(round) {
                #expect(text == "\(round)\(partition)")
                seen[partition, default: []].insert(member)
                if seen.count == 16 { break }
            }
            return seen
        }
        func run(_ name: String, _ member: Member) -> Task<Void, Never> {
            Task {
                while let message = await member.consumer.next() {
                    arrived.yield((name, message.text, message.partition))
                    member.consumer.store(through: message)
                }
            }
        }

        let first = try Member(of: cluster, group: "g")
        let firstRun = run("first", first)
        #expect(try await first.nextAssignment() == Self.all)
        try await sendAll("a")
        #expect(await awaitAll("a").values.allSatisfy { $0 == ["first"] })

        let second = try Member(of: cluster, group: "g")
        let secondRun = run("second", second)
        #expect(try await first.nextRevocation() == Self.all)
        let firstPart = try await first.nextAssignment()
        let secondPart = try await second.nextAssignment()
        #expect(!firstPart.isEmpty && !secondPart.isEmpty)
        #expect((firstPart + secondPart).sorted() == Self.all)
        try await sendAll("b")
        for (partition, members) in await awaitAll("b") {
            #expect(members == [firstPart.contains(partition) ? "first" : "second"])
        }

        await second.consumer.close()
        await secondRun.value
        #expect(try await second.nextRevocation() == secondPart)
        #expect(try await first.nextRevocation() == firstPart)
        let takenOver = try await first.nextAssignment()
        #expect(takenOver == Self.all)
        try await sendAll("c")
        #expect(await awaitAll("c").values.allSatisfy { $0 == ["first"] })

        await first.consumer.close()
        await firstRun.value
        #expect(try await first.nextRevocation() == Self.all)
        await producer.close(within: 5)
    }

    @Test func onlyWhatIsStoredIsDone() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        for number in 0..<5 { try await producer.send(KafkaRecord("\(number)", to: "t")) }

        let forgetful = try Member(of: cluster, group: "g")
        #expect(await forgetful.consumer.take(5).map(\.text) == ["0", "1", "2", "3", "4"])
        await forgetful.consumer.close()

        let careful = try Member(of: cluster, group: "g")
        let messages = await careful.consumer.take(5)
        #expect(messages.map(\.text) == ["0", "1", "2", "3", "4"])
        careful.consumer.store(through: messages[2])
        await careful.consumer.close()

        let last = try Member(of: cluster, group: "g")
        #expect(await last.consumer.take(2).map(\.text) == ["3", "4"])
        await last.consumer.close()
        await producer.close(within: 5)
    }

    /// The last moment to say what is done is while the partitions are taken away.
    @Test func aMemberCanStoreWhileItsPartitionsAreRevoked() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        for number in 0..<3 { try await producer.send(KafkaRecord("\(number)", to: "t")) }
        let leaving = Mutex<KafkaConsumer?>(nil)
        let first = try cluster.consumer(.group("g", topics: ["t"])) { change in
            guard case .revoked = change else { return }
            leaving.withLock { $0.take() }?.store(topic: "t", partition: 0, offset: 2)
        }
        #expect(await first.take(3).map(\.text) == ["0", "1", "2"])
        leaving.withLock { $0 = first }
        await first.close()
        let second = try Member(of: cluster, group: "g")
        #expect(await second.consumer.next()?.text == "2")
        await second.consumer.close()
        await producer.close(within: 5)
    }
}
