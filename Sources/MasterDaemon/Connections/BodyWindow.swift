import NIOCore
import NIOHTTP2

/// Lets the client of a large upload send further ahead than others, once the upload is read.
///
/// The handler of streams keeps each window at 64 KiB: what comes and nobody reads waits in memory, and the window of the
/// connection does not bound it, since that one is refilled as frames arrive. This one adds to the window of its stream
/// what makes it larger, and then as much as was read. Bodies whose length was not said stay with the small window.
final class BodyWindow: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// Bytes that a client may send ahead of what is read: to begin with, and of an upload: as much as a line of
    /// 100 Mbit/s carries in 160 ms.
    static let small = 65_535
    static let large = 2 << 20
    /// Bytes that are read before the client is told.
    private static let step = 256 << 10

    private let places: WindowPlaces
    private var isOpen = false
    /// Bytes of the body.
    private var length = 0
    /// Bytes that were read, and of these the ones since the client was told last.
    private var read = 0
    private var news = 0
    /// The most that the client may have sent. As long as it is less than all, the stream has not ended: to one that has,
    /// nothing may be added, and a handler does not see the end before what lies in front of it is read.
    private var allowed = BodyWindow.small

    init(_ places: WindowPlaces) { self.places = places }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .data(let part) = unwrapInboundIn(data) {
            read += part.data.readableBytes
            news += part.data.readableBytes
        }
        context.fireChannelRead(data)
        if isOpen, news >= Self.step { grow(by: news, context) }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard case .bodyIsRead(let length?)? = event as? RequestEvent else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        promise?.succeed()
        // Until now the handler of streams has added what was read.
        if !isOpen { allowed = read + Self.small }
        self.length = length
        guard !isOpen, isGrowing, places.take() else { return }
        isOpen = true
        grow(by: Self.large - Self.small, context)
    }

    private var isGrowing: Bool { allowed < length }

    func handlerRemoved(context: ChannelHandlerContext) {
        if isOpen { places.give() }
        isOpen = false
    }

    private func grow(by bytes: Int, _ context: ChannelHandlerContext) {
        news = 0
        guard isGrowing, context.channel.isActive else { return }
        allowed += bytes
        context.writeAndFlush(wrapOutboundOut(.windowUpdate(windowSizeIncrement: bytes)), promise: nil)
    }
}
