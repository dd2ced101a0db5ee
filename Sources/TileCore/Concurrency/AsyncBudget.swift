/// A fixed amount, of bytes for example. Tasks take parts of it and give them back. A task that asks for more than is
/// left waits for its turn, first come first served.
public final class AsyncBudget: Sendable {
    private struct Policy: AdmissionPolicy {
        var left: Int

        mutating func take(_ amount: Int) -> Bool {
            guard amount <= left else { return false }
            left -= amount
            return true
        }

        mutating func giveBack(_ amount: Int) { left += amount }
    }

    private let total: Int
    private let queue: AdmissionQueue<Policy>

    public init(_ total: Int) {
        self.total = total
        queue = AdmissionQueue(Policy(left: total))
    }

    /// The amount that is not taken.
    public var left: Int { queue.policy.left }

    /// How many tasks wait for their turn.
    var waitingCount: Int { queue.waitingCount }

    /// Runs `body` with `amount` taken. A larger amount than the whole budget counts as the whole, so that no task
    /// waits for ever.
    /// - Throws: the errors of `body`; `CancellationError` if the task is cancelled before its turn.
    nonisolated(nonsending) public func with<R>(_ amount: Int, _ body: () async throws -> R) async throws -> R {
        let amount = min(amount, total)
        try await queue.take(amount)
        defer { queue.giveBack(amount) }
        return try await body()
    }
}
