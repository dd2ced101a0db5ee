import Dispatch
import Synchronization

/// Temporary files that have to be removed if the process ends at once.
final class ExitCleanup: Sendable {
    private struct State {
        var last = 0
        var removals: [Int: @Sendable () -> Void] = [:]
        /// Whether the process ends, so that nothing more may be made.
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Files that are being made at this moment.
    private let making = DispatchGroup()

    /// Makes something that is removed if the process ends at once, even in the middle of making it.
    /// - Parameter removal: must be harmless if it is called late or twice.
    /// - Returns: what was made, and its number for `remove`.
    /// - Throws: the errors of `make`; `CancellationError` if the process ends.
    func make<Made: Sendable>(
        _ make: () throws -> Made, removal: @escaping @Sendable (Made) -> Void
    ) throws -> (made: Made, entry: Int) {
        try state.withLock { state in
            guard !state.isClosed else { throw CancellationError() }
            making.enter()
        }
        defer { making.leave() }
        let made = try make()
        let entry: Int? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.last += 1
            state.removals[state.last] = { removal(made) }
            return state.last
        }
        guard let entry else {
            removal(made)
            throw CancellationError()
        }
        return (made, entry)
    }

    /// Forgets an entry whose file was removed in the regular way.
    func remove(_ entry: Int) { _ = state.withLock { $0.removals.removeValue(forKey: entry) } }

    /// Removes the files of all entries. Waits at most a second for files that are still being made; `make` removes
    /// those.
    func removeAll() {
        let removals = state.withLock { state in
            state.isClosed = true
            return Array(state.removals.values)
        }
        for removal in removals { removal() }
        _ = making.wait(timeout: .now() + 1)
    }
}
