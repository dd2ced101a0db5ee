/// The identity of a span in its trace, which is propagated between processes in the header `traceparent` (W3C Trace
/// Context, level 1).
public struct TraceContext: Sendable, Hashable {
    /// 32 hexadecimal digits, not all 0.
    public let traceID: String
    /// 16 hexadecimal digits, not all 0.
    public let spanID: String
    /// Whether the trace is recorded.
    public let isSampled: Bool
    /// The `tracestate` of other systems, which is passed on unchanged.
    public let state: String?

    /// The longest `tracestate` that is passed on, in bytes: the standard's minimum.
    static let longestState = 512

    init(traceID: String, spanID: String, isSampled: Bool, state: String? = nil) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
        self.state = state.flatMap { Self.isState($0) ? $0 : nil }
    }

    /// Reads a `traceparent`.
    /// - Returns: `nil` if it is not valid. Then a new trace begins here, as the standard demands.
    public init?(parent: String, state: String? = nil) {
        let parts = parent.split(separator: "-", omittingEmptySubsequences: false)
        // Later versions may have further fields after the flags.
        guard parts.count >= 4, Self.isHexadecimal(parts[0], digits: 2), parts[0] != "ff",
            parts[0] != "00" || parts.count == 4,
            Self.isHexadecimal(parts[1], digits: 32), parts[1].contains(where: { $0 != "0" }),
            Self.isHexadecimal(parts[2], digits: 16), parts[2].contains(where: { $0 != "0" }),
            Self.isHexadecimal(parts[3], digits: 2), let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        self.init(
            traceID: String(parts[1]), spanID: String(parts[2]), isSampled: flags & 1 == 1, state: state)
    }

    /// The header `traceparent`.
    public var parent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// The root span of a new trace.
    static func root(sampler: TraceSampler) -> TraceContext {
        let traceID = digits(.random(in: 1 ... .max)) + digits(.random(in: 1 ... .max))
        return TraceContext(traceID: traceID, spanID: newSpanID(), isSampled: sampler.samples(traceID))
    }

    /// A child of this span.
    func child() -> TraceContext {
        TraceContext(traceID: traceID, spanID: Self.newSpanID(), isSampled: isSampled, state: state)
    }

    private static func newSpanID() -> String { digits(.random(in: 1 ... .max)) }

    private static func digits(_ number: UInt64) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }

    /// Whether the text has this many hexadecimal digits in lower case, as the standard demands.
    private static func isHexadecimal(_ text: Substring, digits: Int) -> Bool {
        text.utf8.count == digits
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    private static func isState(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= longestState && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}
