import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization
import TileCore

/// A worker's HTTP server for monitoring: `GET /metrics` for Prometheus, and `GET /livez`. Each connection gets one
/// answer.
struct MetricsServer: Service {
    /// The address to listen on.
    struct Place: Sendable, Hashable {
        var host = "127.0.0.1"
        let port: Int
    }

    /// The most connections at once; further ones are closed.
    static let maximumConnections = 32
    /// The maximum time of a connection.
    static let patience = TimeAmount.seconds(10)

    let place: Place
    let metrics: WorkerMetrics
    let logger: Logger
    /// Called with the port once the server accepts requests.
    var whenRunning: @Sendable (Int) -> Void = { _ in }

    func run() async throws {
        let (pool, open) = (NIOThreadPool(numberOfThreads: 1), OpenConnections())
        pool.start()
        let server: any Channel
        do {
            server = try await bind(pool, open)
        } catch {
            try? await pool.shutdownGracefully()
            throw SettingsError(
                "--metrics-port: cannot listen on \(place.host) port \(place.port): \(error); choose another port")
        }
        let port = server.localAddress?.port ?? place.port
        logger.info("metrics served", metadata: [LogKey.host: "\(place.host)", LogKey.port: "\(port)"])
        whenRunning(port)
        try? await gracefulShutdown()
        try? await server.close()
        try? await pool.shutdownGracefully()
    }

    private func bind(_ pool: NIOThreadPool, _ open: OpenConnections) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 16)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [metrics] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(ConnectionLimiter(open))
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(MetricsHandler(metrics, pool))
                }
            }
            .bind(host: place.host, port: place.port).get()
    }
}

/// Counts the open connections.
private final class OpenConnections: Sendable {
    private let count = Mutex(0)

    func enter() -> Bool {
        count.withLock { count in
            guard count < MetricsServer.maximumConnections else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}

/// Counts a connection, and closes it if there are too many or its time is over.
private final class ConnectionLimiter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let open: OpenConnections
    private var hasEntered = false
    private var limit: Scheduled<Void>?

    init(_ open: OpenConnections) { self.open = open }

    func channelActive(context: ChannelHandlerContext) {
        hasEntered = open.enter()
        guard hasEntered else { return context.close(promise: nil) }
        let channel = context.channel
        limit = context.eventLoop.scheduleTask(in: MetricsServer.patience) { channel.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        limit?.cancel()
        if hasEntered { open.leave() }
        context.fireChannelInactive()
    }
}

/// Answers the first request of a connection.
private final class MetricsHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let metrics: WorkerMetrics
    private let pool: NIOThreadPool
    private var head: HTTPRequestHead?

    init(_ metrics: WorkerMetrics, _ pool: NIOThreadPool) {
        self.metrics = metrics
        self.pool = pool
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            let path = head.uri.prefix { $0 != "?" }
            guard head.method == .GET || head.method == .HEAD else {
                return answer(.methodNotAllowed, "method not allowed; use GET or HEAD\n", context)
            }
            switch path {
            case "/livez": answer(.ok, "ok\n", context)
            case "/metrics":
                // On another thread, because asking the system takes a moment and would block the event loop.
                let context = NIOLoopBound(context, eventLoop: context.eventLoop)
                pool.runIfActive(eventLoop: context.value.eventLoop) { [metrics] in metrics.text }
                    .assumeIsolated().whenSuccess { text in
                        self.answer(.ok, text, context.value, type: MetricFamily.contentType)
                    }
            default: answer(.notFound, "not found; the paths are /metrics and /livez\n", context)
            }
        }
    }

    private func answer(
        _ status: HTTPResponseStatus, _ text: String, _ context: ChannelHandlerContext,
        type: String = "text/plain; charset=utf-8"
    ) {
        guard let request = head else { return }
        var headers = HTTPHeaders([
            ("Content-Type", type), ("Content-Length", "\(text.utf8.count)"), ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"), ("Connection", "close"),
        ])
        if status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
        let head = HTTPResponseHead(version: request.version, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        }
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.value.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            context.value.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
