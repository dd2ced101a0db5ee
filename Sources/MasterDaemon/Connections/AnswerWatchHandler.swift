import Logging
import NIOCore
import TileCore

/// Closes a connection if its client does not receive what is sent. It is next to the socket, so that it sees the bytes
/// of every protocol.
final class AnswerWatchHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private var watch: AnswerWatch
    private var ticks = SecondTicks()
    private let logger: Logger

    init(_ limits: ConnectionLimits, logger: Logger) {
        watch = AnswerWatch(limits)
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        ticks.begin(on: context.eventLoop) { [self] in check(channel) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { ticks.end() }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        watch.queue(unwrapOutboundIn(data).readableBytes)
        context.write(data, promise: promise)
    }

    private func check(_ channel: any Channel) {
        let waiting = try? channel.syncOptions?.getOption(.bufferedWritableBytes)
        guard watch.isStuck(waiting: waiting ?? 0, now: SecondTicks.now) else { return }
        logger.info(
            "client too slow, connection closed",
            metadata: [LogKey.host: "\(channel.remoteAddress?.ipAddress ?? "")"])
        channel.close(promise: nil)
    }
}
