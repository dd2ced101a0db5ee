import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Handles `RequestEvent`s, in HTTP/1.1 and HTTP/2.
///
/// It sends `100 Continue` when the body is read, so that clients such as curl send a large body at once, and not after
/// a second. A client that is refused before that gets no `100 Continue`, and need not send its body.
final class RequestEventHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Requests and answers so far. In HTTP/1.1 the next request may arrive before the answer.
    private var requests = 0
    private var answers = 0
    /// The number of the request whose client waits for `100 Continue`.
    private var waiting: Int?
    private var held: [any AnyObject & Sendable] = []

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            requests += 1
            waiting = head.headerFields[.expect]?.lowercased() == "100-continue" ? requests : nil
        case .body, .end: waiting = nil
        }
        context.fireChannelRead(data)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event as? RequestEvent {
        case .bodyIsRead:
            if waiting == answers + 1 {
                waiting = nil
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
            context.triggerUserOutboundEvent(event, promise: promise)
        case .hold(let thing):
            held.append(thing)
            promise?.succeed()
        case nil: context.triggerUserOutboundEvent(event, promise: promise)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        answers += 1
        guard !held.isEmpty else { return context.write(data, promise: promise) }
        let held = held
        self.held = []
        context.write(data).whenComplete { result in
            withExtendedLifetime(held) { promise?.completeWith(result) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        held = []
        context.fireChannelInactive()
    }
}
