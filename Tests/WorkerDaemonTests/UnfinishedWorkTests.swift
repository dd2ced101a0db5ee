import Testing

@testable import WorkerDaemon

@Suite(.timeLimit(.minutes(10))) struct UnfinishedWorkTests {
    @Test func waitingForNoneReturnsAtOnce() async {
        await UnfinishedWork().waitForNone()
    }

    @Test func waitingEndsWithTheLastOne() async {
        let unfinishedWork = UnfinishedWork()
        for _ in 0..<3 { unfinishedWork.begin() }
        let waiting = (0..<2).map { _ in Task { await unfinishedWork.waitForNone() } }
        for _ in 0..<3 { unfinishedWork.end() }
        for task in waiting { await task.value }
        unfinishedWork.begin()
        unfinishedWork.end()
        await unfinishedWork.waitForNone()
    }

    @Test func manyBeginAndEnd() async {
        let unfinishedWork = UnfinishedWork()
        await withDiscardingTaskGroup { group in
            for _ in 0..<1000 {
                unfinishedWork.begin()
                group.addTask {
                    await Task.yield()
                    unfinishedWork.end()
                }
            }
            await unfinishedWork.waitForNone()
        }
    }
}
