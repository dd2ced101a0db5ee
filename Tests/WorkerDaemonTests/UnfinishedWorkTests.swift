import Testing

@testable import WorkerDaemon

@Suite(.timeLimit(.minutes(10))) struct UnfinishedWorkTests {
    @Test func waitingForNoneReturnsAtOnce() async {
        await UnfinishedWork().waitForNone()
    }

    @Test func waitingEndsWithTheLastOne() async {
        let work = UnfinishedWork()
        for _ in 0..<3 { work.begin() }
        let waiting = (0..<2).map { _ in Task { await work.waitForNone() } }
        for _ in 0..<3 { work.end() }
        for task in waiting { await task.value }
        work.begin()
        work.end()
        await work.waitForNone()
    }

    @Test func manyBeginAndEnd() async {
        let work = UnfinishedWork()
        await withDiscardingTaskGroup { group in
            for _ in 0..<1000 {
                work.begin()
                group.addTask {
                    await Task.yield()
                    work.end()
                }
            }
            await work.waitForNone()
        }
    }
}
