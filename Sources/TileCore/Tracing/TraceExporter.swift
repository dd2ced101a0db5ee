public import Logging
public import ServiceLifecycle
internal import Synchronization

/// Sends spans in batches in the background, so that ending a span never waits. If the endpoint is slow or unreachable,
/// the queue fills up, and further spans are dropped and counted.
public final class TraceExporter: Service {
    /// Numbers of spans since the start.
    public struct Counts: Sendable, Hashable {
        public var exported = 0
        public var dropped = 0
    }

    /// Sizes and times; tests use other ones.
    struct Limits: Sendable {
        var queue = 8192
        var batch = 512
        /// The pause from the first span to the sending of its batch.
        var interval = Duration.milliseconds(500)
        /// The time for the remaining spans at the end.
        var lastPatience = Duration.seconds(2)
    }

    private struct State {
        var queue: TraceQueue
        var exported = 0
        /// Whether a failed delivery was logged.
        var isFailing = false
        /// The number of dropped spans before that failure.
        var droppedBefore = 0
    }

    private let receiver: any TraceReceiver
    private let resource: TraceResource
    private let limits: Limits
    private let logger: Logger
    private let state: Mutex<State>
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    init(_ receiver: any TraceReceiver, from resource: TraceResource, limits: Limits, logger: Logger) {
        self.receiver = receiver
        self.resource = resource
        self.limits = limits
        self.logger = logger
        state = Mutex(State(queue: TraceQueue(capacity: limits.queue)))
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    public convenience init(_ receiver: any TraceReceiver, from resource: TraceResource, logger: Logger) {
        self.init(receiver, from: resource, limits: Limits(), logger: logger)
    }

    /// The counts as a metric.
    public static func family(_ counts: Counts) -> MetricFamily {
        MetricFamily(
            "tilework_spans_total", .counter, "Spans that have ended, by what became of them.", by: "outcome",
            ["exported": Double(counts.exported), "dropped": Double(counts.dropped)])
    }

    public var counts: Counts {
        state.withLock { Counts(exported: $0.exported, dropped: $0.queue.dropped) }
    }

    /// Takes a span; returns at once.
    func take(_ span: FinishedSpan) {
        let (isFirst, isNews) = state.withLock { state in
            let before = state.queue.dropped
            let isFirst = state.queue.append(span)
            guard state.queue.dropped > before, !state.isFailing else { return (isFirst, false) }
            beginFailure(&state, droppedBefore: before)
            return (isFirst, true)
        }
        if isNews { logger.warning("spans are dropped: they end faster than they can be sent") }
        if isFirst { arrival.yield() }
    }

    private func beginFailure(_ state: inout State, droppedBefore: Int) {
        state.isFailing = true
        state.droppedBefore = droppedBefore
    }

    public func run() async throws {
        for await _ in arrivals.cancelOnGracefulShutdown() {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: self.limits.interval) }
            await sendAll(isLast: false)
        }
        await sendLast()
    }

    /// Sends the remaining spans within a time limit, so that the end does not wait for an unreachable endpoint.
    private func sendLast() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.sendAll(isLast: true) }
            group.addTask { try? await Task.sleep(for: self.limits.lastPatience) }
            await group.next()
            group.cancelAll()
        }
        let left = state.withLock { $0.queue.count }
        if left > 0 { logger.warning("\(left) spans were not sent before the end") }
    }

    private func sendAll(isLast: Bool) async {
        while !Task.isCancelled, isLast || !Task.isShuttingDownGracefully {
            let batch = state.withLock { $0.queue.take(limits.batch) }
            guard !batch.isEmpty, await send(batch, isLast: isLast) else { return }
        }
    }

    /// - Returns: false if the batch was put back into the queue.
    private func send(_ batch: [FinishedSpan], isLast: Bool) async -> Bool {
        let body = OTLPDocument.bytes(of: batch, from: resource)
        var delivery = TraceDelivery()
        while true {
            let (answer, reason) = await post(body, isLast: isLast)
            switch delivery.step(after: answer) {
            case .delivered:
                delivered(batch.count)
                return true
            case .giveUp:
                failed(reason)
                state.withLock { $0.queue.drop(batch.count) }
                return true
            case .again(let seconds):
                // At the end there is time for one attempt only.
                guard !isLast else { return putBack(batch) }
                if !Task.isShuttingDownGracefully { failed(reason) }
                let hasWaited: Void? = try? await cancelWhenGracefulShutdown {
                    try await Task.sleep(for: .seconds(seconds))
                }
                guard hasWaited != nil else { return putBack(batch) }
            }
        }
    }

    private func putBack(_ batch: [FinishedSpan]) -> Bool {
        state.withLock { $0.queue.putBack(batch) }
        return false
    }

    /// - Returns: the answer, and the reason in words if it is a failure.
    private func post(_ body: [UInt8], isLast: Bool) async -> (TraceDelivery.Answer, String) {
        do {
            let (status, retryAfter) =
                isLast
                ? try await receiver.post(body, contentType: OTLPDocument.contentType)
                : try await cancelWhenGracefulShutdown {
                    try await self.receiver.post(body, contentType: OTLPDocument.contentType)
                }
            return (.status(status, retryAfter: retryAfter), "the endpoint answers with status \(status)")
        } catch {
            return (.none, "\(error)")
        }
    }

    private func delivered(_ count: Int) {
        let lost = state.withLock { state -> Int? in
            state.exported += count
            guard state.isFailing, state.queue.count < limits.queue / 2 else { return nil }
            state.isFailing = false
            return state.queue.dropped - state.droppedBefore
        }
        if let lost { logger.notice("spans are delivered again; \(lost) were dropped meanwhile") }
    }

    /// Logs a failure once, until spans are delivered again.
    private func failed(_ reason: String) {
        let isNews = state.withLock { state in
            guard !state.isFailing else { return false }
            beginFailure(&state, droppedBefore: state.queue.dropped)
            return true
        }
        guard isNews else { return }
        logger.warning(
            "spans are not delivered; they are resent or dropped, and work goes on",
            metadata: [LogKey.reason: "\(reason)"])
    }
}
