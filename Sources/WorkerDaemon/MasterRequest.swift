import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import TileCore

/// One question to a master. Redirects are not followed: the key would go along to wherever they lead.
struct MasterRequest: Sendable {
    struct Answer: Sendable {
        var status = 0
        /// Where a redirect leads.
        var location: String?
        var body = ByteBuffer()
    }

    /// Seconds until there has to be an answer.
    private static let patience = TimeAmount.seconds(5)
    /// Bytes that an answer may have.
    static let longestBody = 1 << 20

    let url: URL
    let key: String?
    let trust: MasterTrust

    /// Whether a master is reached without a network.
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
        // An IPv6 address stands in brackets in an address, and without them everywhere else.
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
                        try pipeline.addHandler(AnswerReader(head(host), answer, patience: Self.patience))
                    }
                }
                .connect(host: name, port: url.port ?? (isSecure ? 443 : 80)).get()
            defer { channel.close(promise: nil) }
            return try await answer.futureResult.get()
        } catch {
            answer.fail(error)
            throw SettingsError(MasterTrust.words(error, host: name))
        }
    }

    private func head(_ host: String) -> HTTPRequestHead {
        var path = url.path(percentEncoded: true)
        if path.isEmpty { path = "/" }
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path)
        let shown = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        head.headers.add(name: "Host", value: shown + (url.port.map { ":\($0)" } ?? ""))
        head.headers.add(name: "Connection", value: "close")
        head.headers.add(name: "User-Agent", value: "tilework-worker/\(TileworkVersion.current)")
        if let key { head.headers.add(name: "Authorization", value: "Bearer \(key)") }
        return head
    }
}

/// Sends a request and collects its answer.
private final class AnswerReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let promise: EventLoopPromise<MasterRequest.Answer>
    private let patience: TimeAmount
    private var answer = MasterRequest.Answer()
    private var limit: Scheduled<Void>?

    init(_ head: HTTPRequestHead, _ promise: EventLoopPromise<MasterRequest.Answer>, patience: TimeAmount) {
        self.head = head
        self.promise = promise
        self.patience = patience
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        limit = context.eventLoop.scheduleTask(in: patience) { [promise] in
            promise.fail(SettingsError("the master has not answered in time"))
            channel.close(promise: nil)
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer.status = Int(head.status.code)
            answer.location = head.headers.first(name: "Location")
        case .body(let bytes):
            answer.body.writeImmutableBuffer(bytes)
            guard answer.body.readableBytes <= MasterRequest.longestBody else {
                return fail(SettingsError("the answer is too long for one of a Tilework master"), context)
            }
        case .end: promise.succeed(answer)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        limit?.cancel()
        // Has no effect if there was an answer, or another error, before.
        promise.fail(SettingsError("the master has closed the connection without an answer"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error, context) }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        promise.fail(error)
        context.close(promise: nil)
    }
}
