internal import Synchronization
public import Tracing

/// A span that has not ended. If its trace is not recorded, it only keeps its context for child spans.
public final class TraceSpan: Span {
    private struct State {
        var name: String
        var attributes: SpanAttributes = [:]
        var events: [SpanEvent] = []
        var links: [SpanLink] = []
        var status: SpanStatus?
        var hasEnded = false
    }

    /// The maximum number of a span's events, and of its links; further ones are dropped.
    private static let most = 32

    public let context: ServiceContext
    private let trace: TraceContext
    private let parentID: String?
    private let kind: SpanKind
    private let start: UInt64
    private let state: Mutex<State>
    private let whenEnded: @Sendable (FinishedSpan) -> Void

    init(
        _ name: String, kind: SpanKind, trace: TraceContext, parentID: String?, context: ServiceContext,
        start: UInt64, whenEnded: @escaping @Sendable (FinishedSpan) -> Void
    ) {
        self.kind = kind
        self.trace = trace
        self.parentID = parentID
        self.start = start
        self.whenEnded = whenEnded
        var context = context
        context.trace = trace
        self.context = context
        state = Mutex(State(name: name))
    }

    public var isRecording: Bool { trace.isSampled && state.withLock { !$0.hasEnded } }

    public var operationName: String {
        get { state.withLock { $0.name } }
        set { change { $0.name = newValue } }
    }

    public var attributes: SpanAttributes {
        get { state.withLock { $0.attributes } }
        set { change { $0.attributes = newValue } }
    }

    public func setStatus(_ status: SpanStatus) { change { $0.status = status } }

    public func addEvent(_ event: SpanEvent) {
        change { if $0.events.count < Self.most { $0.events.append(event) } }
    }

    public func addLink(_ link: SpanLink) {
        change { if $0.links.count < Self.most { $0.links.append(link) } }
    }

    public func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        guard trace.isSampled else { return }
        var attributes = attributes
        attributes["exception.type"] = "\(type(of: error))"
        attributes["exception.message"] = "\(error)"
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
    }

    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard trace.isSampled else { return }
        let ended = state.withLock { state -> State? in
            guard !state.hasEnded else { return nil }
            state.hasEnded = true
            return state
        }
        guard let ended else { return }
        whenEnded(
            FinishedSpan(
                context: trace, parentID: parentID, name: ended.name, kind: kind, start: start,
                // Not before the start, even if the machine's clock was set back meanwhile.
                end: max(start, instant().nanosecondsSinceEpoch), attributes: ended.attributes, events: ended.events,
                links: ended.links, status: ended.status))
    }

    private func change(_ change: (inout State) -> Void) {
        guard trace.isSampled else { return }
        state.withLock { if !$0.hasEnded { change(&$0) } }
    }
}
