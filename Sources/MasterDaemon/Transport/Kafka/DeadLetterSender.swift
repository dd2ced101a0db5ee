import DequeModule
import Logging
import ServiceLifecycle
import Synchronization
import TileCore

/// Moves records that cannot be parsed to `dead-letters` and counts them.
///
/// It has a queue and a task, so that consumers read on at once, even while the topic has no leader. It sends one record
/// at a time, and waits during an outage of the cluster.
final class DeadLetterSender: Service {
    /// How much may wait. Records beyond that are lost, so that garbage does not fill the memory.
    struct Capacity: Sendable {
        var records = 1000
        /// The sum of their payloads.
        var bytes = 64 << 20
    }

    typealias Delivery = @Sendable (consuming KafkaRecord) async throws(KafkaError) -> Void

    private final class Letter: Sendable {
        let record: KafkaRecord
        /// Where the record was read, for log lines.
        let origin: Logger.Metadata
        let then: (@Sendable () -> Void)?

        init(_ record: consuming KafkaRecord, origin: Logger.Metadata, then: (@Sendable () -> Void)?) {
            self.record = record
            self.origin = origin
            self.then = then
        }
    }

    private struct State {
        /// The first one is being sent.
        var queue = Deque<Letter>()
        var bytes = 0
        var delivered = 0
        var lost = 0
    }

    /// How long a shutdown waits for the queue to empty.
    private static let lastPatience = Duration.seconds(1)

    private let topic: String
    private let capacity: Capacity
    private let pause: Duration
    private let delivery: Delivery
    private let logger: Logger
    private let state = Mutex(State())
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation
    /// Yields when the queue is empty.
    private let ends: AsyncStream<Void>
    private let end: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - pause: between two attempts to deliver a letter.
    ///   - delivery: returns once the cluster has the record.
    init(
        topic: String, capacity: Capacity = Capacity(), pause: Duration = .seconds(1), logger: Logger,
        delivery: @escaping Delivery
    ) {
        self.topic = topic
        self.capacity = capacity
        self.pause = pause
        self.delivery = delivery
        self.logger = logger
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (ends, end) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    convenience init(producer: KafkaProducer, topic: String, logger: Logger) {
        self.init(topic: topic, logger: logger) { (record: consuming KafkaRecord) async throws(KafkaError) in
            try await producer.send(record)
        }
    }

    /// The number of records that were moved to `dead-letters`.
    var delivered: Int { state.withLock { $0.delivered } }

    /// The number of records that were lost, because the queue was full or the cluster refused them.
    var lost: Int { state.withLock { $0.lost } }

    /// Queues a record; returns at once.
    /// - Parameter then: called once the record is delivered or lost; not called if the master ends before.
    func send(_ message: KafkaMessage, reason: String, then: (@Sendable () -> Void)? = nil) {
        let letter = Letter(
            DeadLetter.record(for: message, reason: reason, from: "master", topic: topic),
            origin: message.logMetadata, then: then)
        let isTaken = state.withLock { state in
            let bytes = state.bytes + letter.record.payload.count
            guard state.queue.count < capacity.records, bytes <= capacity.bytes else { return false }
            state.queue.append(letter)
            state.bytes = bytes
            return true
        }
        guard isTaken else { return lose(letter, "the queue of dead letters is full") }
        arrival.yield()
    }

    func run() async throws {
        // An unstructured task, because sending cannot be cancelled and a shutdown must not wait for an outage to end.
        let work = Task {
            for await _ in self.arrivals { await self.deliverAll() }
        }
        try? await gracefulShutdown()
        await waitUntilEmpty()
        work.cancel()
        let left = state.withLock { $0.queue.count }
        if left > 0 { logger.warning("\(left) dead letters were not delivered before the end") }
    }

    private func waitUntilEmpty() async {
        let timer = Task {
            try? await Task.sleep(for: Self.lastPatience)
            end.finish()
        }
        var ends = ends.makeAsyncIterator()
        while state.withLock({ !$0.queue.isEmpty }), await ends.next() != nil {}
        timer.cancel()
    }

    private func deliverAll() async {
        while let letter = state.withLock({ $0.queue.first }) {
            guard await deliver(letter) else { return }
            let isEmpty = state.withLock { state in
                state.queue.removeFirst()
                state.bytes -= letter.record.payload.count
                return state.queue.isEmpty
            }
            letter.then?()
            if isEmpty { end.yield() }
        }
    }

    /// - Returns: `false` if the master ends meanwhile.
    private func deliver(_ letter: Letter) async -> Bool {
        var isNews = true
        while !Task.isCancelled {
            do throws(KafkaError) {
                try await delivery(letter.record.copy())
                state.withLock { $0.delivered += 1 }
                return true
            } catch {
                if error.code == .closed { return false }
                guard error.code == .timedOut else {
                    lose(letter, error.reason, calling: false)
                    return true
                }
                if isNews {
                    logger.warning(
                        "dead letter not delivered; trying again until it is",
                        metadata: letter.origin.merging([LogKey.reason: "\(error.reason)"]) { $1 })
                }
                isNews = false
                try? await Task.sleep(for: pause)
            }
        }
        return false
    }

    private func lose(_ letter: Letter, _ reason: String, calling: Bool = true) {
        state.withLock { $0.lost += 1 }
        logger.error(
            "dead letter lost, not moved to \(topic)",
            metadata: letter.origin.merging([LogKey.reason: "\(reason)"]) { $1 })
        if calling { letter.then?() }
    }
}
