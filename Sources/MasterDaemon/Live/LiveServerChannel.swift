import Foundation
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

/// HTTP/1.1 connections. The first request of a connection can upgrade it to the live channel.
struct LiveServerChannel: ServerChildChannel {
    static let path = "/api/v1/events"

    enum Kind: Sendable {
        case http(HTTP1Channel.Value)
        case events(EventConnection.Channel, EventCaller)
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        /// Completes with the first request.
        let kind: EventLoopFuture<Kind>
    }

    let http: HTTP1Channel
    let feed: EventFeed
    let gate: Gate
    var limits = ConnectionLimits()

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture { try setUp(channel, logger) }
    }

    /// Runs on the channel's event loop.
    func setUp(_ channel: any Channel, _ logger: Logger) throws -> Value {
        let watch = HTTP1Watch(limits, logger: logger)
        let parts = HTTP1Watch.Parts(watch)
        let encoder = HTTPResponseEncoder()
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: decoderLimits))
        let filter = UpgradeFilter(gate: gate)
        let admitted = NIOLoopBound(filter, eventLoop: channel.eventLoop)
        let upgrade = NIOTypedHTTPServerUpgradeHandler(
            httpEncoder: encoder, extraHTTPHandlers: [decoder, parts, filter],
            upgradeConfiguration: .init(upgraders: [upgrader(admitted)]) { channel in
                channel.eventLoop.makeCompletedFuture { .http(try becomeHTTP(channel, logger)) }
            })
        try channel.pipeline.syncOperations.addHandlers([
            HTTP1Watch.Bytes(watch), encoder, decoder, parts, filter, upgrade,
        ])
        return Value(channel: channel, kind: upgrade.upgradeResultFuture)
    }

    func handle(value: Value, logger: Logger) async {
        // Fails if the connection ends before its first request.
        guard let kind = try? await value.kind.get() else { return }
        switch kind {
        case .http(let channel): await http.handle(value: channel, logger: logger)
        case .events(let channel, let caller):
            await EventConnection(feed: feed, gate: gate, caller: caller).run(channel)
        }
    }

    private var decoderLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = HeaderLimits.field
        limits.maxHeaderListSize = HeaderLimits.list
        limits.maxHeaderFieldCount = HeaderLimits.fields
        return limits
    }

    private func becomeHTTP(_ channel: any Channel, _ logger: Logger) throws -> HTTP1Channel.Value {
        try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: gate.isSecure))
        try channel.pipeline.syncOperations.addHandlers(http.configuration.additionalChannelHandlers())
        // The watch limits the idle time. This handler closes the connection when the master ends.
        try channel.pipeline.syncOperations.addHandler(HTTPConnectionStateHandler(logger: logger))
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    private func upgrader(_ filter: NIOLoopBound<UpgradeFilter>) -> NIOTypedWebSocketServerUpgrader<Kind> {
        NIOTypedWebSocketServerUpgrader(
            maxFrameSize: EventConnectionState.maximumMessage,
            // The filter has admitted the request.
            shouldUpgrade: { channel, head in
                let id = RequestID.of(head.headers.first(name: "X-Request-Id"))
                return channel.eventLoop.makeSucceededFuture(["X-Request-Id": id.text])
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    guard let caller = filter.value.admitted else {
                        throw ServiceError(.internalError, "upgraded connection was not admitted")
                    }
                    return .events(try NIOAsyncChannel(wrappingChannelSynchronously: channel), caller)
                }
            })
    }
}

/// Removes the `Upgrade` header from every request that will not be upgraded. Such a request goes on as plain HTTP, and its
/// route answers with the reason. NIO's own handler would lose the head of a request that it does not upgrade.
private final class UpgradeFilter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private static let mostHeld = 16

    private let gate: Gate
    /// The parts after a request that waits for the gate's decision; `nil` if no request waits.
    private var held: [HTTPServerRequestPart]?
    /// The client of the admitted upgrade.
    private(set) var admitted: EventCaller?

    init(gate: Gate) { self.gate = gate }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if held != nil {
            held?.append(part)
            // A real client of the channel sends little before the answer.
            if held?.count ?? 0 > Self.mostHeld { context.close(promise: nil) }
        } else if case .head(let head) = part, head.headers.contains(name: "Upgrade") {
            guard let caller = caller(head, context.channel) else { return forward(head, upgrading: false, context) }
            held = []
            decide(head, caller, context)
        } else {
            context.fireChannelRead(data)
        }
    }

    private func decide(_ head: HTTPRequestHead, _ caller: EventCaller, _ context: ChannelHandlerContext) {
        let promise = context.eventLoop.makePromise(of: EventCaller.self)
        promise.completeWithTask { [gate] in
            var caller = caller
            (caller.principal, caller.heldChannel) = try await gate.admitChannel(caller.caller)
            return caller
        }
        promise.futureResult.assumeIsolated().whenComplete { [self] result in
            let parts = held ?? []
            held = nil
            admitted = try? result.get()
            forward(head, upgrading: admitted != nil, context)
            for part in parts { context.fireChannelRead(wrapInboundOut(part)) }
            context.fireChannelReadComplete()
        }
    }

    private func forward(_ head: HTTPRequestHead, upgrading: Bool, _ context: ChannelHandlerContext) {
        var head = head
        if !upgrading { head.headers.remove(name: "Upgrade") }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// RFC 6455, 4.2.1.
    /// - Returns: `nil` if it is not a valid request for the live channel.
    private func caller(_ head: HTTPRequestHead, _ channel: any Channel) -> EventCaller? {
        func values(_ name: String) -> [String] {
            head.headers[canonicalForm: name].map { $0.lowercased() }
        }
        let uri = URI(head.uri)
        let job = uri.queryParameters["job"].map { JobID(rawValue: String($0)) }
        guard uri.path == LiveServerChannel.path, head.method == .GET, head.version == .http1_1,
            values("Upgrade") == ["websocket"], values("Connection").contains("upgrade"),
            values("Sec-WebSocket-Version") == ["13"],
            Data(base64Encoded: head.headers.first(name: "Sec-WebSocket-Key") ?? "")?.count == 16,
            job.map({ $0 != nil }) ?? true,
            let request = try? HTTPRequest(head, secure: gate.isSecure, splitCookie: false)
        else { return nil }
        return EventCaller(
            caller: Caller(
                request: request, address: gate.proxies.client(of: request, from: channel.remoteAddress?.ipAddress),
                ownAddress: channel.localAddress?.ipAddress),
            job: job ?? nil)
    }
}
