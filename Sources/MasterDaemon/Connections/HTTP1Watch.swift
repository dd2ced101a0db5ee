import Logging
import NIOCore
import NIOHTTP1
import TileCore

/// Watches the requests of a connection of HTTP/1.1: whether they come in time, and whether they are well-formed.
///
/// It has two handlers, since it needs the bytes before the decoder and the parts behind it.
final class HTTP1Watch {
    private let logger: Logger
    private var watch: RequestWatch
    private var ticks = SecondTicks()
    /// Of the handler of bytes, as long as it is in the pipeline.
    private var context: ChannelHandlerContext?
    /// What is wrong with the request that came last; no other is looked at.
    private var fault: ServiceError?
    private var unwanted = UnwantedBody()
    /// As it came with the request under way.
    private var requestID: String?
    private var firstLine = FirstLine()
    /// No request comes after this one: the client says so, or the decoder has stopped at its wish for an upgrade.
    private var isLast = false
    /// It is of HTTP/1.0, whose connections end after each answer unless that says otherwise.
    private var isOld = false
    /// The last answer was given, and everything else is over.
    private var hasEnded = false

    init(_ limits: ConnectionLimits, logger: Logger) {
        self.logger = logger
        watch = RequestWatch(limits, now: SecondTicks.now)
    }

    private func begin(_ context: ChannelHandlerContext) {
        self.context = context
        ticks.begin(on: context.eventLoop) { [self] in check() }
    }

    /// The connection has become something else, or has ended.
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

    /// Ends the connection if it is to end and all answers before that are given.
    private func settle() {
        if let fault, watch.canTell {
            end(telling: fault)
        } else if watch.owed == 0, fault != nil || isLast {
            end(telling: nil)
        }
    }

    /// Ends the connection.
    /// - Parameter error: an answer that no route made.
    private func end(telling error: ServiceError?) {
        guard let context, !hasEnded else { return }
        hasEnded = true
        let id = RequestID.of(requestID).text
        if let error {
            logger.debug(
                "a connection is closed",
                metadata: [
                    LogKey.host: "\(context.channel.remoteAddress?.ipAddress ?? "")", LogKey.request: "\(id)",
                    LogKey.reason: "\(error.detail)",
                ])
        }
        let words = LastWords(error.map { RawAnswer.bytes($0, requestID: id) } ?? ByteBuffer())
        do {
            // Before the handler of bytes, so that nothing comes to the decoder any more, nor from the encoder.
            let pipeline = context.pipeline.syncOperations
            guard let bytes = try? pipeline.handler(type: Bytes.self) else { return }
            try pipeline.addHandler(words, position: .before(bytes))
        } catch {
            context.close(promise: nil)
        }
    }

    /// Between the socket, or TLS, and the decoder.
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
            // Whoever answers drops a body that comes late. There is an end to that.
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

    /// Behind the decoder and before whatever understands requests.
    final class Parts: ChannelDuplexHandler, RemovableChannelHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias InboundOut = HTTPServerRequestPart
        typealias OutboundIn = HTTPServerResponsePart
        typealias OutboundOut = HTTPServerResponsePart

        private let watch: HTTP1Watch

        init(_ watch: HTTP1Watch) { self.watch = watch }

        /// The connection has become a WebSocket, which has its own ways.
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
            // Answers under way are completed; those who make them learn of it further on.
            if event is ChannelShouldQuiesceEvent, watch.watch.isQuiet { return context.close(promise: nil) }
            context.fireUserInboundEventTriggered(event)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            guard let error = error as? HTTPParserError else {
                // Of TLS: whoever answers knows the end of a connection, and not its protocols.
                return context.fireErrorCaught(error is IOError ? error : ChannelError.inputClosed)
            }
            // What comes behind the last request is nobody's.
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
        return ServiceError(.badRequest, "this is no request of HTTP/1.1: \(error)")
    }
}
