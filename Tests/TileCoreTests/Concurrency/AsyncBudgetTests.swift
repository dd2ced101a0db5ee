import Testing

@testable import TileCore

@Suite(.timeLimit(.minutes(10))) struct AsyncBudgetTests {
    @Test func takenAmountsAreGivenBack() async throws {
        let budget = AsyncBudget(100)
        try await budget.with(60) {
            #expect(budget.left == 40)
            try await budget.with(40) { #expect(budget.left == 0) }
            #expect(budget.left == 40)
        }
        await #expect(throws: CancellationError.self) { try await budget.with(70) { throw CancellationError() } }
        #expect(budget.left == 100)
    }

    @Test func largerAmountsCountAsTheWholeBudget() async throws {
        let budget = AsyncBudget(100)
        try await budget.with(1000) { #expect(budget.left == 0) }
        #expect(budget.left == 100)
    }

    /// Takes `amount` until `release` is finished.
    private func hold(_ amount: Int, of budget: AsyncBudget) async -> (task: Task<Void, any Error>, release: Release) {
        let (signal, release) = AsyncStream<Never>.makeStream()
        let left = budget.left
        let task = Task { try await budget.with(amount) { for await _ in signal {} } }
        while budget.left == left { await Task.yield() }
        return (task, release)
    }

    private typealias Release = AsyncStream<Never>.Continuation

    /// Small amounts cannot block a large one for ever.
    @Test func theFirstInTheQueueIsNotOvertaken() async throws {
        let budget = AsyncBudget(100)
        let (order, note) = AsyncStream<Int>.makeStream()
        let holder = await hold(60, of: budget)
        var tasks: [Task<Void, any Error>] = []
        for (number, amount) in [80, 10, 10].enumerated() {
            tasks.append(Task { try await budget.with(amount) { _ = note.yield(number) } })
            while budget.waitingCount <= number { await Task.yield() }
        }
        holder.release.finish()
        for task in tasks + [holder.task] { try await task.value }
        #expect(await order.first { _ in true } == 0)
        #expect(budget.left == 100)
    }

    @Test func cancelledWaiterLetsOthersPass() async throws {
        let budget = AsyncBudget(100)
        let holder = await hold(60, of: budget)
        let large = Task { try await budget.with(80) {} }
        while budget.waitingCount < 1 { await Task.yield() }
        let small = Task { try await budget.with(30) {} }
        while budget.waitingCount < 2 { await Task.yield() }
        large.cancel()
        await #expect(throws: CancellationError.self) { try await large.value }
        try await small.value
        holder.release.finish()
        try await holder.task.value
        #expect(budget.left == 100)
    }
}
