import NIOCore
import NIOWebSocket

/// What a client's frames mean, by RFC 6455, for a server that only speaks. Does no I/O.
///
/// Messages of the client are checked and dropped: the channel goes one way.
struct EventConnectionState: Sendable {
    enum Action: Sendable, Equatable {
        case none
        case pong(ByteBuffer)
        case ping
        /// Send a close frame, then end.
        case close(WebSocketErrorCode, String)
        /// The client closes: answer with its code, then end.
        case answerClose(WebSocketErrorCode?)
        /// The close handshake is done.
        case end
        /// The client is gone without a word.
        case abandon
    }

    /// The longest message that is listened to, in bytes, and the longest frame.
    static let maximumMessage = 16 << 10

    private struct Message {
        let isText: Bool
        var data: ByteBuffer
    }

    private var isClosing = false
    /// Something was heard since the last ping.
    private var isAlive = true
    /// A message of several frames, as far as it has come.
    private var message: Message?

    mutating func receive(_ frame: WebSocketFrame) -> Action {
        isAlive = true
        guard frame.maskKey != nil else { return close(.protocolError, "frames of a client have to be masked") }
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            return close(.protocolError, "no extension was agreed on")
        }
        switch frame.opcode {
        case .connectionClose: return receiveClose(frame.unmaskedData)
        case _ where isClosing: return .none
        case .ping: return .pong(frame.unmaskedData)
        case .pong: return .none
        case .text, .binary:
            guard message == nil else { return close(.protocolError, "a message began inside another one") }
            message = Message(isText: frame.opcode == .text, data: ByteBuffer())
            return receivePart(frame)
        case .continuation: return receivePart(frame)
        default: return close(.protocolError, "there is no such kind of frame")
        }
    }

    private mutating func receivePart(_ frame: WebSocketFrame) -> Action {
        guard message != nil else { return close(.protocolError, "a message went on that had not begun") }
        message?.data.writeImmutableBuffer(frame.unmaskedData)
        guard let whole = message, whole.data.readableBytes <= Self.maximumMessage else {
            return close(.messageTooLarge, "a message may have \(Self.maximumMessage) bytes")
        }
        guard frame.fin else { return .none }
        message = nil
        guard !whole.isText || String(validating: whole.data.readableBytesView, as: UTF8.self) != nil else {
            return close(.dataInconsistentWithMessage, "a text message is not UTF-8")
        }
        return .none
    }

    /// The time between two pings is over.
    mutating func tick() -> Action {
        guard isAlive else { return .abandon }
        isAlive = false
        return .ping
    }

    /// The master has a reason to end the connection.
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
            return close(.protocolError, "a close frame without a code that may be sent")
        }
        guard String(validating: data.readableBytesView, as: UTF8.self) != nil else {
            return close(.dataInconsistentWithMessage, "the reason of a close frame is not UTF-8")
        }
        isClosing = true
        return .answerClose(code)
    }

    /// RFC 6455, 7.4: others are reserved, or stand for something that was never sent.
    private static func isSendable(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
