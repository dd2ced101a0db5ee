import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2
import TileCore

/// HTTP/2 connections. Each stream is one request.
struct HTTP2Connection: Sendable {
    typealias Value = NIOHTTP2Handler.AsyncStreamMultiplexer<HTTP1Channel.Value>

    /// The flow-control window of a connection. It is refilled as bytes arrive, read or not. So it does not limit the
    /// bytes that wait in memory; the windows of streams do.
    private static let connectionWindow = 8 << 20
    /// How many uploads of one connection may have a large window at once.
    private static let largeWindows = 4

    /// Handles the requests.
    let http: HTTP1Channel
    let limits: ConnectionLimits
    let counter: ConnectionCounter

    /// Must be called on the channel's event loop.
    func setUp(_ channel: any Channel, _ logger: Logger) throws -> Value {
        let watch = HTTP2Watch(limits)
        let windows = WindowLimit(most: Self.largeWindows, of: counter.windows)
        let value: Value = try channel.pipeline.syncOperations.configureAsyncHTTP2Pipeline(
            mode: .server, streamDelegate: watch.streams(on: channel.eventLoop), configuration: configuration
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                let pipeline = stream.pipeline.syncOperations
                try pipeline.addHandler(BodyWindow(windows))
                try pipeline.addHandler(HTTP2FramePayloadToHTTPServerCodec())
                try pipeline.addHandler(StreamHandler(limits, counter, address: channel.remoteAddress?.ipAddress))
                try pipeline.addHandlers(http.configuration.additionalChannelHandlers())
                return try HTTP1Channel.Value(wrappingChannelSynchronously: stream)
            }
        }
        try channel.pipeline.syncOperations.addHandler(watch)
        return value
    }

    func handle(_ value: Value, _ logger: Logger) async {
        await withDiscardingTaskGroup { group in
            do {
                for try await stream in value.inbound {
                    group.addTask { await http.handle(value: stream, logger: logger) }
                }
            } catch {
                logger.debug("HTTP/2 connection failed", metadata: [LogKey.reason: "\(error)"])
            }
        }
    }

    private var configuration: NIOHTTP2Handler.Configuration {
        var configuration = NIOHTTP2Handler.Configuration()
        configuration.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.streams),
            // A header that exceeds the limit slightly gets an answer, and does not end the connection.
            HTTP2Setting(parameter: .maxHeaderListSize, value: 2 * HeaderLimits.list),
            HTTP2Setting(parameter: .initialWindowSize, value: BodyWindow.small),
        ]
        configuration.connection.targetWindowSize = Self.connectionWindow
        configuration.stream.targetWindowSize = BodyWindow.small
        configuration.stream.outboundBufferSizeHighWatermark = 256 << 10
        configuration.stream.outboundBufferSizeLowWatermark = 64 << 10
        // Close connections of clients that open streams only to reset them, or send useless frames (CVE-2023-44487,
        // CVE-2019-9512 and related ones, CVE-2024-27316).
        configuration.stream.streamResetFrameRateLimit.maximumCount = 200
        configuration.stream.streamResetFrameRateLimit.windowLength = .seconds(30)
        configuration.stream.streamErrorRateLimit.maximumCount = 200
        configuration.stream.streamErrorRateLimit.windowLength = .seconds(30)
        configuration.connection.controlFrameRateLimit.maximumCount = 200
        configuration.connection.controlFrameRateLimit.windowLength = .seconds(30)
        configuration.connection.maximumConnectionGlitches = 200
        configuration.connection.maximumSequentialContinuationFrames = 5
        configuration.connection.maximumSequentialEmptyDataFrames = 1
        configuration.connection.maximumBufferedControlFrames = 1000
        return configuration
    }
}
