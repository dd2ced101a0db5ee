internal import CKafka
internal import Foundation
internal import Logging

/// Asks a cluster for some topics about twice a second, with its own client and thread.
///
/// Timeouts are short, so that outages and recoveries show soon. The client logs nothing; the owner logs changes.
public final class KafkaProbe: Sendable {
    /// A topic as the cluster describes it.
    public struct Topic: Sendable, Hashable {
        /// 0 if there is no such topic, or this client may not see it.
        public let partitions: Int
        /// The number of partitions without a leader; they can be neither read nor written.
        public let leaderless: Int

        public init(partitions: Int, leaderless: Int = 0) {
            self.partitions = partitions
            self.leaderless = leaderless
        }
    }

    /// Seconds from an answer to the next request.
    private static let pause = 0.5
    /// Seconds to wait for an answer.
    private static let deadline = 2.0
    /// What differs from librdkafka's defaults; see `docs/kafka.md`.
    static let defaults = [
        // A connection from before an outage may be dead. Without an answer it is closed, and another one is tried.
        "socket.timeout.ms": "1000",
        "socket.connection.setup.timeout.ms": "1500",
        "api.version.request.timeout.ms": "1500",
        "reconnect.backoff.ms": "100",
        "reconnect.backoff.max.ms": "500",
    ]

    private let thread: KafkaThread

    /// - Parameter onAnswer: called on the probe's thread, about twice a second, with the topics by name or an error.
    public init(
        _ configuration: KafkaConfiguration, topics: [String],
        onAnswer: @escaping @Sendable (Result<[String: Topic], KafkaError>) -> Void
    ) throws(KafkaError) {
        let callbacks = KafkaCallbacks(logger: Logger(label: "kafka-probe") { _ in SwiftLogNoOpLogHandler() })
        // Metadata requests of a consumer create no topics.
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

    /// Ends the probe. One more answer may come within the deadline.
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
            // A connection that broke meanwhile may be replaced at once, so another request can succeed.
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
    // Sendable: only the probe's thread uses it.
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
        // The poll delivers errors of connections to the callbacks.
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
