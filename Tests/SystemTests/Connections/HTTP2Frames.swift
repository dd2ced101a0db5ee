import NIOCore

/// HTTP/2 frames as bytes, valid and invalid ones, and the received frames.
enum HTTP2Frames {
    /// The first bytes that a client sends.
    /// - Parameter window: bytes that the master may send on each stream; `nil` for the default of 64 KiB.
    static func beginning(window: UInt32? = nil) -> [UInt8] {
        var settings: [UInt8] = []
        if let window { settings = [0, 4] + bytes(of: window) }
        return Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(.settings, stream: 0, settings)
    }

    enum Kind: UInt8 {
        case data, headers, priority, reset, settings, push, ping, goAway, windowUpdate, continuation
    }

    static let endsStream: UInt8 = 1
    static let endsHeaders: UInt8 = 4

    static func frame(_ kind: Kind, flags: UInt8 = 0, stream: UInt32, _ payload: [UInt8] = []) -> [UInt8] {
        var frame = ByteBuffer()
        frame.writeInteger(UInt8(payload.count >> 16))
        frame.writeInteger(UInt16(payload.count & 0xFFFF))
        frame.writeInteger(kind.rawValue)
        frame.writeInteger(flags)
        frame.writeInteger(stream)
        frame.writeBytes(payload)
        return Array(frame.readableBytesView)
    }

    /// A request.
    /// - Parameters:
    ///   - fields: further header fields, as `field` encodes them.
    ///   - isWhole: whether no body follows.
    static func request(
        stream: UInt32, method: String = "GET", authority: String? = "localhost", path: String = "/livez",
        isWhole: Bool = true, _ fields: [UInt8] = []
    ) -> [UInt8] {
        // In HPACK's static table 2 is GET, 3 is POST, 7 is https, 4 is a path and 1 an authority.
        let start: [UInt8] = [method == "GET" ? 0x82 : 0x83, 0x87, 0x04]
        var block = start + text(path)
        if let authority { block += [0x01] + text(authority) }
        block += fields
        return frame(.headers, flags: endsHeaders | (isWhole ? endsStream : 0), stream: stream, block)
    }

    /// A header field without HPACK's tables.
    static func field(_ name: String, _ value: String) -> [UInt8] { [0] + text(name) + text(value) }

    static func data(_ count: Int, stream: UInt32, isLast: Bool = false) -> [UInt8] {
        frame(.data, flags: isLast ? endsStream : 0, stream: stream, Array(repeating: 0x61, count: count))
    }

    private static func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }

    private static func bytes(of number: UInt32) -> [UInt8] {
        let shifts: [UInt32] = [24, 16, 8, 0]
        return shifts.map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    struct Frame: Hashable {
        let kind: UInt8
        let flags: UInt8
        let stream: UInt32
        let payload: [UInt8]

        /// The first number of its payload: the reason of a reset, or the bytes of a window update.
        var number: Int { payload.prefix(4).reduce(0) { $0 << 8 | Int($1) } }

        func `is`(_ kind: Kind, of stream: UInt32) -> Bool { self.kind == kind.rawValue && self.stream == stream }
    }
}

extension RawConnection {
    /// All complete HTTP/2 frames received so far.
    var frames: [HTTP2Frames.Frame] {
        var bytes = received
        var frames: [HTTP2Frames.Frame] = []
        while let head = bytes.readBytes(length: 9) {
            let length = head.prefix(3).reduce(0) { $0 << 8 | Int($1) }
            guard let payload = bytes.readBytes(length: length) else { break }
            frames.append(
                HTTP2Frames.Frame(
                    kind: head[3], flags: head[4], stream: head[5...].reduce(0) { $0 << 8 | UInt32($1) },
                    payload: payload))
        }
        return frames
    }

    func frames(_ kind: HTTP2Frames.Kind, of stream: UInt32) -> [HTTP2Frames.Frame] {
        frames.filter { $0.is(kind, of: stream) }
    }

    /// The text of a stream's body.
    func body(of stream: UInt32) -> String {
        String(decoding: frames(.data, of: stream).flatMap(\.payload), as: UTF8.self)
    }

    /// Waits for a frame.
    @discardableResult
    func frame(
        _ kind: HTTP2Frames.Kind, of stream: UInt32, within seconds: Double = 30
    ) async throws -> HTTP2Frames.Frame {
        try await eventually("\(kind) of stream \(stream); closed: \(isClosed); there are \(frames)", within: seconds) {
            frames(kind, of: stream).last
        }
    }
}
