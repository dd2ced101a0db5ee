import Logging
import TileCore

/// Limits of connections: how many, and how long each may take.
struct ConnectionLimits: Sendable, Hashable {
    /// Connections at once: in all, and from one address.
    var maximum = 1024
    var maximumPerAddress = 256
    /// Proxies are not limited by address, because all clients' connections come through them.
    var proxies = TrustedProxies()
    /// Seconds for the TLS handshake.
    var handshake = 10.0
    /// Seconds for a request's header, counted from its first byte; for the first request, from the start of the
    /// connection.
    var header = 10.0
    /// Seconds between two requests.
    var idle = 60.0
    /// The minimum rate of a request body, in bytes per second.
    var minimumBodyRate = 1000.0
    /// The minimum rate at which a client reads an answer, in bytes per second. It is higher than for bodies, because
    /// unread answers take memory.
    var minimumAnswerRate = 8000.0
    /// The window of the minimum rate of bodies, in seconds. Only time in which the master waits for the client counts.
    var bodyWindow = 30.0
    /// The window of the minimum rate of answers, in seconds.
    var answerWindow = 60.0
    /// After an answer that came before the end of the body: how many more bytes are read, and for how many seconds.
    var lateBytes = 1 << 20
    var lateBody = 10.0
    /// Requests at once on one HTTP/2 connection.
    var streams = 64

    /// File descriptors reserved for everything else: the database, jobs, the broker, and libdispatch, which crashes
    /// the process if it gets none.
    static let reserve = 256

    /// The maximum of connections, limited by available descriptors. A connection needs two, because its answer may
    /// read a file.
    static func bounded(_ maximum: Int, openFiles: Int) -> Int { max(1, min(maximum, (openFiles - reserve) / 2)) }

    /// The same limits, with no more connections than this process has descriptors for.
    func bounded(_ logger: Logger) -> ConnectionLimits {
        var limits = self
        let openFiles = OpenFileLimit.current
        limits.maximum = Self.bounded(maximum, openFiles: openFiles)
        if limits.maximum < maximum {
            logger.warning(
                "fewer connections accepted than --max-connections",
                metadata: [
                    LogKey.connections: "\(limits.maximum)",
                    LogKey.reason: "this process may have \(openFiles) open files; raise its limit (ulimit -n)",
                ])
        }
        return limits
    }
}
