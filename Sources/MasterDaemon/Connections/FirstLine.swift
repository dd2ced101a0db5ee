import NIOCore

/// How long the first line of a request is, as it comes: the decoder says that something is too long, but not what. Does
/// no I/O.
struct FirstLine: Sendable {
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// Bytes of it that have come.
    private(set) var bytes = 0
    private var isComplete = false

    /// Whether the address in it is longer than it may be. The shortest method and a space stand before it.
    var isTooLong: Bool { bytes > HeaderLimits.field + 4 }

    /// Bytes of a request have come.
    /// - Parameter isStart: whether they are its first ones.
    mutating func received(_ piece: ByteBuffer, isStart: Bool) {
        if isStart { self = FirstLine() }
        guard !isComplete else { return }
        var view = piece.readableBytesView
        // A decoder passes over empty lines before the first one.
        if bytes == 0 { view = view.drop { $0 == Self.lineFeed || $0 == Self.carriageReturn } }
        let line = view.prefix { $0 != Self.lineFeed }
        bytes += line.count
        isComplete = line.count < view.count
    }
}
