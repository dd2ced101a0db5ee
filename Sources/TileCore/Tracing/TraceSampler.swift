/// Decides which new traces are recorded. If a request brings its trace along, the request's sender has decided. Pure.
public struct TraceSampler: Sendable, Hashable {
    /// The fraction of new traces that are recorded, 0 to 1.
    public let ratio: Double
    /// Traces are recorded if the last 56 bits of their id are below this bound, as in OpenTelemetry's
    /// `TraceIdRatioBased`, so that all programs record the same traces.
    private let bound: UInt64

    /// - Precondition: `ratio` is from 0 to 1.
    public init(ratio: Double = 1) {
        self.ratio = ratio
        bound = UInt64((ratio * 0x1p56).rounded())
    }

    /// - Parameter traceID: 32 hexadecimal digits.
    func samples(_ traceID: String) -> Bool { UInt64(traceID.suffix(14), radix: 16).map { $0 < bound } ?? false }
}
