internal import Tracing

/// A span that has ended, as it is sent.
struct FinishedSpan: Sendable {
    let context: TraceContext
    /// The id of the span above it; `nil` for the first of a trace.
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
