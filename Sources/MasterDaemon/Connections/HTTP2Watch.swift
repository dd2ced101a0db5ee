import NIOCore
import NIOHTTP2

/// Closes HTTP/2 connections without requests, and tells clients when the master ends.
final class HTTP2Watch: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    /// Receives the streams' events from the HTTP/2 handler.
    struct Streams: NIOHTTP2StreamDelegate {
        let watch: NIOLoopBound<HTTP2Watch>

        func streamCreated(_ id: HTTP2StreamID, channel: any Channel) { watch.value.began(id) }
        func streamClosed(_ id: HTTP2StreamID, channel: any Channel) { watch.value.ended() }
    }

    private var life: HTTP2Life
    private var last = HTTP2StreamID.rootStream
    private var ticks = SecondTicks()
    private var isClosing = false
    private var context: ChannelHandlerContext?

    init(_ limits: ConnectionLimits) { life = HTTP2Life(limits, now: SecondTicks.now) }

    func streams(on loop: any EventLoop) -> Streams { Streams(watch: NIOLoopBound(self, eventLoop: loop)) }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        ticks.begin(on: context.eventLoop) { [self] in
            if life.isOver(now: SecondTicks.now) { close() }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ticks.end()
        self.context = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            if life.end() { close() } else { context.writeAndFlush(goAway, promise: nil) }
        } else if event as? ChannelEvent == .inputClosed {
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The error ends one stream only, not the connection.
        guard !(error is NIOHTTP2Errors.StreamClosed), !(error is NIOHTTP2Errors.StreamError) else { return }
        close()
    }

    private func began(_ id: HTTP2StreamID) {
        last = max(last, id)
        life.began()
    }

    private func ended() {
        if life.ended(now: SecondTicks.now) { close() }
    }

    private var goAway: NIOAny {
        wrapOutboundOut(
            HTTP2Frame(
                streamID: .rootStream, payload: .goAway(lastStreamID: last, errorCode: .noError, opaqueData: nil)))
    }

    /// Sends GOAWAY, and closes the connection once that is written, whatever the client does.
    private func close() {
        // After a protocol error, writing fails and calls this again.
        guard let context, !isClosing else { return }
        isClosing = true
        let channel = context.channel
        context.writeAndFlush(goAway).whenComplete { _ in channel.close(promise: nil) }
    }
}
