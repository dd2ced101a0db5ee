import DequeModule
import Logging
import ServiceLifecycle
import Synchronization
import TileCore

/// Moves records that cannot be read to `dead-letters` and counts them.
///
/// It has a queue and a task of its own: whoever finds such a record reads on at once, also while the topic has no
/// leader. Letters go one after the other, and wait for as long as the cluster is away.
final class DeadLetterSender: Service {
    /// What may wait. A letter beyond it is lost, since memory is not for garbage.
    struct Capacity: Sendable {
        var records = 1000
        /// Of their payloads together.
        var bytes = 64 << 20
    }

    typealias Delivery = @Sendable (consuming KafkaRecord) async throws(KafkaError) -> Void

    private final class Letter: Sendable {
        let record: KafkaRecord
        /// Where the record was.
        let origin: Logger.Metadata
        let then: (@Sendable () -> Void)?

        init(_ record: consuming KafkaRecord, origin: Logger.Metadata, then: (@Sendable () -> Void)?) {
            self.record = record
            self.origin = origin
            self.then = then
        }
    }

    private struct State {
        /// The first one is on its way.
        var queue = Deque<Letter>()
        var bytes = 0
        var delivered = 0
        var lost = 0
    }

    /// What a shutdown waits for letters that are still there.
    private static let lastPatience = Duration.seconds(1)

    private let topic: String
    private let capacity: Capacity
    private let pause: Duration
    private let delivery: Delivery
    private let logger: Logger
    private let state = Mutex(State())
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation
    /// Tells that the queue is empty.
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

    /// Records that are in `dead-letters` now.
    var delivered: Int { state.withLock { $0.delivered } }

    /// Records that are not, because the queue was full or the cluster refused them.
    var lost: Int { state.withLock { $0.lost } }

    /// Queues a record; returns at once.
    /// - Parameter then: called once the record is delivered or lost. A master that ends before that does not call it.
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
        guard isTaken else { return lose(letter, "too many others wait") }
        arrival.yield()
    }

    func run() async throws {
        // Not a child: a letter on its way cannot be called back, and a shutdown does not wait for an outage to end.
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
                        "dead letters are not delivered; trying again until they are",
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
