public import Tracing

/// Creates spans, and passes ended ones to an exporter. Trace contexts are propagated as `traceparent` and `tracestate`
/// (W3C Trace Context).
public struct TileworkTracer: Tracer {
    public static let parentField = "traceparent"
    public static let stateField = "tracestate"

    private let sampler: TraceSampler
    private let whenEnded: @Sendable (FinishedSpan) -> Void

    init(sampler: TraceSampler, whenEnded: @escaping @Sendable (FinishedSpan) -> Void) {
        self.sampler = sampler
        self.whenEnded = whenEnded
    }

    public init(sampler: TraceSampler, exporter: TraceExporter) {
        self.init(sampler: sampler) { exporter.take($0) }
    }

    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> TraceSpan {
        let context = context()
        let parent = context.trace
        return TraceSpan(
            operationName, kind: kind, trace: parent?.child() ?? .root(sampler: sampler), parentID: parent?.spanID,
            context: context, start: instant().nanosecondsSinceEpoch, whenEnded: whenEnded)
    }

    /// For callers of the older interface.
    public func startAnySpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> any Span {
        startSpan(
            operationName, context: context(), ofKind: kind, at: instant(), function: function, file: fileID, line: line
        )
    }

    /// Does nothing, because the exporter sends spans by itself.
    public func forceFlush() {}

    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let parent = extractor.extract(key: Self.parentField, from: carrier) else { return }
        let state = extractor.extract(key: Self.stateField, from: carrier)
        if let trace = TraceContext(parent: parent, state: state) { context.trace = trace }
    }

    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context.trace else { return }
        injector.inject(trace.parent, forKey: Self.parentField, into: &carrier)
        if let state = trace.state { injector.inject(state, forKey: Self.stateField, into: &carrier) }
    }
}
