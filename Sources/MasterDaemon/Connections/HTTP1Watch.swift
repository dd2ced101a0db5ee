import Logging
import NIOCore
import NIOHTTP1
import TileCore

/// Watches the requests of an HTTP/1.1 connection: whether they arrive in time, and whether they are well-formed.
///
/// It consists of two handlers, because it needs the bytes before the decoder and the parts after it.
final class HTTP1Watch {
    private let logger: Logger
    private var watch: RequestWatch
    private var ticks = SecondTicks()
    /// The context of `Bytes`, while it is in the pipeline.
    private var context: ChannelHandlerContext?
    /// The error of the last request. Further requests are ignored.
    private var fault: ServiceError?
    private var unwanted = UnwantedBody()
    /// The id that the client gave the current request.
    private var requestID: String?
    private var firstLine = FirstLine()
    /// Whether no request follows, because the client has said so, or because the decoder has stopped for an upgrade.
    private var isLast = false
    /// Whether the request is HTTP/1.0, whose connections close after each answer by default.
    private var isOld = false
    /// Whether the last answer was written. Nothing else is read or written.
    private var hasEnded = false

    init(_ limits: ConnectionLimits, logger: Logger) {
        self.logger = logger
        watch = RequestWatch(limits, now: SecondTicks.now)
    }

    private func begin(_ context: ChannelHandlerContext) {
        self.context = context
        ticks.begin(on: context.eventLoop) { [self] in check() }
    }

    /// The connection has been upgraded, or has ended.
    private func end() {
        ticks.end()
        context = nil
    }

    private func check() {
        switch watch.check(now: SecondTicks.now) {
        case .fine: break
        case .close: context?.close(promise: nil)
        case .tell(let error): end(telling: error)
        }
    }

    private func refuse(_ error: ServiceError) {
        guard fault == nil else { return }
        fault = error
        settle()
    }

    /// Closes the connection if it is to be closed, once all earlier answers are sent.
    private func settle() {
        if let fault, watch.canTell {
            end(telling: fault)
        } else if watch.owed == 0, fault != nil || isLast {
            end(telling: nil)
        }
    }

    /// Ends the connection.
    /// - Parameter error: the error to answer with before closing; `nil` to close without an answer.
    private func end(telling error: ServiceError?) {
        guard let context, !hasEnded else { return }
        hasEnded = true
        let id = RequestID.of(requestID).text
        if let error {
            logger.debug(
                "connection closed after an error",
                metadata: [
                    LogKey.host: "\(context.channel.remoteAddress?.ipAddress ?? "")", LogKey.request: "\(id)",
                    LogKey.reason: "\(error.detail)",
                ])
        }
        let words = FinalAnswerHandler(error.map { RawAnswer.bytes($0, requestID: id) } ?? ByteBuffer())
        do {
            // Placed before `Bytes`, so that the decoder gets no more bytes, and the encoder's are dropped.
            let pipeline = context.pipeline.syncOperations
            guard let bytes = try? pipeline.handler(type: Bytes.self) else { return }
            try pipeline.addHandler(words, position: .before(bytes))
        } catch {
            context.close(promise: nil)
        }
    }

    /// Handler between the socket, or TLS, and the decoder.
    final class Bytes: ChannelDuplexHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundIn = NIOAny

        private let watch: HTTP1Watch

        init(_ watch: HTTP1Watch) { self.watch = watch }

        func handlerAdded(context: ChannelHandlerContext) { watch.begin(context) }

        func handlerRemoved(context: ChannelHandlerContext) { watch.end() }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            watch.firstLine.received(unwrapInboundIn(data), isStart: watch.watch.isBetweenRequests)
            watch.watch.received(unwrapInboundIn(data).readableBytes, now: SecondTicks.now)
            // A body that arrives after its answer is dropped. Beyond a limit, the connection is closed.
            if watch.watch.isTooLate { return watch.end(telling: nil) }
            context.fireChannelRead(data)
            if watch.watch.hasTooMuchFraming { watch.refuse(.looseFraming) }
        }

        func channelReadComplete(context: ChannelHandlerContext) {
            watch.watch.rests(now: SecondTicks.now)
            context.fireChannelReadComplete()
        }

        func read(context: ChannelHandlerContext) {
            watch.watch.waits(now: SecondTicks.now)
            context.read()
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            guard !watch.hasEnded else {
                promise?.fail(ChannelError.ioOnClosedChannel)
                return
            }
            context.write(data, promise: promise)
        }
    }

    /// Handler after the decoder, before the handlers of requests.
    final class Parts: ChannelDuplexHandler, RemovableChannelHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias InboundOut = HTTPServerRequestPart
        typealias OutboundIn = HTTPServerResponsePart
        typealias OutboundOut = HTTPServerResponsePart

        private let watch: HTTP1Watch

        init(_ watch: HTTP1Watch) { self.watch = watch }

        /// The connection has become a WebSocket, which has its own limits.
        func handlerRemoved(context: ChannelHandlerContext) { watch.end() }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard watch.fault == nil else { return }
            switch unwrapInboundIn(data) {
            case .head(var head):
                watch.requestID = head.headers.first(name: "X-Request-Id")
                if let fault = RequestRules.check(&head) { return watch.refuse(fault) }
                let length = head.headers.first(name: "Content-Length")
                if let fault = watch.unwanted.head(head.method.rawValue, length: length) { return watch.refuse(fault) }
                watch.watch.head(now: SecondTicks.now)
                watch.isLast = !head.isKeepAlive || head.headers.contains(name: "Upgrade")
                watch.isOld = head.version == .http1_0
                return context.fireChannelRead(wrapInboundOut(.head(head)))
            case .body(let bytes):
                watch.watch.bodyPart(bytes.readableBytes)
                switch watch.unwanted.part(bytes.readableBytes) {
                case .pass: break
                case .drop: return
                case .refuse(let fault): return watch.refuse(fault)
                }
            case .end:
                watch.requestID = nil
                watch.watch.requestEnded(now: SecondTicks.now)
            }
            context.fireChannelRead(data)
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            switch unwrapOutboundIn(data) {
            case .head(let head) where head.status.code < 200: context.write(data, promise: promise)
            case .head(var head):
                watch.watch.answerBegan()
                if watch.isLast, watch.watch.owed == 1 {
                    head.headers.add(name: "Connection", value: "close")
                } else if watch.isOld {
                    head.headers.add(name: "Connection", value: "keep-alive")
                }
                context.write(wrapOutboundOut(.head(head)), promise: promise)
            case .body:
                context.write(data, promise: promise)
            case .end:
                watch.watch.answerEnded(now: SecondTicks.now)
                context.write(data).assumeIsolated().whenComplete { [watch] result in
                    promise?.completeWith(result)
                    watch.settle()
                }
            }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            // Answers under way are completed. The code that makes them learns of the shutdown from the handlers behind
            // this one.
            if event is ChannelShouldQuiesceEvent, watch.watch.isQuiet { return context.close(promise: nil) }
            context.fireUserInboundEventTriggered(event)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            guard let error = error as? HTTPParserError else {
                // A TLS error. Later handlers can handle only the end of a connection.
                return context.fireErrorCaught(error is IOError ? error : ChannelError.inputClosed)
            }
            // Bytes after the last request are ignored.
            if !watch.isLast || watch.watch.isBodyOpen {
                watch.refuse(.malformed(error, isTargetTooLong: watch.firstLine.isTooLong))
            }
        }
    }
}

extension ServiceError {
    static func malformed(_ error: HTTPParserError, isTargetTooLong: Bool) -> ServiceError {
        if error == .headerOverflow {
            return isTargetTooLong ? .targetTooLong : .headerTooLarge
        }
        return ServiceError(.badRequest, "this is not an HTTP/1.1 request: \(error)")
    }
}
