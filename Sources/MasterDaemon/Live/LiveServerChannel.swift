import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket
import TileCore

/// HTTP/1.1 connections of which one can become the live channel, with its first request.
struct LiveServerChannel: ServerChildChannel {
    static let path = "/api/v1/events"

    enum Kind: Sendable {
        case http(HTTP1Channel.Value)
        case events(EventConnection.Channel, job: JobID?)
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        /// Known with the first request.
        let kind: EventLoopFuture<Kind>
    }

    let http: HTTP1Channel
    let feed: EventFeed
    let origins: OriginRule

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let upgrades = NIOTypedHTTPServerUpgradeConfiguration<Kind>(upgraders: [upgrader()]) { channel in
                channel.eventLoop.makeCompletedFuture { .http(try becomeHTTP(channel, logger)) }
            }
            var configuration = NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: upgrades)
            // As in Hummingbird's own channel: it has its own ways of doing these.
            configuration.enablePipelining = false
            configuration.enableErrorHandling = false
            configuration.enableResponseHeaderValidation = false
            let kind = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                configuration: configuration)
            let waiting = NIOLoopBound(
                FirstRequestWait(patience: http.configuration.idleTimeout), eventLoop: channel.eventLoop)
            try channel.pipeline.syncOperations.addHandler(waiting.value)
            kind.whenComplete { _ in waiting.value.end() }
            return Value(channel: channel, kind: kind)
        }
    }

    func handle(value: Value, logger: Logger) async {
        // Fails where the connection ends before its first request.
        guard let kind = try? await value.kind.get() else { return }
        switch kind {
        case .http(let channel): await http.handle(value: channel, logger: logger)
        case .events(let channel, let job): await EventConnection(feed: feed, job: job).run(channel)
        }
    }

    private func becomeHTTP(_ channel: any Channel, _ logger: Logger) throws -> HTTP1Channel.Value {
        try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try channel.pipeline.syncOperations.addHandlers(http.configuration.additionalChannelHandlers())
        try channel.pipeline.syncOperations.addHandler(
            HTTPConnectionStateHandler(
                idleTimeout: http.configuration.idleTimeout.map { .init($0) }, logger: logger))
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    /// Requests that are not upgraded go on as HTTP; the route there says why.
    private func upgrader() -> NIOTypedWebSocketServerUpgrader<Kind> {
        NIOTypedWebSocketServerUpgrader(
            maxFrameSize: EventConnectionState.maximumMessage,
            shouldUpgrade: { channel, head in
                let isWanted =
                    URI(head.uri).path == Self.path && head.method == .GET && Self.job(of: head) != nil
                    && origins.allows(origin: head.headers.first(name: "Origin"), host: head.headers.first(name: "Host"))
                return channel.eventLoop.makeSucceededFuture(isWanted ? [:] : nil)
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    .events(try NIOAsyncChannel(wrappingChannelSynchronously: channel), job: Self.job(of: head) ?? nil)
                }
            })
    }

    /// The job that is asked for, `nil` inside for all of them; `nil` where it is no job's id.
    private static func job(of head: HTTPRequestHead) -> JobID?? {
        guard let text = URI(head.uri).queryParameters["job"] else { return .some(nil) }
        return JobID(rawValue: String(text)).map { .some($0) }
    }
}

/// Ends a connection on which no request comes, and one that waits for a request when the master ends.
private final class FirstRequestWait: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let patience: TimeAmount?
    private var limit: Scheduled<Void>?
    private var context: ChannelHandlerContext?

    init(patience: TimeAmount?) { self.patience = patience }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let channel = context.channel
        limit = patience.map { context.eventLoop.scheduleTask(in: $0) { channel.close(promise: nil) } }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        limit?.cancel()
        self.context = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    /// The first request is there.
    func end() {
        limit?.cancel()
        guard let context else { return }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}
