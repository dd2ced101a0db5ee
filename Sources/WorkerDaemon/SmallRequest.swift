import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import TileCore

/// One HTTP request, to a master or a collector of traces. Redirects are not followed, because the key would be sent to
/// their target.
struct SmallRequest: Sendable {
    struct Answer: Sendable {
        var status = 0
        var headers = HTTPHeaders()
        var body = ByteBuffer()
    }

    /// The time limit for the connection, and for the answer.
    private static let patience = TimeAmount.seconds(5)
    /// The most bytes of an answer.
    static let longestBody = 1 << 20

    let url: URL
    var key: String?
    let trust: MasterTrust
    /// The body of a POST; `nil` for a GET.
    var content: (type: String, bytes: [UInt8])?

    /// Whether the URL's host is this machine.
    static func isOfThisMachine(_ url: URL) -> Bool {
        let name = (url.host() ?? "").lowercased().trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        return name == "localhost" || name.hasSuffix(".localhost")
            || (try? SocketAddress(ipAddress: name, port: 0)).map(Self.isLoopback) ?? false
    }

    private static func isLoopback(_ address: SocketAddress) -> Bool {
        let text = address.ipAddress ?? ""
        return text == "::1" || text.hasPrefix("127.") || text.hasPrefix("::ffff:127.")
    }

    func answer() async throws -> Answer {
        let host = url.host() ?? ""
        // IPv6 addresses have brackets in URLs only.
        let name = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        let isSecure = url.scheme == "https"
        let answer = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Answer.self)
        do {
            let channel = try await ClientBootstrap(group: answer.futureResult.eventLoop)
                .connectTimeout(Self.patience)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if isSecure { try pipeline.addHandler(try trust.handler(for: name)) }
                        try pipeline.addHTTPClientHandlers()
                        try pipeline.addHandler(
                            AnswerReader(head(host), content?.bytes, answer, patience: Self.patience))
                    }
                }
                .connect(host: name, port: url.port ?? (isSecure ? 443 : 80)).get()
            defer { channel.close(promise: nil) }
            return try await withTaskCancellationHandler {
                try await answer.futureResult.get()
            } onCancel: {
                answer.fail(CancellationError())
            }
        } catch {
            answer.fail(error)
            throw SettingsError(MasterTrust.words(error, host: name))
        }
    }

    private func head(_ host: String) -> HTTPRequestHead {
        var path = url.path(percentEncoded: true)
        if path.isEmpty { path = "/" }
        var head = HTTPRequestHead(version: .http1_1, method: content == nil ? .GET : .POST, uri: path)
        let shown = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        head.headers.add(name: "Host", value: shown + (url.port.map { ":\($0)" } ?? ""))
        head.headers.add(name: "Connection", value: "close")
        head.headers.add(name: "User-Agent", value: "tilework-worker/\(TileworkVersion.current)")
        if let content {
            head.headers.add(name: "Content-Type", value: content.type)
            head.headers.add(name: "Content-Length", value: "\(content.bytes.count)")
        }
        if let key { head.headers.add(name: "Authorization", value: "Bearer \(key)") }
        return head
    }
}

/// Sends a request and collects its answer.
private final class AnswerReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let body: [UInt8]?
    private let promise: EventLoopPromise<SmallRequest.Answer>
    private let patience: TimeAmount
    private var answer = SmallRequest.Answer()
    private var limit: Scheduled<Void>?

    init(
        _ head: HTTPRequestHead, _ body: [UInt8]?, _ promise: EventLoopPromise<SmallRequest.Answer>,
        patience: TimeAmount
    ) {
        self.head = head
        self.body = body
        self.promise = promise
        self.patience = patience
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        limit = context.eventLoop.scheduleTask(in: patience) { [promise, patience] in
            promise.fail(SettingsError("no answer within \(patience.nanoseconds / 1_000_000_000) s"))
            channel.close(promise: nil)
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if let body { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer.status = Int(head.status.code)
            answer.headers = head.headers
        case .body(let bytes):
            answer.body.writeImmutableBuffer(bytes)
            guard answer.body.readableBytes <= SmallRequest.longestBody else {
                return fail(SettingsError("the answer is too long"), context)
            }
        case .end: promise.succeed(answer)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        limit?.cancel()
        // Has no effect if the promise is fulfilled already.
        promise.fail(SettingsError("the connection was closed without an answer"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error, context) }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        promise.fail(error)
        context.close(promise: nil)
    }
}
