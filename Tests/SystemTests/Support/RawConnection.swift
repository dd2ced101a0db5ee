import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A connection that sends exactly the given bytes, and keeps the answer. An HTTP client would refuse to send invalid
/// bytes.
final class RawConnection: Sendable {
    private struct State {
        var received = ByteBuffer()
        var isClosed = false
    }

    private let channel: any Channel
    private let state: StateBox

    private final class StateBox: Sendable {
        let value = Mutex(State())
    }

    private init(_ channel: any Channel, _ state: StateBox) {
        self.channel = channel
        self.state = state
    }

    /// - Parameter protocols: if given, speaks TLS, accepts any certificate, and offers these protocols.
    static func open(_ master: MasterProcess, protocols: [String]? = nil) async throws -> RawConnection {
        let state = StateBox()
        let tls = try protocols.map { protocols in
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification = .none
            configuration.applicationProtocols = protocols
            return try NIOSSLContext(configuration: configuration)
        }
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
                    }
                    try pipeline.addHandler(Keeper(state))
                }
            }
            .connect(host: "127.0.0.1", port: master.api.base.port ?? 0).get()
        return RawConnection(channel, state)
    }

    /// Sends bytes unchanged. The other side may have closed the connection.
    func send(_ text: String) async { await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async { try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// The received bytes.
    var received: ByteBuffer { state.value.withLock { $0.received } }

    /// The received bytes as text, each byte one character.
    var text: String { String(received.readableBytesView.map { Character(Unicode.Scalar($0)) }) }

    /// Whether to read from now on. Unread bytes fill the kernel's buffers, and then stay in the master.
    func takes(_ isReading: Bool) async throws { try await channel.setOption(.autoRead, value: isReading).get() }

    /// Whether the master has closed the connection.
    var isClosed: Bool { state.value.withLock { $0.isClosed } }

    /// The statuses of all answers so far.
    var statuses: [Int] { text.matches(of: #/HTTP/1\.1 (\d{3}) /#).compactMap { Int($0.1) } }

    /// Returns once the master has closed the connection.
    func untilClosed(within seconds: Double = 60) async throws {
        try await eventually("the master closes the connection; so far it sent \(text.prefix(2000))", within: seconds) {
            isClosed ? true : nil
        }
    }

    func close() { channel.close(promise: nil) }

    private final class Keeper: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let state: StateBox

        init(_ state: StateBox) { self.state = state }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            state.value.withLock { _ = $0.received.writeImmutableBuffer(bytes) }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event as? ChannelEvent == .inputClosed { context.close(promise: nil) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func channelInactive(context: ChannelHandlerContext) { state.value.withLock { $0.isClosed = true } }
    }
}
