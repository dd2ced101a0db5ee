import Synchronization
import Testing

@testable import TileCore

/// Members of one group. A join takes three seconds with the embedded broker, so each test covers several cases.
@Suite(.timeLimit(.minutes(10))) struct KafkaGroupTests {
    private static let all = Array(Int32(0)..<16)

    private enum Event: Sendable {
        case change(KafkaConsumer.Rebalance)
        case record(text: String, partition: Int32)
    }

    /// The events of the members, in the order in which the test gets them.
    ///
    /// A group may rebalance more often than necessary, for example after a late heartbeat. So tests wait for the final
    /// state.
    private struct Log {
        private let stream: AsyncStream<(member: String, event: Event)>
        let continuation: AsyncStream<(member: String, event: Event)>.Continuation
        private(set) var held: [String: [Int32]] = [:]
        private(set) var revocations = 0
        private(set) var records: [(member: String, text: String, partition: Int32)] = []

        init() { (stream, continuation) = AsyncStream.makeStream() }

        mutating func wait(until isDone: (Log) -> Bool) async {
            if isDone(self) { return }
            for await (member, event) in stream {
                switch event {
                case .change(.assigned(let partitions)):
                    #expect(held[member] == nil, "\(member) is assigned what it has")
                    held[member] = partitions.map(\.partition).sorted()
                case .change(.revoked(let partitions)):
                    #expect(held[member] == partitions.map(\.partition).sorted())
                    held[member] = nil
                    revocations += 1
                case .record(let text, let partition): records.append((member, text, partition))
                }
                if isDone(self) { return }
            }
        }

        /// Waits until a record with this text has come from every partition, and returns the members that got them.
        mutating func waitForAll(_ text: String) async -> Set<String> {
            await wait { log in Set(log.records.filter { $0.text == text }.map(\.partition)).count == 16 }
            return Set(records.filter { $0.text == text }.map(\.member))
        }
    }

    private static func join(_ member: String, _ cluster: TestCluster, _ log: Log) throws -> KafkaConsumer {
        let events = log.continuation
        let consumer = try cluster.consumer(.group("g", topics: ["t"])) { events.yield((member, .change($0))) }
        Task {
            while let message = await consumer.next() {
                events.yield((member, .record(text: message.text, partition: message.partition)))
                consumer.store(through: message)
            }
        }
        return consumer
    }

    @Test func twoMembersShareThePartitionsAndTakeThemOver() async throws {
        let cluster = try TestCluster(topics: ["t": 16], groups: ["g"])
        let producer = try cluster.producer()
        func sendAll(_ text: String) async throws {
            for partition in Self.all { try await producer.send(KafkaRecord(text, to: "t", partition: partition)) }
        }
        var log = Log()

        let first = try Self.join("first", cluster, log)
        await log.wait { $0.held == ["first": Self.all] }
        try await sendAll("a")
        #expect(await log.waitForAll("a") == ["first"])

        let second = try Self.join("second", cluster, log)
        await log.wait { log in
            guard let first = log.held["first"], let second = log.held["second"] else { return false }
            return !first.isEmpty && !second.isEmpty && (first + second).sorted() == Self.all
        }
        try await sendAll("b")
        #expect(await log.waitForAll("b") == ["first", "second"])

        await second.close()
        await log.wait { $0.held == ["first": Self.all] }
        try await sendAll("c")
        #expect(await log.waitForAll("c") == ["first"])

        await first.close()
        await log.wait { $0.held.isEmpty }
        await producer.close(within: 5)
    }

    /// The embedded broker refuses members that ask for their partitions after the leader, and then all members join
    /// again. `EmbeddedBroker.coordinate` makes the leader the last to ask. Otherwise nearly every join of four members
    /// would be repeated.
    @Test func fourMembersAgreeInOneRound() async throws {
        let cluster = try TestCluster(topics: ["t": 16], groups: ["g"])
        var log = Log()
        var members: [KafkaConsumer] = []
        for name in ["a", "b", "c", "d"] { members.append(try Self.join(name, cluster, log)) }
        await log.wait { $0.held.count == 4 }
        #expect(log.held.values.allSatisfy { $0.count == 4 })
        #expect(log.held.values.flatMap { $0 }.sorted() == Self.all)
        #expect(log.revocations == 0)
        for member in members { await member.close() }
    }

    @Test func onlyStoredOffsetsAreCommitted() async throws {
        let cluster = try TestCluster(topics: ["t": 1], groups: ["g"])
        let producer = try cluster.producer()
        for number in 0..<5 { try await producer.send(KafkaRecord("\(number)", to: "t")) }

        let forgetful = try cluster.consumer(.group("g", topics: ["t"]))
        #expect(await forgetful.take(5).map(\.text) == ["0", "1", "2", "3", "4"])
        await forgetful.close()

        let careful = try cluster.consumer(.group("g", topics: ["t"]))
        let messages = await careful.take(5)
        #expect(messages.map(\.text) == ["0", "1", "2", "3", "4"])
        careful.store(through: messages[2])
        await careful.close()

        let last = try cluster.consumer(.group("g", topics: ["t"]))
        #expect(await last.take(2).map(\.text) == ["3", "4"])
        await last.close()
        await producer.close(within: 5)
    }

    /// Offsets can be stored until the end of the revocation.
    @Test func aMemberCanStoreWhileItsPartitionsAreRevoked() async throws {
        let cluster = try TestCluster(topics: ["t": 1], groups: ["g"])
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
        let second = try cluster.consumer(.group("g", topics: ["t"]))
        #expect(await second.next()?.text == "2")
        await second.close()
        await producer.close(within: 5)
    }
}
