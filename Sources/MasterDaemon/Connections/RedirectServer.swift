import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import TileCore

/// Serves the plain port of a master with TLS: redirects requests, and does nothing else.
struct RedirectServer: Service {
    let host: String
    let port: Int
    let hosts: HostRule
    /// Yields the port with TLS when it is ready.
    let ports: AsyncStream<Int>
    let counter: ConnectionCounter
    let limits: ConnectionLimits
    let logger: Logger
    private let exposed: ExposedKeys

    init(
        host: String, port: Int, hosts: HostRule, ports: AsyncStream<Int>, counter: ConnectionCounter,
        limits: ConnectionLimits, logger: Logger
    ) {
        self.host = host
        self.port = port
        self.hosts = hosts
        self.ports = ports
        self.counter = counter
        self.limits = limits
        self.logger = logger
        exposed = ExposedKeys(logger)
    }

    func run() async throws {
        for await secure in ports.cancelOnGracefulShutdown() {
            return try await run(Redirect(hosts: hosts, port: secure))
        }
    }

    private func run(_ redirect: Redirect) async throws {
        let server: any Channel
        do {
            server = try await bind(redirect)
        } catch {
            throw ListenFailure.words(error, host: host, port: port, option: "--redirect-port")
        }
        logger.info("redirect port listening", metadata: [LogKey.host: "\(host)", LogKey.port: "\(port)"])
        try? await gracefulShutdown()
        try? await server.close()
    }

    private func bind(_ redirect: Redirect) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try setUp(channel, redirect) }
            }
            .bind(host: host, port: port).get()
    }

    private func setUp(_ channel: any Channel, _ redirect: Redirect) throws {
        let pipeline = channel.pipeline.syncOperations
        if let refusal = counter.enter(channel) {
            let words = counter.mayTell(channel) ? RawAnswer.bytes(.tooManyConnections(refusal)) : nil
            return try pipeline.addHandler(FinalAnswerHandler.handler(words))
        }
        var decoderLimits = NIOHTTPDecoderLimitConfiguration()
        decoderLimits.maxHeaderFieldSize = HeaderLimits.field
        decoderLimits.maxHeaderListSize = HeaderLimits.list
        decoderLimits.maxHeaderFieldCount = HeaderLimits.fields
        let watch = HTTP1Watch(limits, logger: logger)
        try pipeline.addHandlers([
            AnswerWatchHandler(limits, logger: logger), HTTP1Watch.Bytes(watch),
            ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: decoderLimits)), HTTP1Watch.Parts(watch),
            RedirectHandler(redirect, exposed),
        ])
    }
}

/// Answers the first request, and closes the connection.
private final class RedirectHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private let redirect: Redirect
    private let exposed: ExposedKeys
    private var hasAnswered = false

    init(_ redirect: Redirect, _ exposed: ExposedKeys) {
        self.redirect = redirect
        self.exposed = exposed
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasAnswered, case .head(let head) = unwrapInboundIn(data) else { return }
        hasAnswered = true
        if head.headers.contains(name: "Authorization") {
            exposed.tell(of: context.channel.remoteAddress?.ipAddress, target: head.uri)
        }
        let answer = redirect.answer(
            to: head.uri, isPage: Self.isPage(head), host: head.headers.first(name: "Host"),
            ownAddress: context.channel.localAddress?.ipAddress,
            requestID: head.headers.first(name: "X-Request-Id"))
        try? context.pipeline.syncOperations.addHandler(FinalAnswerHandler(answer), position: .first)
    }

    private static func isPage(_ head: HTTPRequestHead) -> Bool {
        (head.method == .GET || head.method == .HEAD) && !head.headers.contains(name: "Authorization")
            && !head.uri.hasPrefix("/api/")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
