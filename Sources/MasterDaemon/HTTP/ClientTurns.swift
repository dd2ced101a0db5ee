import Synchronization
import TileCore

/// How much of the same work is done or waited for at once on behalf of one client. The rest of what it asks for waits apart,
/// so that another client finds its turn next.
final class ClientTurns: Sendable {
    private struct Turn {
        let places: AsyncSemaphore
        /// Requests that use or wait for them.
        var users = 0
    }

    private let places: Int
    private let maximumWaiting: Int
    private let waitLimit: Duration
    private let turns = Mutex<[String: Turn]>([:])

    /// - Parameters:
    ///   - places: of each client.
    ///   - maximumWaiting: how many requests of a client may wait for one.
    ///   - waitLimit: for how long.
    init(places: Int, maximumWaiting: Int = 64, waitLimit: Duration = .seconds(10)) {
        self.places = places
        self.maximumWaiting = maximumWaiting
        self.waitLimit = waitLimit
    }

    /// Clients of whom something is under way.
    var count: Int { turns.withLock { $0.count } }

    /// Requests of a client that are done or wait.
    func users(of client: String) -> Int { turns.withLock { $0[client]?.users ?? 0 } }

    /// - Throws: what `body` throws, or `ServiceError` with the code `busy` if its turn did not come.
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
    /// By which clients are told apart where they share something: the name of the key or, of a master without keys, the address.
    var clientName: String { principal?.kind == .open ? address ?? "" : principal?.name ?? "" }
}
