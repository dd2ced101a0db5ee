import Logging
import TileCore

/// How many connections there may be, and how long each may take for what.
struct ConnectionLimits: Sendable, Hashable {
    /// Connections at once, and of these from one address.
    var maximum = 1024
    var maximumPerAddress = 256
    /// They bring everybody's connections, and are not limited by address.
    var proxies = TrustedProxies()
    /// Seconds for the TLS handshake.
    var handshake = 10.0
    /// Seconds from the first byte of a request to the end of its header; for the first request, from the connection.
    var header = 10.0
    /// Seconds between two requests.
    var idle = 60.0
    /// Bytes a second that a body has to bring.
    var slowest = 1000.0
    /// Bytes a second that a client has to take of an answer. It is more than of a body, since answers wait in memory.
    var slowestAnswer = 8000.0
    /// Seconds of waiting for the client after which it is looked at how many bytes came.
    var bodyWindow = 30.0
    /// The same for how many bytes it took.
    var answerWindow = 60.0
    /// Bytes of a body that may still come once its answer was given, and for how many seconds.
    var lateBytes = 1 << 20
    var lateBody = 10.0
    /// Requests at once on one connection of HTTP/2.
    var streams = 64

    /// Descriptors that are left for everything else: the database, jobs, the broker, and libdispatch, which ends the
    /// process if it gets none.
    static let reserve = 256

    /// As many connections as there are descriptors for: each can have a file open for its answer as well.
    static func bounded(_ maximum: Int, openFiles: Int) -> Int { max(1, min(maximum, (openFiles - reserve) / 2)) }

    /// The same with no more connections than this process has descriptors for.
    func bounded(_ logger: Logger) -> ConnectionLimits {
        var limits = self
        let openFiles = OpenFileLimit.current
        limits.maximum = Self.bounded(maximum, openFiles: openFiles)
        if limits.maximum < maximum {
            logger.warning(
                "fewer connections are taken than --max-connections says",
                metadata: [
                    LogKey.connections: "\(limits.maximum)",
                    LogKey.reason: "this process may have \(openFiles) open files; raise its limit (ulimit -n)",
                ])
        }
        return limits
    }
}
