import NIOCore
import NIOHTTP2

/// Enlarges the flow-control window of a large HTTP/2 upload once its body is read.
///
/// The stream handler keeps each window at 64 KiB, because unread bytes wait in memory. The connection's window does
/// not limit them, since it is refilled as frames arrive. This handler first enlarges the window of its stream, and
/// then adds as much as was read. Bodies of unknown length keep the small window.
final class BodyWindow: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// Bytes that a client may send before the master reads them: at first, and in a large upload. The latter is what
    /// 100 Mbit/s carry in 160 ms.
    static let small = 65_535
    static let large = 2 << 20
    /// Bytes that are read before the window is refilled.
    private static let step = 256 << 10

    private let limit: WindowLimit
    private var isOpen = false
    /// Bytes of the whole body.
    private var length = 0
    /// Bytes that were read, and those of them that were not added to the window yet.
    private var read = 0
    private var unreported = 0
    /// The most that the client may have sent by now. While it is less than `length`, the stream cannot have ended. A
    /// window update for an ended stream is an error, and a handler learns of the end only after reading everything
    /// before it.
    private var allowed = BodyWindow.small

    init(_ limit: WindowLimit) { self.limit = limit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .data(let part) = unwrapInboundIn(data) {
            read += part.data.readableBytes
            unreported += part.data.readableBytes
        }
        context.fireChannelRead(data)
        if isOpen, unreported >= Self.step { grow(by: unreported, context) }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard case .bodyIsRead(let length?)? = event as? RequestEvent else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        promise?.succeed()
        // Until now the stream handler has refilled the window as bytes were read.
        if !isOpen { allowed = read + Self.small }
        self.length = length
        guard !isOpen, isGrowing, limit.take() else { return }
        isOpen = true
        grow(by: Self.large - Self.small, context)
    }

    private var isGrowing: Bool { allowed < length }

    func handlerRemoved(context: ChannelHandlerContext) {
        if isOpen { limit.give() }
        isOpen = false
    }

    private func grow(by bytes: Int, _ context: ChannelHandlerContext) {
        unreported = 0
        guard isGrowing, context.channel.isActive else { return }
        allowed += bytes
        context.writeAndFlush(wrapOutboundOut(.windowUpdate(windowSizeIncrement: bytes)), promise: nil)
    }
}
