import TileCore
import Tracing

/// The open spans of tiles, one for each attempt: from the decision to send it until its pixels are written, or until it is
/// abandoned.
struct TileSpans {
    let tracer: any Tracer
    private var spans: [PassID: [Int: [Int: any Span]]] = [:]

    init(_ tracer: any Tracer) { self.tracer = tracer }

    /// - Returns: the context that is sent with the attempt.
    mutating func begin(_ dispatch: Scheduler.Dispatch, of order: PassOrder) -> ServiceContext? {
        guard let scope = order.scope, scope.trace != nil else { return order.scope }
        let span = tracer.startSpan("tile", context: scope, ofKind: .producer)
        guard span.isRecording else { return span.context }
        span.updateAttributes { attributes in
            attributes[SpanKey.job] = "\(dispatch.tile.job)"
            attributes[SpanKey.pass] = dispatch.tile.pass
            attributes[SpanKey.tile] = dispatch.tile.index
            if dispatch.count > 1 { attributes[SpanKey.tiles] = dispatch.count }
            attributes[SpanKey.attempt] = dispatch.attempt
            attributes[SpanKey.isSpeculative] = dispatch.isSpeculative
            attributes[SpanKey.bytes] = dispatch.indices.reduce(0) { $0 + order.geometry.bytes($1) }
            attributes[SpanKey.messagingSystem] = "kafka"
            attributes[SpanKey.messagingPartition] = "\(dispatch.partition)"
        }
        spans[order.id, default: [:]][dispatch.tile.index, default: [:]][dispatch.attempt] = span
        return span.context
    }

    /// Notes the worker of an answer. If the answer is accepted, its pixels are still to be written.
    func note(_ result: TileResult) {
        spans[PassID(of: result.tile)]?[result.tile.index]?[result.attempt]?.attributes[SpanKey.worker] = result.worker
    }

    /// Ends the span of one attempt, or of all attempts of the tile.
    mutating func end(_ tile: TileID, attempt: Int? = nil, _ outcome: String, isError: Bool = true) {
        let pass = PassID(of: tile)
        guard let all = spans[pass]?[tile.index] else { return }
        for (number, span) in all where attempt == nil || number == attempt {
            Self.end(span, outcome, isError: isError)
            spans[pass]?[tile.index]?[number] = nil
        }
        if spans[pass]?[tile.index]?.isEmpty == true { spans[pass]?[tile.index] = nil }
    }

    /// Ends the spans of a finished tile. The attempt with a known worker is the accepted one.
    mutating func finish(_ tile: TileID) {
        let pass = PassID(of: tile)
        for span in (spans[pass]?.removeValue(forKey: tile.index) ?? [:]).values {
            let isAnswered = span.attributes.get(SpanKey.worker) != nil
            Self.end(span, isAnswered ? "accepted" : "abandoned", isError: false)
        }
    }

    /// Ends the spans of a pass that has ended, with or without success.
    mutating func end(_ pass: PassID) {
        for span in (spans.removeValue(forKey: pass) ?? [:]).values.flatMap(\.values) {
            Self.end(span, "abandoned", isError: false)
        }
    }

    private static func end(_ span: any Span, _ outcome: String, isError: Bool) {
        span.attributes[SpanKey.outcome] = outcome
        if isError { span.setStatus(SpanStatus(code: .error, message: outcome)) }
        span.end()
    }
}
