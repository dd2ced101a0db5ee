import TileCore
import Tracing

/// The spans of tiles that are under way, one for each attempt: from the decision to send it until its pixels are in place, or
/// nobody waits for it any more.
struct TileSpans {
    let tracer: any Tracer
    private var spans: [PassID: [Int: [Int: any Span]]] = [:]

    init(_ tracer: any Tracer) { self.tracer = tracer }

    /// - Returns: what the attempt travels with.
    mutating func begin(_ dispatch: Scheduler.Dispatch, of order: PassOrder) -> ServiceContext? {
        guard let scope = order.scope, scope.trace != nil else { return order.scope }
        let span = tracer.startSpan("tile", context: scope, ofKind: .producer)
        guard span.isRecording else { return span.context }
        span.updateAttributes { attributes in
            attributes[SpanKey.job] = "\(dispatch.tile.job)"
            attributes[SpanKey.pass] = dispatch.tile.pass
            attributes[SpanKey.tile] = dispatch.tile.index
            attributes[SpanKey.attempt] = dispatch.attempt
            attributes[SpanKey.isSpeculative] = dispatch.isSpeculative
            attributes[SpanKey.bytes] = order.geometry.bytes(dispatch.tile.index)
            attributes[SpanKey.messagingSystem] = "kafka"
            attributes[SpanKey.messagingPartition] = "\(dispatch.partition)"
        }
        spans[order.id, default: [:]][dispatch.tile.index, default: [:]][dispatch.attempt] = span
        return span.context
    }

    /// An answer has come; if it is accepted, its pixels are still to be put in place.
    func note(_ result: TileResult) {
        spans[PassID(of: result.tile)]?[result.tile.index]?[result.attempt]?.attributes[SpanKey.worker] = result.worker
    }

    /// Nothing more comes of an attempt, or of any of the tile.
    mutating func end(_ tile: TileID, attempt: Int? = nil, _ outcome: String, isError: Bool = true) {
        let pass = PassID(of: tile)
        guard let all = spans[pass]?[tile.index] else { return }
        for (number, span) in all where attempt == nil || number == attempt {
            Self.end(span, outcome, isError: isError)
            spans[pass]?[tile.index]?[number] = nil
        }
        if spans[pass]?[tile.index]?.isEmpty == true { spans[pass]?[tile.index] = nil }
    }

    /// The tile is done: by the attempt whose worker is known, which makes the others needless.
    mutating func finish(_ tile: TileID) {
        let pass = PassID(of: tile)
        for span in (spans[pass]?.removeValue(forKey: tile.index) ?? [:]).values {
            let isAnswered = span.attributes.get(SpanKey.worker) != nil
            Self.end(span, isAnswered ? "accepted" : "abandoned", isError: false)
        }
    }

    /// A pass is over, however.
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
