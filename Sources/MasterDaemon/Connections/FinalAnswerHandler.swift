import NIOCore

/// Sends the last bytes of a connection, and closes it after the client had time to read them. If a socket is closed
/// while unread bytes of the client wait in it, the client's system discards the answer that it has received.
final class FinalAnswerHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    typealias OutboundOut = ByteBuffer

    private static let patience = TimeAmount.seconds(1)

    private let bytes: ByteBuffer
    private var limit: Scheduled<Void>?

    init(_ bytes: ByteBuffer) { self.bytes = bytes }

    /// The handler for a refused connection.
    /// - Parameter bytes: the answer; `nil` to close the connection at once.
    static func handler(_ bytes: ByteBuffer?) -> any ChannelHandler {
        bytes.map { FinalAnswerHandler($0) } ?? CloseHandler()
    }

    func handlerAdded(context: ChannelHandlerContext) { if context.channel.isActive { send(context) } }

    func handlerRemoved(context: ChannelHandlerContext) { limit?.cancel() }

    func channelActive(context: ChannelHandlerContext) { send(context) }

    private func send(_ context: ChannelHandlerContext) {
        guard limit == nil else { return }
        let channel = context.channel
        limit = context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        context.close(mode: .output, promise: nil)
        context.read()
    }

    /// Drops what the client still sends.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func channelReadComplete(context: ChannelHandlerContext) { context.read() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent || event as? ChannelEvent == .inputClosed { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Closes a connection as soon as it is active.
private final class CloseHandler: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    func channelActive(context: ChannelHandlerContext) { context.close(promise: nil) }
}
