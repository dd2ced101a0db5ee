import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Does what the events of a request ask for, in either version of HTTP.
///
/// `Expect: 100-continue` is answered once the body is read, so that clients such as curl send a large one at once instead
/// of after a second. Whoever is refused before that never hears it, and need not send anything.
final class RequestEventHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Requests that have come, and answers that were given: of HTTP/1.1 the next request may be there before the answer.
    private var requests = 0
    private var answers = 0
    /// The number of the request whose client waits before it sends the body.
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
