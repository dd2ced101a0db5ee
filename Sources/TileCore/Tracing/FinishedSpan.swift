internal import Tracing

/// A span that has ended and is to be sent.
struct FinishedSpan: Sendable {
    let context: TraceContext
    /// The id of the parent span; `nil` for the root of a trace.
    let parentID: String?
    let name: String
    let kind: SpanKind
    /// Nanoseconds since 1970.
    let start: UInt64
    let end: UInt64
    let attributes: SpanAttributes
    let events: [SpanEvent]
    let links: [SpanLink]
    let status: SpanStatus?
}
