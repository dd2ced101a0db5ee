import Testing

@testable import WorkerDaemon

@Suite(.timeLimit(.minutes(10))) struct InHandTests {
    @Test func waitingForNoneReturnsAtOnce() async {
        await InHand().waitForNone()
    }

    @Test func waitingEndsWithTheLastOne() async {
        let inHand = InHand()
        for _ in 0..<3 { inHand.begin() }
        let waiting = (0..<2).map { _ in Task { await inHand.waitForNone() } }
        for _ in 0..<3 { inHand.end() }
        for task in waiting { await task.value }
        inHand.begin()
        inHand.end()
        await inHand.waitForNone()
    }

    @Test func manyBeginAndEnd() async {
        let inHand = InHand()
        await withDiscardingTaskGroup { group in
            for _ in 0..<1000 {
                inHand.begin()
                group.addTask {
                    await Task.yield()
                    inHand.end()
                }
            }
            await inHand.waitForNone()
        }
    }
}
