import Logging
import NIOCore
import Synchronization
import TileCore

/// The connections of all doors, and their requests of HTTP/2, counted together.
final class ConnectionCounter: Sendable {
    private struct State {
        var count: ConnectionCount
        /// Of HTTP/2, where one connection has many. One of HTTP/1.1 has one at a time.
        var requests: ConnectionCount
        /// Since the log said so last.
        var refused = 0
        var lastWord: ContinuousClock.Instant?
        /// Refused ones that are still being told.
        var leaving = 0
    }

    /// How often the log says that connections are refused.
    private static let wordInterval = Duration.seconds(60)
    /// Refused clients that are told at once; the connections of any further ones are closed without a word.
    private static let mostLeaving = 64
    /// Requests of HTTP/2 for each connection that there may be.
    private static let requestsPerConnection = 4
    /// Uploads of HTTP/2 that may be sent far ahead: 64 MiB.
    private static let largeWindows = 32

    /// For uploads of all connections.
    let windows = WindowPlaces(most: largeWindows)

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

    /// How many are open.
    var open: Int { state.withLock { $0.count.total } }

    /// Counts a connection until it closes.
    /// - Returns: why there is no place for it.
    func enter(_ channel: any Channel) -> ConnectionCount.Refusal? {
        let address = channel.remoteAddress?.ipAddress
        let (refusal, refused) = state.withLock { state -> (ConnectionCount.Refusal?, Int?) in
            guard let refusal = state.count.enter(address) else { return (nil, nil) }
            state.refused += 1
            let now = ContinuousClock.now
            if let last = state.lastWord, now - last < Self.wordInterval { return (refusal, nil) }
            state.lastWord = now
            defer { state.refused = 0 }
            return (refusal, state.refused)
        }
        guard let refusal else {
            channel.closeFuture.whenComplete { _ in self.state.withLock { $0.count.leave(address) } }
            return nil
        }
        if let refused {
            logger.warning(
                "connections are refused", metadata: [LogKey.reason: "\(refusal.words)", LogKey.refused: "\(refused)"])
        }
        return refusal
    }

    /// Whether a refused client can be told why; counts it until its connection closes.
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

    /// Counts a request of HTTP/2 until `endRequest`.
    /// - Returns: why there is no place for it.
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

    /// A request that was counted is over.
    func endRequest(of address: String?) { state.withLock { $0.requests.leave(address) } }
}
