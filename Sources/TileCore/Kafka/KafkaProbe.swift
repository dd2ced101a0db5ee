internal import CKafka
internal import Foundation
internal import Logging

/// Asks a cluster for some topics over and over, with a client and a thread of its own.
///
/// Its time-outs are short, so that it tells soon that no broker answers, and soon that one answers again. Its client
/// writes no log: whoever takes the answers knows better which of them are news.
public final class KafkaProbe: Sendable {
    /// A topic as the cluster describes it.
    public struct Topic: Sendable, Hashable {
        /// 0 when there is no such topic, or none for this client.
        public let partitions: Int
        /// Partitions that nobody can write to or read from now.
        public let leaderless: Int

        public init(partitions: Int, leaderless: Int = 0) {
            self.partitions = partitions
            self.leaderless = leaderless
        }
    }

    /// Seconds from an answer to the next question.
    private static let pause = 0.5
    /// Seconds that the cluster has for an answer.
    private static let deadline = 2.0
    /// What differs from librdkafka's defaults; see `docs/kafka.md`.
    static let defaults = [
        // A connection on which nothing comes is closed, and the next one tried: it may be of before an outage.
        "socket.timeout.ms": "1000",
        "socket.connection.setup.timeout.ms": "1500",
        "api.version.request.timeout.ms": "1500",
        "reconnect.backoff.ms": "100",
        "reconnect.backoff.max.ms": "500",
    ]

    private let thread: KafkaThread

    /// - Parameter onAnswer: called on the probe's thread with each answer, by topic, or with what is wrong, about twice a
    ///   second.
    public init(
        _ configuration: KafkaConfiguration, topics: [String],
        onAnswer: @escaping @Sendable (Result<[String: Topic], KafkaError>) -> Void
    ) throws(KafkaError) {
        let callbacks = KafkaCallbacks(logger: Logger(label: "kafka-probe") { _ in SwiftLogNoOpLogHandler() })
        // A consumer's client makes no topics by asking for them.
        let handle = try KafkaHandle(
            RD_KAFKA_CONSUMER,
            properties: configuration.over(KafkaConsumer.defaults.merging(Self.defaults) { _, own in own }),
            callbacks: callbacks)
        let known = try KnownTopics(topics, of: handle)
        let brokers = configuration.brokers
        thread = KafkaThread(name: "kafka-probe") {
            onAnswer(Self.ask(known, callbacks, brokers: brokers))
            Thread.sleep(forTimeInterval: Self.pause)
        }
    }

    /// Ends the probe. An answer may still come within the deadline.
    public func close() async { _ = await thread.stop(within: .milliseconds(100)) {} }

    private static func ask(
        _ topics: KnownTopics, _ callbacks: KafkaCallbacks, brokers: String
    ) -> Result<[String: Topic], KafkaError> {
        let end = ContinuousClock.now + .seconds(deadline)
        var left = deadline
        while true {
            let answer = topics.describe(within: left)
            if case .success = answer {
                callbacks.reportSuccess()
                return answer
            }
            left = (end - .now) / .seconds(1)
            // A connection that broke while it was asked may be replaced at once.
            guard left > 0.1 else { break }
            Thread.sleep(forTimeInterval: 0.05)
        }
        let cause = callbacks.cause ?? "nothing came within \(deadline) s"
        return .failure(KafkaError(.timedOut, "the brokers \(brokers) do not answer: \(cause)"))
    }
}

/// The topics that a client asks for.
@safe
private final class KnownTopics: @unchecked Sendable {
    // Sendable: one thread has it.
    private let handle: KafkaHandle
    private var topics: [OpaquePointer] = unsafe []

    init(_ names: [String], of handle: KafkaHandle) throws(KafkaError) {
        self.handle = handle
        for name in names {
            guard let topic = unsafe rd_kafka_topic_new(handle.client, name, nil) else {
                throw KafkaError(.unknownTopic, "'\(name)' is no topic name")
            }
            unsafe topics.append(topic)
        }
    }

    func describe(within seconds: Double) -> Result<[String: KafkaProbe.Topic], KafkaError> {
        // What the client has to say of its connections comes with a poll.
        defer { unsafe _ = rd_kafka_poll(handle.client, 0) }
        do throws(KafkaError) {
            return .success(
                try unsafe handle.withMetadata(of: .known, within: seconds, "the cluster does not describe its topics")
                {
                    metadata in
                    var found: [String: KafkaProbe.Topic] = [:]
                    for index in 0..<Int(unsafe metadata.topic_cnt) {
                        let topic = unsafe metadata.topics[index]
                        let count = unsafe Int(topic.partition_cnt)
                        let leaderless = (0..<count).count(where: { unsafe topic.partitions[$0].leader < 0 })
                        unsafe found[String(cString: topic.topic)] = KafkaProbe.Topic(
                            partitions: count, leaderless: leaderless)
                    }
                    return found
                })
        } catch {
            return .failure(error)
        }
    }

    deinit { while let topic = unsafe topics.popLast() { unsafe rd_kafka_topic_destroy(topic) } }
}
