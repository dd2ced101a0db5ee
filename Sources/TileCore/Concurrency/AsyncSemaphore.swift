/// A fixed number of places. A task that finds none free waits for its turn, first come first served.
public final class AsyncSemaphore: Sendable {
    public typealias Refusal = AdmissionRefusal

    private struct Policy: AdmissionPolicy {
        var free: Int

        mutating func take(_ request: Void) -> Bool {
            guard free > 0 else { return false }
            free -= 1
            return true
        }

        mutating func giveBack(_ request: Void) { free += 1 }
    }

    private let queue: AdmissionQueue<Policy>

    /// - Parameter maximumWaiting: how many tasks may wait for a place at once.
    public init(places: Int, maximumWaiting: Int = .max) {
        queue = AdmissionQueue(Policy(free: places), maximumWaiting: maximumWaiting)
    }

    /// How many tasks wait for a place.
    var waitingCount: Int { queue.waitingCount }

    /// Takes a place. Call `giveBack` afterwards.
    /// - Parameter limit: how long to wait; `nil` for no limit.
    /// - Throws: `Refusal`, or `CancellationError` if the task is cancelled before it has a place.
    public func take(within limit: Duration? = nil) async throws { try await queue.take((), within: limit) }

    public func giveBack() { queue.giveBack(()) }

    /// Runs `body` with a place taken.
    /// - Parameter limit: how long to wait; `nil` for no limit.
    nonisolated(nonsending) public func withPlace<R: Sendable>(
        within limit: Duration? = nil, _ body: () async throws -> R
    ) async throws -> R {
        try await take(within: limit)
        defer { giveBack() }
        return try await body()
    }
}
