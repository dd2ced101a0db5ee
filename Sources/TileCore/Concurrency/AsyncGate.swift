/// Lets many tasks pass together, or one alone. A task that cannot pass yet waits for its turn, first come first
/// served, so no task waits for ever.
public final class AsyncGate: Sendable {
    private struct Policy: AdmissionPolicy {
        var inside = 0
        var isOneAlone = false

        mutating func take(_ isAlone: Bool) -> Bool {
            guard !isOneAlone, inside == 0 || !isAlone else { return false }
            inside += 1
            isOneAlone = isAlone
            return true
        }

        mutating func giveBack(_ isAlone: Bool) {
            inside -= 1
            isOneAlone = false
        }
    }

    private let queue = AdmissionQueue(Policy())

    public init() {}

    /// How many tasks wait for their turn.
    var waitingCount: Int { queue.waitingCount }

    /// Runs `body` together with others, or `alone`.
    /// - Throws: the errors of `body`, or `CancellationError` if the task is cancelled before its turn.
    public func pass<R: Sendable>(alone: Bool, _ body: () async throws -> R) async throws -> R {
        try await queue.take(alone)
        defer { queue.giveBack(alone) }
        return try await body()
    }
}
