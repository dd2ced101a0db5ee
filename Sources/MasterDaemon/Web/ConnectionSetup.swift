import HummingbirdCore
import Logging
import NIOCore
import NIOSSL
import NIOTLS
import TileCore

/// Sets up all connections of one port: counts them, adds TLS if there is a certificate, and chooses HTTP/1.1 or
/// HTTP/2.
struct ConnectionSetup: ServerChildChannel {
    enum Kind: Sendable {
        case http1(LiveServerChannel.Value)
        case http2(HTTP2Connection.Value)
        /// The connection was refused.
        case refused
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        /// Known after the TLS handshake.
        let kind: EventLoopFuture<Kind>
    }

    let live: LiveServerChannel
    let http2: HTTP2Connection
    let tls: CertificateReloader?
    let counter: ConnectionCounter
    let limits: ConnectionLimits

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            if let refusal = counter.enter(channel) {
                try refuse(channel, refusal)
                return Value(channel: channel, kind: channel.eventLoop.makeSucceededFuture(.refused))
            }
            try channel.pipeline.syncOperations.addHandler(AnswerWatchHandler(limits, logger: logger))
            guard let tls else {
                return Value(
                    channel: channel,
                    kind: channel.eventLoop.makeSucceededFuture(.http1(try live.setUp(channel, logger))))
            }
            return Value(channel: channel, kind: try agree(channel, tls.current, logger))
        }
    }

    func handle(value: Value, logger: Logger) async {
        // Fails if the connection ends before the version is known.
        switch try? await value.kind.get() {
        case .http1(let connection): await live.handle(value: connection, logger: logger)
        case .http2(let connection): await http2.handle(connection, logger)
        // The connection must be held until it ends.
        case .refused, nil: try? await value.channel.closeFuture.get()
        }
    }

    /// Negotiates the version of HTTP in the TLS handshake.
    private func agree(
        _ channel: any Channel, _ credentials: TLSCredentials, _ logger: Logger
    ) throws -> EventLoopFuture<Kind> {
        let agreement = NIOTypedApplicationProtocolNegotiationHandler<Kind> { protocols in
            channel.eventLoop.makeCompletedFuture {
                switch protocols {
                case .negotiated("h2"): .http2(try http2.setUp(channel, logger))
                default: .http1(try live.setUp(channel, logger))
                }
            }
        }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(NIOSSLServerHandler(context: credentials.context))
        try pipeline.addHandler(HandshakeLimit(seconds: limits.handshake))
        try pipeline.addHandler(agreement)
        return agreement.protocolNegotiationResult
    }

    /// Closes the connection. Only connections without TLS get an answer, because a TLS handshake costs more than all
    /// the rest.
    private func refuse(_ channel: any Channel, _ refusal: ConnectionCount.Refusal) throws {
        let canTell = tls == nil && counter.mayTell(channel)
        let words = canTell ? RawAnswer.bytes(.tooManyConnections(refusal)) : nil
        try channel.pipeline.syncOperations.addHandler(FinalAnswerHandler.handler(words))
    }
}

extension ServiceError {
    static func tooManyConnections(_ refusal: ConnectionCount.Refusal) -> ServiceError {
        let words =
            switch refusal {
            case .all: "the master has as many connections as it may have"
            case .address, .network: "your address has as many connections as it may have"
            }
        return ServiceError(.tooManyConnections, retryAfter: 5, "\(words); close some, or try again in some seconds")
    }
}
