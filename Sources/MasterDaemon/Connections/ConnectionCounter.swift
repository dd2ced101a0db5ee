import Logging
import NIOCore
import Synchronization
import TileCore

/// The connections of all doors, counted together.
final class ConnectionCounter: Sendable {
    private struct State {
        var count: ConnectionCount
        /// Since the log said so last.
        var refused = 0
        var lastWord: ContinuousClock.Instant?
        /// Refused ones that are still being told.
        var leaving = 0
    }

    /// How often the log says that connections are refused.
    private static let wordInterval = Duration.seconds(60)
    /// Refused clients that are told at once; any further ones are just closed.
    private static let mostLeaving = 64

    private let state: Mutex<State>
    private let logger: Logger

    init(_ limits: ConnectionLimits, logger: Logger) {
        state = Mutex(
            State(
                count: ConnectionCount(
                    maximum: limits.maximum, maximumPerAddress: limits.maximumPerAddress, proxies: limits.proxies)))
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
                "connections are refused", metadata: [LogKey.reason: "\(refusal.words)", "refused": "\(refused)"])
        }
        return refusal
    }

    /// Whether a refused client can be told why; counts it until its connection closes.
    func mayTell(_ channel: any Channel) -> Bool {
        guard state.withLock({ $0.leaving < Self.mostLeaving }) else { return false }
        state.withLock { $0.leaving += 1 }
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.leaving -= 1 } }
        return true
    }
}
