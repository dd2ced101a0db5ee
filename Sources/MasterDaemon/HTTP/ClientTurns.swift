import Synchronization
import TileCore

/// Limits how many requests of one client are worked on at once. Further requests wait in a queue of that client, so
/// that they do not delay other clients.
final class ClientTurns: Sendable {
    private struct Turn {
        let places: AsyncSemaphore
        /// How many requests are being worked on or wait.
        var users = 0
    }

    private let places: Int
    private let maximumWaiting: Int
    private let waitLimit: Duration
    private let turns = Mutex<[String: Turn]>([:])

    /// - Parameters:
    ///   - places: how many requests of one client are worked on at once.
    ///   - maximumWaiting: how many requests of one client may wait.
    ///   - waitLimit: how long a request may wait.
    init(places: Int, maximumWaiting: Int = 64, waitLimit: Duration = .seconds(10)) {
        self.places = places
        self.maximumWaiting = maximumWaiting
        self.waitLimit = waitLimit
    }

    /// How many clients have requests.
    var count: Int { turns.withLock { $0.count } }

    /// How many requests of a client are being worked on or wait.
    func users(of client: String) -> Int { turns.withLock { $0[client]?.users ?? 0 } }

    /// - Throws: what `body` throws, or `ServiceError` with the code `busy` if the request has waited too long.
    nonisolated(nonsending) func take<R: Sendable>(
        for client: String, _ body: () async throws -> R
    ) async throws -> R {
        let own = turns.withLock { turns in
            let turn = turns[client] ?? Turn(places: AsyncSemaphore(places: places, maximumWaiting: maximumWaiting))
            turns[client] = Turn(places: turn.places, users: turn.users + 1)
            return turn.places
        }
        defer {
            turns.withLock { turns in
                turns[client]?.users -= 1
                if turns[client]?.users == 0 { turns[client] = nil }
            }
        }
        do {
            return try await own.withPlace(within: waitLimit, body)
        } catch is AsyncSemaphore.Refusal {
            throw ServiceError.busy
        }
    }
}

extension MasterContext {
    /// Identifies a client for shared limits: the name of its key or, on an open master, its address.
    var clientName: String { principal?.kind == .open ? address ?? "" : principal?.name ?? "" }
}
