/// Which of the traces that begin here are recorded. Pure. Whoever comes with a trace has decided already.
public struct TraceSampler: Sendable, Hashable {
    /// The share that is recorded, 0 to 1.
    public let ratio: Double
    /// Of the last 56 bits of a trace's id, as in OpenTelemetry's `TraceIdRatioBased`: all programs choose the same ones.
    private let bound: UInt64

    /// - Precondition: `ratio` is from 0 to 1.
    public init(ratio: Double = 1) {
        self.ratio = ratio
        bound = UInt64((ratio * 0x1p56).rounded())
    }

    /// - Parameter traceID: 32 hexadecimal digits.
    func samples(_ traceID: String) -> Bool { UInt64(traceID.suffix(14), radix: 16).map { $0 < bound } ?? false }
}
