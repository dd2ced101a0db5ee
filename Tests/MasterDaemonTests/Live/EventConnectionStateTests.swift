import NIOCore
import NIOWebSocket
import Testing

@testable import MasterDaemon

@Suite struct EventConnectionStateTests {
    private static let mask = WebSocketMaskingKey([1, 2, 3, 4])

    private func frame(
        _ opcode: WebSocketOpcode, _ bytes: [UInt8] = [], fin: Bool = true, masked: Bool = true, rsv1: Bool = false
    ) -> WebSocketFrame {
        var data = ByteBuffer(bytes: bytes)
        if masked, let key = Self.mask { data.webSocketMask(key) }
        return WebSocketFrame(fin: fin, rsv1: rsv1, opcode: opcode, maskKey: masked ? Self.mask : nil, data: data)
    }

    /// The code with which the connection is closed after these frames; `nil` if it stays open.
    private func closing(_ frames: WebSocketFrame...) -> WebSocketErrorCode? {
        var state = EventConnectionState()
        for frame in frames {
            switch state.receive(frame) {
            case .close(let code, let reason):
                #expect(!reason.isEmpty)
                return code
            case .answerClose(let code): return code
            default: continue
            }
        }
        return nil
    }

    @Test func aPingIsAnsweredWithItsOwnData() {
        var state = EventConnectionState()
        #expect(state.receive(frame(.ping, [7, 8])) == .pong(ByteBuffer(bytes: [7, 8])))
        #expect(state.receive(frame(.pong)) == .none)
    }

    @Test func messagesAreDropped() {
        #expect(closing(frame(.text, Array("grüß".utf8)), frame(.binary, [0xFF]), frame(.text)) == nil)
    }

    @Test func aMessageMayComeInPartsWithAPingBetween() {
        let bytes = Array("ü".utf8)
        #expect(
            closing(
                frame(.text, [bytes[0]], fin: false), frame(.ping), frame(.continuation, [bytes[1]]),
                frame(.text, [65])) == nil)
    }

    @Test func aProtocolErrorClosesTheConnection() {
        #expect(closing(frame(.text, masked: false)) == .protocolError)
        #expect(closing(frame(.text, rsv1: true)) == .protocolError)
        #expect(closing(frame(.continuation)) == .protocolError)
        #expect(closing(frame(.text, fin: false), frame(.text)) == .protocolError)
        for code in [3, 7, 11, 15] as [UInt8] {
            #expect(closing(frame(WebSocketOpcode(encodedWebSocketOpcode: code) ?? .text)) == .protocolError)
        }
    }

    @Test func textHasToBeUTF8() {
        #expect(closing(frame(.text, [0xC3])) == .dataInconsistentWithMessage)
        #expect(closing(frame(.text, [0xC3], fin: false), frame(.continuation, [65])) == .dataInconsistentWithMessage)
    }

    @Test func aMessageHasALimit() {
        let half = [UInt8](repeating: 65, count: EventConnectionState.maximumMessage / 2)
        #expect(closing(frame(.text, half, fin: false), frame(.continuation, half)) == nil)
        #expect(
            closing(frame(.text, half, fin: false), frame(.continuation, half, fin: false), frame(.continuation, [65]))
                == .messageTooLarge)
    }

    @Test(arguments: [1000, 1001, 1003, 1007, 1011, 3000, 4999]) func aCloseIsAnsweredWithItsCode(code: Int) {
        var state = EventConnectionState()
        let bytes = [UInt8(code >> 8), UInt8(code & 255)] + Array("bye".utf8)
        #expect(state.receive(frame(.connectionClose, bytes)) == .answerClose(WebSocketErrorCode(codeNumber: code)))
        #expect(state.receive(frame(.ping)) == .none)
        #expect(state.receive(frame(.connectionClose)) == .end)
    }

    @Test(arguments: [0, 999, 1004, 1005, 1006, 1015, 2000, 5000, 65535]) func someCodesMayNotBeSent(code: Int) {
        #expect(closing(frame(.connectionClose, [UInt8(code >> 8), UInt8(code & 255)])) == .protocolError)
    }

    @Test func aCloseMayBeEmptyAndNotOneByte() {
        var state = EventConnectionState()
        #expect(state.receive(frame(.connectionClose)) == .answerClose(nil))
        #expect(closing(frame(.connectionClose, [3])) == .protocolError)
        #expect(closing(frame(.connectionClose, [3, 232, 0xC3])) == .dataInconsistentWithMessage)
    }

    @Test func theAnswerToAnOwnCloseIsTheEnd() {
        var state = EventConnectionState()
        #expect(state.close(.goingAway, "x") == .close(.goingAway, "x"))
        #expect(state.receive(frame(.text, [0xC3])) == .none)
        #expect(state.receive(frame(.connectionClose, [3, 233])) == .end)
    }

    @Test func silenceAfterAPingIsTheEndAndAnyFrameIsNot() {
        var state = EventConnectionState()
        #expect(state.tick() == .ping)
        _ = state.receive(frame(.pong))
        #expect(state.tick() == .ping)
        _ = state.receive(frame(.text, [65]))
        #expect(state.tick() == .ping)
        #expect(state.tick() == .abandon)
    }
}
