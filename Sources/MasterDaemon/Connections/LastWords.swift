import NIOCore

/// Sends the last bytes of a connection and closes it once the client has had a moment to read them: a socket that is
/// closed while bytes of the client wait in it makes the client's system forget what it has received.
final class LastWords: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    typealias OutboundOut = ByteBuffer

    private static let patience = TimeAmount.seconds(1)

    private let bytes: ByteBuffer
    private var limit: Scheduled<Void>?

    init(_ bytes: ByteBuffer) { self.bytes = bytes }

    /// For a connection that is not taken.
    /// - Parameter bytes: `nil` if nothing is said; then the connection is closed at once.
    static func handler(_ bytes: ByteBuffer?) -> any ChannelHandler { bytes.map { LastWords($0) } ?? NoWords() }

    func handlerAdded(context: ChannelHandlerContext) { if context.channel.isActive { speak(context) } }

    func handlerRemoved(context: ChannelHandlerContext) { limit?.cancel() }

    func channelActive(context: ChannelHandlerContext) { speak(context) }

    private func speak(_ context: ChannelHandlerContext) {
        guard limit == nil else { return }
        let channel = context.channel
        limit = context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        context.close(mode: .output, promise: nil)
        context.read()
    }

    /// What the client sends meanwhile is of no interest.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func channelReadComplete(context: ChannelHandlerContext) { context.read() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent || event as? ChannelEvent == .inputClosed { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Closes a connection as soon as it is there.
private final class NoWords: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    func channelActive(context: ChannelHandlerContext) { context.close(promise: nil) }
}
