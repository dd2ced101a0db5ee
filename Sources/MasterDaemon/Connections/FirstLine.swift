import NIOCore

/// Measures the first line of a request as it arrives. The decoder reports that something is too long, but not what.
/// Does no I/O.
struct FirstLine: Sendable {
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// Bytes of the line so far.
    private(set) var bytes = 0
    private var isComplete = false

    /// Whether the request's target is too long. The shortest method and a space precede it.
    var isTooLong: Bool { bytes > HeaderLimits.field + 4 }

    /// Bytes of a request have arrived.
    /// - Parameter isStart: whether they are the request's first bytes.
    mutating func received(_ piece: ByteBuffer, isStart: Bool) {
        if isStart { self = FirstLine() }
        guard !isComplete else { return }
        var view = piece.readableBytesView
        // The decoder skips empty lines before a request.
        if bytes == 0 { view = view.drop { $0 == Self.lineFeed || $0 == Self.carriageReturn } }
        let line = view.prefix { $0 != Self.lineFeed }
        bytes += line.count
        isComplete = line.count < view.count
    }
}
