import Logging
import NIOCore
import Synchronization
import TileCore

/// Counts the connections of all ports, and their HTTP/2 requests.
final class ConnectionCounter: Sendable {
    private struct State {
        var count: ConnectionCount
        /// HTTP/2 requests under way. One HTTP/2 connection can have many, one HTTP/1.1 connection has one.
        var requests: ConnectionCount
        /// Refused connections since the last log line.
        var refused = 0
        var lastLogged: ContinuousClock.Instant?
        /// Refused connections to which an answer is being sent.
        var leaving = 0
    }

    /// The least time between log lines about refused connections.
    private static let logInterval = Duration.seconds(60)
    /// How many refused connections are answered at the same time. Further ones are closed without an answer.
    private static let mostLeaving = 64
    /// The limit on HTTP/2 requests, as a multiple of the limit on connections.
    private static let requestsPerConnection = 4
    /// How many HTTP/2 uploads may have a large window at once. Together these windows take 64 MiB.
    private static let largeWindows = 32

    /// Limits large windows on all connections together.
    let windows = WindowLimit(most: largeWindows)

    private let state: Mutex<State>
    private let logger: Logger

    init(_ limits: ConnectionLimits, logger: Logger) {
        state = Mutex(
            State(
                count: ConnectionCount(
                    maximum: limits.maximum, maximumPerAddress: limits.maximumPerAddress, proxies: limits.proxies),
                requests: ConnectionCount(
                    maximum: limits.maximum * Self.requestsPerConnection,
                    maximumPerAddress: limits.maximumPerAddress * Self.requestsPerConnection,
                    proxies: limits.proxies)))
        self.logger = logger
    }

    /// Open connections.
    var open: Int { state.withLock { $0.count.total } }

    /// Counts a connection until it closes.
    /// - Returns: the reason if it is refused.
    func enter(_ channel: any Channel) -> ConnectionCount.Refusal? {
        let address = channel.remoteAddress?.ipAddress
        let (refusal, refused) = state.withLock { state -> (ConnectionCount.Refusal?, Int?) in
            guard let refusal = state.count.enter(address) else { return (nil, nil) }
            state.refused += 1
            let now = ContinuousClock.now
            if let last = state.lastLogged, now - last < Self.logInterval { return (refusal, nil) }
            state.lastLogged = now
            defer { state.refused = 0 }
            return (refusal, state.refused)
        }
        guard let refusal else {
            channel.closeFuture.whenComplete { _ in self.state.withLock { $0.count.leave(address) } }
            return nil
        }
        if let refused {
            logger.warning(
                "connections refused", metadata: [LogKey.reason: "\(refusal.words)", LogKey.refused: "\(refused)"])
        }
        return refusal
    }

    /// Whether a refused connection may be answered. If so, counts it until it closes.
    func mayTell(_ channel: any Channel) -> Bool {
        let mayTell = state.withLock { state in
            guard state.leaving < Self.mostLeaving else { return false }
            state.leaving += 1
            return true
        }
        guard mayTell else { return false }
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.leaving -= 1 } }
        return true
    }

    /// Counts an HTTP/2 request until `endRequest`.
    /// - Returns: the error if it is refused.
    func beginRequest(of address: String?) -> ServiceError? {
        guard let refusal = state.withLock({ $0.requests.enter(address) }) else { return nil }
        let words =
            switch refusal {
            case .all: "the master has"
            case .address, .network: "your address has"
            }
        return ServiceError(
            .busy, retryAfter: 5, "\(words) as many requests under way as it may have; try again in some seconds")
    }

    /// Uncounts a request that has ended.
    func endRequest(of address: String?) { state.withLock { $0.requests.leave(address) } }
}
