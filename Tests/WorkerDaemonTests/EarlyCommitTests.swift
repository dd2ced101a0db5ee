import Testing

@testable import WorkerDaemon

@Suite struct EarlyCommitTests {
    /// Revoked before the offset was stored: no commit takes the task along, so others get it.
    @Test func taskOfARevokedPartitionIsLeftToOthers() {
        #expect(EarlyCommit.first(isStored: false) == .leave)
        #expect(EarlyCommit.first(isStored: true) == .commit)
    }

    /// From the moment that its offset is stored a task is never left: a commit may take the offset along at any time.
    @Test(arguments: [false, true], [false, true])
    func storedTaskIsProcessedOrCommittedAgain(isAssigned: Bool, isEnding: Bool) {
        #expect(EarlyCommit.next(isCommitted: true, isAssigned: isAssigned, isEnding: isEnding) == .process)
        let afterFailure = EarlyCommit.next(isCommitted: false, isAssigned: isAssigned, isEnding: isEnding)
        #expect(afterFailure == (isAssigned && !isEnding ? .commitAgain : .process))
    }
}
