import NIOCore
import NIOWebSocket

/// Handles the frames of a client by RFC 6455, for a server that only sends. Does no I/O.
///
/// Messages of the client are validated and dropped, because the channel is one-way.
struct EventConnectionState: Sendable {
    enum Action: Sendable, Equatable {
        case none
        case pong(ByteBuffer)
        case ping
        /// Send a close frame, then end.
        case close(WebSocketErrorCode, String)
        /// The client has sent a close frame. Answer with its code, then end.
        case answerClose(WebSocketErrorCode?)
        /// The close handshake is complete.
        case end
        /// The client does not answer. Close the connection without a handshake.
        case abandon
    }

    /// The maximum size of a client's message and of a frame, in bytes.
    static let maximumMessage = 16 << 10

    private struct Message {
        let isText: Bool
        var data: ByteBuffer
    }

    private var isClosing = false
    /// Whether a frame came since the last ping.
    private var isAlive = true
    /// The received part of a message of several frames.
    private var message: Message?

    mutating func receive(_ frame: WebSocketFrame) -> Action {
        isAlive = true
        guard frame.maskKey != nil else { return close(.protocolError, "client frame not masked") }
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            return close(.protocolError, "reserved bit set without a negotiated extension")
        }
        switch frame.opcode {
        case .connectionClose: return receiveClose(frame.unmaskedData)
        case _ where isClosing: return .none
        case .ping: return .pong(frame.unmaskedData)
        case .pong: return .none
        case .text, .binary:
            guard message == nil else { return close(.protocolError, "new message inside a fragmented one") }
            message = Message(isText: frame.opcode == .text, data: ByteBuffer())
            return receivePart(frame)
        case .continuation: return receivePart(frame)
        default: return close(.protocolError, "unknown frame opcode")
        }
    }

    private mutating func receivePart(_ frame: WebSocketFrame) -> Action {
        guard message != nil else { return close(.protocolError, "continuation frame without a message") }
        message?.data.writeImmutableBuffer(frame.unmaskedData)
        guard let whole = message, whole.data.readableBytes <= Self.maximumMessage else {
            return close(.messageTooLarge, "message longer than \(Self.maximumMessage) bytes")
        }
        guard frame.fin else { return .none }
        message = nil
        guard !whole.isText || String(validating: whole.data.readableBytesView, as: UTF8.self) != nil else {
            return close(.dataInconsistentWithMessage, "text message is not UTF-8")
        }
        return .none
    }

    /// The interval between two pings is over.
    mutating func tick() -> Action {
        guard isAlive else { return .abandon }
        isAlive = false
        return .ping
    }

    /// The master closes the connection.
    mutating func close(_ code: WebSocketErrorCode, _ reason: String) -> Action {
        guard !isClosing else { return .end }
        isClosing = true
        return .close(code, reason)
    }

    private mutating func receiveClose(_ data: ByteBuffer) -> Action {
        guard !isClosing else { return .end }
        var data = data
        guard data.readableBytes > 0 else {
            isClosing = true
            return .answerClose(nil)
        }
        guard let code = data.readWebSocketErrorCode(), Self.isSendable(UInt16(webSocketErrorCode: code)) else {
            return close(.protocolError, "close frame without a valid status code")
        }
        guard String(validating: data.readableBytesView, as: UTF8.self) != nil else {
            return close(.dataInconsistentWithMessage, "reason of the close frame is not UTF-8")
        }
        isClosing = true
        return .answerClose(code)
    }

    /// RFC 6455, 7.4. All other codes are reserved, or must not be sent.
    private static func isSendable(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
