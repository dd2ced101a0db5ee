import HTTPTypes
import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2

/// Handles one HTTP/2 request: checks that it arrives in time and its answer is received, and adapts what differs from
/// HTTP/1.1.
final class StreamHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Answers are written in pieces of this size, so that the rate at which they leave can be measured.
    private static let piece = 64 << 10
    /// Fields that HTTP/2 does not allow (RFC 9113, 8.2.2).
    private static let fieldsOfConnections = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    ].compactMap { HTTPField.Name($0) }

    private let limits: ConnectionLimits
    private let counter: ConnectionCounter
    /// The client's address.
    private let address: String?
    private var body: Pace
    private var answer: AnswerWatch
    private var ticks = SecondTicks()
    private var isBodyOpen = false
    private var unwanted = UnwantedBody()
    private var isCounted = false
    private var hasAnswerBegun = false
    /// The client's id of the request.
    private var requestID: String?
    /// Whether the request was refused here, before a route got it or in the middle of its body.
    private var isRefused = false
    /// Whether nothing more may be written.
    private var hasEnded = false

    init(_ limits: ConnectionLimits, _ counter: ConnectionCounter, address: String?) {
        self.limits = limits
        self.counter = counter
        self.address = address
        body = Pace(minimumRate: limits.minimumBodyRate, window: limits.bodyWindow)
        answer = AnswerWatch(limits)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        ticks.begin(on: context.eventLoop) { [self] in check(context.value) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ticks.end()
        if isCounted { counter.endRequest(of: address) }
        isCounted = false
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            isBodyOpen = true
            requestID = head.headerFields[.requestID]
            body.wait(now: SecondTicks.now)
            let length = head.headerFields[.contentLength]
            if let fault = HeaderLimits.check(head) ?? RequestRules.check(head)
                ?? unwanted.head(head.method.rawValue, length: length) ?? beginRequest()
            {
                return refuse(fault, context)
            }
        case .body(let bytes):
            body.move(bytes.readableBytes)
            switch unwanted.part(bytes.readableBytes) {
            case .pass: break
            case .drop: return
            case .refuse(let fault): return refuse(fault, context)
            }
        case .end: isBodyOpen = false
        }
        context.fireChannelRead(data)
    }

    /// Counts the request until its stream ends.
    private func beginRequest() -> ServiceError? {
        let refusal = counter.beginRequest(of: address)
        isCounted = refusal == nil
        return refusal
    }

    private func refuse(_ fault: ServiceError, _ context: ChannelHandlerContext) {
        isRefused = true
        guard hasAnswerBegun else { return tell(fault, context) }
        hasEnded = true
        Self.reset(context, .cancel)
    }

    /// Passes every error on as a closed connection, because later handlers handle no other error.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(ChannelError.inputClosed)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        body.rest(now: SecondTicks.now)
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        body.wait(now: SecondTicks.now)
        context.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !hasEnded else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            if head.status.kind != .informational { hasAnswerBegun = true }
            for name in Self.fieldsOfConnections { head.headerFields[name] = nil }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body(var bytes):
            while bytes.readableBytes > Self.piece, let piece = bytes.readSlice(length: Self.piece) {
                write(piece, context, nil)
            }
            write(bytes, context, promise)
        case .end(let trailers):
            hasEnded = true
            // The rest of an unread body is not needed.
            let isRestUnwanted = isBodyOpen
            let context = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.value.write(wrapOutboundOut(.end(trailers))).assumeIsolated().whenComplete { result in
                promise?.completeWith(result)
                if isRestUnwanted { Self.reset(context.value) }
            }
        }
    }

    private func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let count = bytes.readableBytes
        answer.queue(count)
        context.write(wrapOutboundOut(.body(bytes))).assumeIsolated().whenComplete { [self] result in
            answer.send(count)
            promise?.completeWith(result)
        }
    }

    private func check(_ context: ChannelHandlerContext) {
        let now = SecondTicks.now
        if answer.isStuck(now: now) {
            hasEnded = true
            return Self.reset(context, .cancel)
        }
        guard isBodyOpen, !hasEnded, body.isTooSlow(now: now) else { return }
        guard !hasAnswerBegun else {
            hasEnded = true
            return Self.reset(context, .cancel)
        }
        tell(.slowBody(limits), context)
    }

    /// Answers with an error that no route has produced.
    private func tell(_ error: ServiceError, _ context: ChannelHandlerContext) {
        let body = RawAnswer.body(error)
        let head = HTTPResponse(
            status: error.code.status,
            headerFields: RawAnswer.fields(error, bytes: body.readableBytes, requestID: requestID))
        for part in [HTTPResponsePart.head(head), .body(body), .end(nil)] {
            write(context: context, data: wrapOutboundOut(part), promise: nil)
        }
        context.flush()
    }

    private static func reset(_ context: ChannelHandlerContext, _ code: NIOHTTP2.HTTP2ErrorCode = .noError) {
        context.triggerUserOutboundEvent(NIOHTTP2FramePayloadToHTTPEvent.reset(code: code), promise: nil)
    }
}
